using System.Diagnostics;
using System.Text.Json;
using NUnit.Framework;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Doctor;

/// <summary><c>sextant doctor</c> on a segment of its own: first as it should be, then with everything wrong that a site gets wrong.</summary>
[TestFixture]
[Category("Network")]
[NonParallelizable]
public sealed class DoctorNetworkTests
{
    private readonly List<Process> programs = [];

    [TearDown]
    public void End()
    {
        foreach (var program in programs)
        {
            program.Kill(entireProcessTree: true);
            program.WaitForExit();
            program.Dispose();
        }
        programs.Clear();
    }

    [Test]
    public void A_sound_site_is_found_sound_and_a_broken_one_is_told_what_is_broken()
    {
        using var folder = new TemporaryFolder();
        using var segment = new Segment();
        var sound = Ask(segment, folder);
        Assert.That(sound.Where(finding => finding.Check is not ("assets" or "disk" or "clock")).Select(finding => finding.ToString()), Has.All.StartsWith("good"));
        Assert.That(sound.Select(finding => finding.Check), Is.SupersetOf(new[] { "description", "capabilities", "interface", "mtu", "ports", "other dhcp", "addresses", "firewall", "rp_filter", "clock", "disk", "assets" }));
        Assert.That(sound.Where(finding => finding.Check == "assets").Select(finding => finding.Grade), Has.All.EqualTo("failure"), "the folder is empty");

        // Another DHCP server, which has this machine's address besides, and a machine with a planned one.
        segment.AddClientAddress("10.0.0.254/24");
        segment.AddClientAddress("10.0.0.1/32");
        segment.AddClientAddress("10.0.0.12/32");
        Start(segment.OnClient("dnsmasq", "--no-daemon", "--conf-file=/dev/null", "--port=0", "--interface=peer0", "--dhcp-range=10.0.0.200,10.0.0.250,1h", "--dhcp-authoritative",
            $"--dhcp-leasefile={folder.File("leases")}"), "DHCP");
        // A name server on port 53 and a rule that keeps boot scripts out.
        Start(segment.OnServer("dnsmasq", "--no-daemon", "--conf-file=/dev/null", "--no-resolv", "--listen-address=10.0.0.1", "--bind-interfaces"), "started");
        foreach (var rule in new[]
        {
            "add table inet site", "add chain inet site input { type filter hook input priority 0 ; policy drop ; }",
            "add rule inet site input ct state established,related accept", "add rule inet site input udp dport { 53, 67, 69, 123, 514 } accept", "add rule inet site input tcp dport { 443, 514, 5000 } accept",
        })
            Assert.That(Run(segment.OnServer(["nft", .. rule.Split(' ')])).Status, Is.Zero, rule);

        var broken = Ask(segment, folder).Where(finding => finding.Grade == "failure").ToList();
        Assert.Multiple(() =>
        {
            Assert.That(broken, Has.Some.Matches<Line>(line => line!.Check == "ports" && line.Text.StartsWith("UDP 53 (DNS) is taken by dnsmasq (pid ", StringComparison.Ordinal)));
            Assert.That(broken, Has.Some.Matches<Line>(line => line!.Check == "other dhcp" && line.Text.Contains("10.0.0.254", StringComparison.Ordinal)));
            Assert.That(broken, Has.Some.Matches<Line>(line => line!.Check == "addresses" && line.Text.EndsWith("has 10.0.0.1, too, which is this machine's address", StringComparison.Ordinal)));
            Assert.That(broken, Has.Some.Matches<Line>(line => line!.Check == "addresses" && line.Text.Contains("10.0.0.12, which the file gives to node2", StringComparison.Ordinal)));
            Assert.That(broken.Where(line => line!.Check == "firewall").Select(line => line.Text), Has.Exactly(2).Items.And.Some.Contains("boot scripts and assets (TCP 80) is dropped by: policy drop").And.Some.Contains("DNS (TCP 53)"));
            Assert.That(broken.Select(line => line.Fix), Has.All.Not.Null);
        });
        Assert.That(File.Exists(folder.File("leases")) ? File.ReadAllText(folder.File("leases")) : "", Does.Not.Contain("10.0.0."), "no offer was taken");
    }

    [Test]
    public void Without_a_description_it_says_so_and_with_a_broken_one_it_names_the_line()
    {
        using var folder = new TemporaryFolder();
        Assert.That(Tool.Run("dotnet", [Product.Dll, "doctor"], folder: folder.Path).Status, Is.EqualTo(2));
        File.WriteAllText(folder.File("broken.yaml"), "version: 1\nname: lab\n");
        var outcome = Product.Run("doctor", folder.File("broken.yaml"));
        Assert.That(outcome.Status, Is.EqualTo(1));
        Assert.That(outcome.Output, Does.Contain("broken.yaml:").And.Contain("things to put right first"));
    }

    private static List<Line> Ask(Segment segment, TemporaryFolder folder)
    {
        var outcome = Run(segment.OnServer("dotnet", Product.Dll, "doctor", Repository.PathOf("cluster-desc.example.yaml"), "--state", folder.File("state"), "--assets", folder.Path, "--json"));
        Assert.That(outcome.Status, Is.EqualTo(1), outcome.ToString());
        using var document = JsonDocument.Parse(outcome.Output);
        return [.. document.RootElement.EnumerateArray().Select(item => new Line(Text(item, "check")!, Text(item, "grade")!, Text(item, "text")!, Text(item, "fix")))];
    }

    private static string? Text(JsonElement item, string name) => item.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static Tool.Result Run(string[] command) => Tool.Run(command[0], command[1..]);

    /// <summary>Starts a server and waits until it says that it serves.</summary>
    private void Start(string[] command, string ready)
    {
        var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardError = true })!;
        programs.Add(process);
        var said = new List<string>();
        while (process.StandardError.ReadLine() is { } line)
        {
            said.Add(line);
            if (line.Contains(ready, StringComparison.Ordinal)) return;
        }
        Assert.Fail(string.Join('\n', said));
    }

    private sealed record Line(string Check, string Grade, string Text, string? Fix)
    {
        public override string ToString() => $"{Grade} {Check}: {Text}";
    }
}
