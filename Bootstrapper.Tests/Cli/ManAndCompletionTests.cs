using System.CommandLine;
using NUnit.Framework;
using Sextant.Cli;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Cli;

/// <summary>The manual page and the completion, both made from the command line itself.</summary>
[TestFixture]
public sealed class ManAndCompletionTests
{
    [Test]
    public void The_page_is_sound_for_the_manual_reader()
    {
        var page = Product.Run("man");
        Assert.That(page.Status, Is.Zero, page.ToString());
        var outcome = Tool.Run("groff", ["-man", "-Tutf8", "-ww", "-z"], page.Output);
        Assert.That((outcome.Status, outcome.Errors), Is.EqualTo((0, "")));
    }

    [Test]
    public void The_page_has_every_verb_with_every_option_and_every_exit_code()
    {
        var root = SextantCommand.Create();
        var text = Tool.Run("groff", ["-man", "-Tascii", "-P-cbou", "-rLL=200n"], ManPage.Of(root)).Output;
        foreach (var (name, command) in Leaves(root, ""))
        {
            Assert.That(text, Does.Match($@"\n +{name}( |\n)"));
            foreach (var option in command.Options) Assert.That(text, Does.Contain(option.Name), $"{name} {option.Name}");
        }
        for (var code = Ending.Done; code <= Ending.NoAnswer; code++) Assert.That(text, Does.Match($@"\n +{code} +\w"));
        Assert.That(text, Does.Not.Contain("\\"));
    }

    [TestCase("sextant no", "node")]
    [TestCase("sextant node re", "release reinstall")]
    [TestCase("sextant node trace --pc", "--pcap")]
    [TestCase("sextant completion z", "zsh")]
    public void Bash_completes_verbs_options_and_values(string line, string words)
    {
        using var folder = WithProgram();
        var outcome = Tool.Run("bash", ["-c", $"""
            eval "$(sextant completion bash)"
            complete -p sextant >/dev/null || exit 9
            COMP_LINE='{line}' COMP_POINT={line.Length}
            _sextant sextant '{line.Split(' ')[^1]}' '{line.Split(' ')[^2]}'
            printf '%s\n' "$COMPREPLY" "{"${COMPREPLY[@]:1}"}"
            """], environment: Path(folder));
        Assert.That(outcome.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries), Is.EquivalentTo(words.Split(' ')), outcome.ToString());
    }

    [TestCase("zsh")]
    [TestCase("fish")]
    public void The_other_shells_understand_their_scripts(string shell)
    {
        var script = Product.Run("completion", shell);
        using var folder = new TemporaryFolder();
        var outcome = Tool.Run(shell, ["-n", folder.Write("script", script.Output)]);
        Assert.That((outcome.Status, outcome.Errors), Is.EqualTo((0, "")));
    }

    [Test]
    public void Fish_offers_what_the_program_suggests()
    {
        using var folder = WithProgram();
        var outcome = Tool.Run("fish", ["--no-config", "-c", "sextant completion fish | source; complete -C 'sextant node re'"], environment: new Dictionary<string, string>(Path(folder)) { ["HOME"] = folder.Path });
        Assert.That(outcome.Output, Does.Contain("reinstall").And.Contain("release").And.Not.Contain("list"), outcome.ToString());
    }

    private static TemporaryFolder WithProgram()
    {
        var folder = new TemporaryFolder();
        var program = folder.Write("bin/sextant", $"#!/bin/sh\nexec dotnet {Product.Dll} \"$@\"\n");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return folder;
    }

    private static Dictionary<string, string> Path(TemporaryFolder folder) => new() { ["PATH"] = $"{folder.File("bin")}:{Environment.GetEnvironmentVariable("PATH")}" };

    private static IEnumerable<(string Name, Command Command)> Leaves(Command command, string above) => command.Subcommands.Where(verb => !verb.Hidden).SelectMany(verb =>
    {
        var name = above.Length == 0 ? verb.Name : $"{above} {verb.Name}";
        return verb.Subcommands.Count == 0 ? [(name, verb)] : Leaves(verb, name);
    });
}
