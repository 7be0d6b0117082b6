using System.Text.RegularExpressions;
using NUnit.Framework;
using Sextant.Cli;
using Sextant.Lab;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Lab;

/// <summary>The unit with which the service runs at a site, as systemd itself judges it, and that the rack runs the service with the same rights.</summary>
[TestFixture]
public sealed partial class ServiceUnitTests
{
    private const string Unit = "templates/bootstrapper/sextant.service";
    private const string Addresses = "templates/bootstrapper/sextant-addresses.conf";

    [Test]
    public void Its_exposure_is_no_more_than_2_of_ten()
    {
        using var folder = new TestKit.TemporaryFolder();
        var (unit, drops) = (folder.File("sextant.service"), folder.File("sextant.service.d"));
        File.Copy(Repository.PathOf(Unit), unit);
        File.Copy(Repository.PathOf(Addresses), Path.Combine(Directory.CreateDirectory(drops).FullName, "sextant-addresses.conf"));
        var judged = Tool.Run("systemd-analyze", ["security", "--offline=true", "--threshold=20", "--no-pager", unit]);
        Assert.That(judged.Status, Is.Zero, judged.ToString());
    }

    [Test]
    public void Systemd_finds_nothing_wrong_with_it()
    {
        using var folder = new TestKit.TemporaryFolder();
        var copy = folder.File("sextant.service");
        File.WriteAllText(copy, Repository.Read(Unit).Replace("/opt/sextant/sextant ", "/bin/true ", StringComparison.Ordinal).Replace("file:///opt", "file:///usr", StringComparison.Ordinal));
        var verified = Tool.Run("systemd-analyze", ["verify", "--man=no", copy]);
        Assert.That((verified.Status, verified.Errors), Is.EqualTo((0, "")));
    }

    [Test]
    public void Its_command_line_is_one_that_the_program_knows()
    {
        var words = Values("ExecStart").Single().Split(' ');
        Assert.That(SextantCommand.Create().Parse(words[1..]).Errors, Is.Empty);
    }

    [Test]
    public void The_rack_gives_the_service_the_rights_of_the_unit_and_no_others()
    {
        var rights = ServiceAccount.Capabilities.Select(name => "CAP_" + name.ToUpperInvariant());
        Assert.That(Values("CapabilityBoundingSet").Single().Split(' '), Is.EquivalentTo(rights));
        Assert.That(Values("AmbientCapabilities").Single().Split(' '), Is.EquivalentTo(rights));
    }

    /// <summary>The system calls that the unit lets through: sets expanded, in the order of its lines.</summary>
    internal static IReadOnlySet<string> SystemCalls()
    {
        var calls = new HashSet<string>(StringComparer.Ordinal);
        foreach (var line in Values("SystemCallFilter"))
        {
            foreach (var name in line.TrimStart('~').Split(' '))
            {
                if (line[0] == '~') calls.ExceptWith(Expanded(name));
                else calls.UnionWith(Expanded(name));
            }
        }
        return calls;
    }

    private static IEnumerable<string> Expanded(string name) => name[0] != '@'
        ? [name]
        : Tool.Run("systemd-analyze", ["syscall-filter", "--no-pager", name]).Output.Split('\n').Skip(1).Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#').SelectMany(Expanded);

    private static IEnumerable<string> Values(string key) =>
        Setting().Matches(Repository.Read(Unit)).Where(match => match.Groups[1].Value == key).Select(match => match.Groups[2].Value);

    [GeneratedRegex("^([A-Za-z]+)=(.*)$", RegexOptions.Multiline)]
    private static partial Regex Setting();
}
