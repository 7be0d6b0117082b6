using NUnit.Framework;
using Sextant.Cli;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Docs;

[TestFixture]
public sealed class DocsTests
{
    private static IEnumerable<DocumentedExample> Runnable() => DocumentedExamples.Of("sh run");
    private static IEnumerable<DocumentedExample> Rack() => DocumentedExamples.Of("sh rack").Concat(DocumentedExamples.Of("console"));

    [Test]
    public void Every_fence_says_how_it_is_proved() =>
        Assert.That(
            DocumentedExamples.All().Where(example => !DocumentedExamples.Kinds.Contains(example.Info) || (example.Info.StartsWith("yaml", StringComparison.Ordinal) && example.File != "docs/cluster-desc.md")),
            Is.Empty);

    [TestCaseSource(nameof(Runnable))]
    public void A_shell_example_runs(object example)
    {
        var folder = Directory.CreateTempSubdirectory("sextant-docs-").FullName;
        try
        {
            File.Copy(Repository.PathOf("cluster-desc.example.yaml"), Path.Combine(folder, "cluster-desc.yaml"));
            File.WriteAllText(Path.Combine(folder, "sextant"), $"#!/bin/sh\nexec dotnet {Product.Dll} \"$@\"\n");
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(Path.Combine(folder, "sextant"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
            var outcome = Tool.Run("sh", ["-euc", $"cd {folder}\nPATH={folder}:$PATH\n{((DocumentedExample)example).Text}"]);
            Assert.That(outcome.Status, Is.Zero, outcome.ToString());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [TestCaseSource(nameof(Rack))]
    public void A_command_that_needs_machines_is_one_the_command_line_knows(object example)
    {
        foreach (var command in DocumentedExamples.Commands((DocumentedExample)example))
        {
            var words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words[0] == "sudo") words = words[1..];
            switch (words[0])
            {
                case "sextant":
                    Assert.That(SextantCommand.Create().Parse(words[1..]).Errors.Select(error => error.Message), Is.Empty, command);
                    break;
                case "./build.sh":
                    Assert.That(File.ReadAllText(Repository.PathOf("build.sh")), Does.Contain($"\n  {words[1]})"), command);
                    break;
                default:
                    Assert.That(words[0], Is.AnyOf("curl", "apt-get", "ip", "sysctl"), command);
                    break;
            }
        }
    }
}
