using System.Text.RegularExpressions;
using NUnit.Framework;
using Sextant.Cluster;
using Sextant.Lab;

namespace Sextant.Tests.Machines;

/// <summary>
/// Machines whose cables lose a tenth of all frames each way, repeat and reorder some, and make every round trip 100 ms longer: both firmwares come through
/// DHCP, TFTP and HTTP to the live system, and it to its settings and the first step of the installation. The image itself is left out: nothing new would be seen, for minutes.
/// </summary>
[TestFixture, Category("Cables"), NonParallelizable]
public sealed partial class FaultyCableTests
{
    private const int BootMilliseconds = 14 * 60_000;
    private readonly Rack rack = new(MachineLab.NewFolder("cables"), TimeProvider.System);

    [TearDown]
    public async Task RemoveTheRack()
    {
        await MachineLab.ReportFailureAsync(rack);
        if (!rack.Exists) return;
        await TestContext.Out.WriteLineAsync(LogTail.Read(rack.Folder.RelayLog, rack.State.Machines.Count));
        await rack.TakeDownAsync(keepFolder: false);
    }

    [Test, CancelAfter(BootMilliseconds)]
    public async Task Machines_of_both_firmwares_boot_over_cables_that_lose_repeat_reorder_and_delay(CancellationToken cancellation)
    {
        var description = TestKit.Repository.PathOf("cluster-desc.example.yaml");
        Assert.That(LinkFaults.TryParse("loss=10,delay=50ms,duplicate=1,reorder=5,seed=1", out var faults, out var problem), Is.True, problem);
        var plan = RackPlanner.Plan(ClusterFile.Load(description).Description!, new RackRequest
        {
            DescriptionFile = description,
            AssetFolder = MachineLab.Assets,
            Program = MachineLab.Program,
            Name = $"cables-{Environment.ProcessId}",
            Nodes = 2,
            Firmware = FirmwareChoice.Mixed,
            Port = MachineLab.Port,
            Faults = faults,
        }, rack.Folder, TimeProvider.System.GetUtcNow());
        Prerequisites.Check(plan.Machines.Select(machine => machine.Firmware));
        await rack.BuildAsync(plan, cancellation);
        // The usual congestion control takes each of these losses for a full link, and a kernel would take a quarter of an hour (docs/lab.md).
        await LabCommandLine.RunAsync(
            new NetworkNamespace(plan.Namespace).Wrap(["sysctl", "-w", "net.ipv4.tcp_congestion_control=bbr"]), cancellation);
        foreach (var machine in plan.Machines) await rack.PowerOnAsync(machine.Mac, cancellation);

        using var client = MachineLab.Operator(rack.Folder);
        using var status = new StatusClient(rack.Folder.HttpSocket);
        foreach (var machine in plan.Machines)
        {
            while ((await status.NodesAsync(cancellation))?.Any(node => node.Mac == machine.Mac && node.Stage != NodeStatus.Waiting) != true) await Task.Delay(250, cancellation);
            IReadOnlyList<(string Kind, string Summary)> timeline;
            while (!(timeline = await MachineLab.TimelineAsync(client, machine, cancellation)).Any(happened => happened.Kind == "installing")) await Task.Delay(250, cancellation);
            var kinds = timeline.Select(happened => happened.Kind).ToList();
            Assert.That(kinds, Is.SupersetOf(["leased", "script-served"]), machine.Hostname);
            if (machine.Firmware is MachineFirmware.Uefi) Assert.That(kinds, Does.Contain("boot-file-sent"), "the firmware's own PXE client speaks TFTP");
        }
        foreach (var machine in plan.Machines) await rack.PowerOffAsync(machine.Mac, cancellation);
        foreach (var machine in plan.Machines)
            Assert.That(() => Lost(machine), Has.Length.EqualTo(2).And.All.Positive.After(20_000, 500), "frames were lost in both directions");
    }

    /// <summary>How many frames the relay lost on the way to the machine and from it.</summary>
    private int[] Lost(RackMachine machine) =>
        [.. Counts().Matches(LogTail.Read(rack.Folder.RelayLog, 20).Split('\n').LastOrDefault(line => line.StartsWith(machine.Hostname, StringComparison.Ordinal)) ?? "")
            .Select(match => int.Parse(match.Groups[1].Value, null))];

    [GeneratedRegex(@"frames, (\d+) lost")]
    private static partial Regex Counts();
}
