using System.CommandLine;
using NUnit.Framework;
using Sextant.Cli;
using Sextant.Lab;

namespace Sextant.Tests.Lab;

[TestFixture, CancelAfter(20_000)]
public sealed class LabCommandTests
{
    [TestCase("status")]
    [TestCase("console node1")]
    [TestCase("power node1 on")]
    [TestCase("power node1 off")]
    [TestCase("power node1 reset")]
    [TestCase("bootstrapper start")]
    [TestCase("bootstrapper stop")]
    [TestCase("bootstrapper kill")]
    public async Task Without_a_rack_every_verb_says_how_to_make_one(string verb, CancellationToken cancellation)
    {
        using var folder = LabSamples.Folder();
        var (exitCode, _, error) = await RunAsync($"{verb} --dir {folder["none"]}", cancellation);
        Assert.That(exitCode, Is.EqualTo(1));
        Assert.That(error, Is.EqualTo($"sextant lab: there is no rack in {folder["none"]}; make one with: sextant lab up{Environment.NewLine}"));
    }

    [Test]
    public async Task Taking_down_nothing_is_no_mistake(CancellationToken cancellation)
    {
        using var folder = LabSamples.Folder();
        var (exitCode, output, error) = await RunAsync($"down --dir {folder["none"]}", cancellation);
        Assert.That((exitCode, error), Is.EqualTo((0, "")));
        Assert.That(output, Does.StartWith("There is no rack in"));
    }

    [Test]
    public async Task A_rack_that_is_off_is_shown_and_is_not_healthy(CancellationToken cancellation)
    {
        using var folder = RackFolderWith();
        var (exitCode, output, _) = await RunAsync($"status --dir {folder.Path}", cancellation);
        Assert.That(exitCode, Is.EqualTo(1));
        Assert.That(output, Does.Contain("│ node1   │ 52:54:00:00:00:01 │ UEFI     │"));
        Assert.That(output, Does.Contain("│ off     │").Or.Contain("│ crashed │"));
        Assert.That(output, Does.Contain("the bootstrapper does not run"));
        Assert.That(output, Does.Not.Contain("\u001b"));
    }

    [Test]
    public async Task A_machine_that_is_not_there_is_answered_with_those_that_are(CancellationToken cancellation)
    {
        using var folder = RackFolderWith();
        var (exitCode, _, error) = await RunAsync($"power node7 on --dir {folder.Path}", cancellation);
        Assert.That((exitCode, error.TrimEnd()), Is.EqualTo((1, "sextant lab: no machine 'node7' in this rack; there are node1, node2.")));
    }

    [TestCase("up --timeout 15", "--timeout is a time")]
    [TestCase("up --timeout 0s", "--timeout is a time")]
    [TestCase("up --faults loss=200", "--faults 'loss=200': a percentage from 0 to 100")]
    [TestCase("up --firmware coreboot", "--firmware coreboot: one of bios, uefi")]
    [TestCase("power node1 explode", "explode")]
    [TestCase("power node1", "Required argument 'action' missing")]
    [TestCase("forward --port 1 --namespace x --to nowhere", "--to is an address and a port")]
    public void A_mistyped_verb_is_explained(string verb, string reason) =>
        Assert.That(Parse(verb).Errors.Select(error => error.Message), Has.Some.Contains(reason));

    [Test]
    public async Task A_folder_with_a_strangers_files_is_not_taken(CancellationToken cancellation)
    {
        using var folder = LabSamples.Folder();
        await File.WriteAllTextAsync(folder["thesis.tex"], "", cancellation);
        var rack = new Rack(new RackFolder(folder.Path), TimeProvider.System);
        Assert.That(async () => await rack.BuildAsync(LabSamples.State, cancellation),
            Throws.TypeOf<LabException>().With.Message.EndsWith("holds files and is no rack; choose another --dir."));
        Assert.That(File.Exists(folder["thesis.tex"]), Is.True);
    }

    private static TemporaryFolder RackFolderWith()
    {
        var folder = LabSamples.Folder();
        new RackStateFile(new RackFolder(folder.Path)).Create(LabSamples.State with { Bootstrapper = null });
        return folder;
    }

    private static ParseResult Parse(string verb) => SextantCommand.Create().Parse("lab " + verb);

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(string verb, CancellationToken cancellation)
    {
        await using var output = new StringWriter();
        await using var error = new StringWriter();
        var exitCode = await Parse(verb).InvokeAsync(new InvocationConfiguration { Output = output, Error = error }, cancellation);
        return (exitCode, output.ToString(), error.ToString());
    }
}
