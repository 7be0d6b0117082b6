using System.Text.Json;
using NUnit.Framework;
using Sextant.Lab;
using Sextant.Primitives;

namespace Sextant.Tests.Lab;

[TestFixture]
public sealed class RackTextTests
{
    private static readonly NodeStatus Installing = new(
        LabSamples.Uefi.Mac, "installing", "node1", Ipv4Address.Parse("10.0.0.11"), LabSamples.Noon.AddSeconds(30), "starting the live system",
        Transfer: new NodeTransfer("debian/live.img", 50_000_000, 200_000_000));

    private static readonly RackProgress Begun = RackProgress.Begin([LabSamples.Uefi, LabSamples.Bios], LabSamples.Noon);

    [Test]
    public void A_row_says_where_a_machine_is()
    {
        var progress = Progress(100, Installing);
        Assert.That(progress.Machines.Select(machine => string.Join('|', RackText.Row(machine, progress))), Is.EqualTo(new[]
        {
            "node1|52:54:00:00:00:01|UEFI|10.0.0.11|installing|1:10|starting the live system – debian/live.img 25 % of 200.0 MB",
            "node2|52:54:00:00:00:02|BIOS||powered on|0:00|",
        }));
        Assert.That(RackText.Row(progress.Machines[0], progress), Has.Count.EqualTo(RackText.Columns.Length));
    }

    [TestCase(200_000_000, 200_000_000)]
    [TestCase(0, 0)]
    public void A_finished_transfer_is_not_shown(long bytes, long total)
    {
        var progress = Progress(100, Installing with { Transfer = new NodeTransfer("debian/live.img", bytes, total) });
        Assert.That(RackText.Row(progress.Machines[0], progress)[^1], Is.EqualTo("starting the live system"));
    }

    [Test]
    public void A_machine_that_is_on_is_not_said_to_wait_for_power()
    {
        var progress = Progress(100, new NodeStatus(LabSamples.Uefi.Mac, NodeStatus.Waiting, "node1", Detail: "waiting for power-on"));
        Assert.That(RackText.Row(progress.Machines[0], progress)[^1], Is.Empty);
        Assert.That(RackText.Changes(Begun, progress).First(), Is.EqualTo("[1:40] node1: powered on"));
    }

    [Test]
    public void Lines_tell_changes_only()
    {
        var first = Progress(100, Installing);
        Assert.That(RackText.Changes(Begun, first), Is.EqualTo(new[]
        {
            "[1:40] node1: installing – starting the live system",
            "[1:40] node2: powered on",
        }));
        Assert.That(RackText.Changes(first, Progress(101, Installing with { Transfer = null })), Is.Empty);
        Assert.That(RackText.Changes(first, Progress(101, Installing with { Detail = "partitioning /dev/vda" })),
            Is.EqualTo(new[] { "[1:41] node1: installing – partitioning /dev/vda" }));
    }

    [Test]
    public void Lines_tell_when_the_bootstrapper_goes_and_comes_back()
    {
        var there = Progress(100, Installing);
        var gone = there.After(new RackObservation(LabSamples.Noon.AddSeconds(110), false, null, Powered));
        var back = gone.After(new RackObservation(LabSamples.Noon.AddSeconds(120), true, null, Powered));
        Assert.That(RackText.Changes(there, gone), Is.EqualTo(new[] { "[1:50] the bootstrapper is gone" }));
        Assert.That(RackText.Changes(gone, back), Is.EqualTo(new[] { "[2:00] the bootstrapper is back" }));
    }

    [TestCase("", "node1: installing (starting the live system) for 1:10; its console is empty")]
    [TestCase("Kernel panic", "node1: installing (starting the live system) for 1:10; its console ends with:|Kernel panic")]
    public void A_stuck_machine_says_where_since_when_and_its_last_words(string console, string expected)
    {
        var progress = Progress(100, Installing);
        Assert.That(RackText.Stuck(progress.Machines[0], progress, console).ReplaceLineEndings("|"), Is.EqualTo(expected));
    }

    [Test]
    public void The_report_is_data()
    {
        var progress = Progress(100, Installing);
        var report = RackText.Report(LabSamples.State, progress, new RackVerdict.Failed("not healthy after 1:40", progress.Machines));
        using var json = JsonDocument.Parse(JsonSerializer.Serialize(report, RackJson.Default.RackReport));
        var root = json.RootElement;
        Assert.That(root.GetProperty("result").GetString(), Is.EqualTo("failed"));
        Assert.That(root.GetProperty("reason").GetString(), Is.EqualTo("not healthy after 1:40"));
        Assert.That(root.GetProperty("elapsed_seconds").GetDouble(), Is.EqualTo(100));
        Assert.That(root.GetProperty("bootstrapper").GetString(), Is.EqualTo("serving"));
        var machine = root.GetProperty("machines")[0];
        Assert.That(machine.GetProperty("mac").GetString(), Is.EqualTo("52:54:00:00:00:01"));
        Assert.That(machine.GetProperty("stage").GetString(), Is.EqualTo("installing"));
        Assert.That(machine.GetProperty("stages")[1].GetProperty("seconds").GetDouble(), Is.EqualTo(100));
        Assert.That(machine.GetProperty("transfer").GetProperty("total").GetInt64(), Is.EqualTo(200_000_000));
    }

    private static Dictionary<MacAddress, MachinePower> Powered { get; } =
        new() { [LabSamples.Uefi.Mac] = MachinePower.On, [LabSamples.Bios.Mac] = MachinePower.On };

    private static RackProgress Progress(int second, NodeStatus node) =>
        Begun.After(new RackObservation(LabSamples.Noon.AddSeconds(second), true, [node], Powered));
}
