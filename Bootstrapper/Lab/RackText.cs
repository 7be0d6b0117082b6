using System.Collections.Immutable;
using System.Globalization;
using Sextant.Primitives;

namespace Sextant.Lab;

/// <summary>A rack in words: the rows of its table, its lines, its report. Pure.</summary>
public static class RackText
{
    /// <summary>The columns of the table.</summary>
    public static readonly ImmutableArray<string> Columns = ["machine", "MAC", "firmware", "address", "stage", "since", "detail"];

    /// <summary>One row of the table; as many cells as <see cref="Columns"/>.</summary>
    public static IReadOnlyList<string> Row(MachineProgress machine, RackProgress rack) =>
    [
        machine.Machine.Hostname,
        machine.Machine.Mac.ToString(),
        Words(machine.Machine.Firmware),
        machine.Status?.Address?.ToString() ?? "",
        machine.Current.Label,
        LabDuration.Format(machine.InStage(rack)),
        string.Join(" – ", new[] { machine.Status?.Remark, Transfer(machine.Status?.Transfer) }.Where(text => !string.IsNullOrEmpty(text))),
    ];

    /// <summary>What changed from one look to the next, a line each, for screens that cannot redraw: <c>[0:42] node1: installing – starting the live system</c>.</summary>
    public static IEnumerable<string> Changes(RackProgress before, RackProgress after)
    {
        if (before.BootstrapperGoneSince is null && after.BootstrapperGoneSince is not null) yield return $"[{LabDuration.Format(after.Elapsed)}] the bootstrapper is gone";
        if (before.BootstrapperGoneSince is not null && after.BootstrapperGoneSince is null) yield return $"[{LabDuration.Format(after.Elapsed)}] the bootstrapper is back";
        foreach (var (was, now) in before.Machines.Zip(after.Machines))
        {
            if (was.Current.Label == now.Current.Label && (was.Status?.Remark ?? "") == (now.Status?.Remark ?? "")) continue;
            var detail = string.IsNullOrEmpty(now.Status?.Remark) ? "" : $" – {now.Status.Remark}";
            yield return $"[{LabDuration.Format(after.Elapsed)}] {now.Machine.Hostname}: {now.Current.Label}{detail}";
        }
    }

    /// <summary>The stages of each machine with the time each was reached: <c>node1: powered on 0:02, booting 0:31, …</c>.</summary>
    public static IEnumerable<string> Milestones(RackProgress progress) => progress.Machines.Select(machine =>
        $"{machine.Machine.Hostname}: {string.Join(", ", machine.Stages.Where(stage => stage.Label != "off").Select(stage => $"{stage.Label} {LabDuration.Format(stage.Elapsed)}"))}");

    /// <summary>One machine that is not where it should be: where it is, since when, and its last words.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="rack">The rack.</param>
    /// <param name="console">The end of its console.</param>
    public static string Stuck(MachineProgress machine, RackProgress rack, string console)
    {
        var detail = string.IsNullOrEmpty(machine.Status?.Remark) ? "" : $" ({machine.Status.Remark})";
        var words = console.Length == 0 ? "its console is empty" : $"its console ends with:{Environment.NewLine}{console}";
        return $"{machine.Machine.Hostname}: {machine.Current.Label}{detail} for {LabDuration.Format(machine.InStage(rack))}; {words}";
    }

    /// <summary>The rack as data for <c>--json</c>.</summary>
    public static RackReport Report(RackState state, RackProgress progress, RackVerdict verdict) => new(
        Result: verdict switch
        {
            RackVerdict.Healthy => "healthy",
            RackVerdict.Pending => "pending",
            RackVerdict.Failed => "failed",
            _ => throw new ArgumentOutOfRangeException(nameof(verdict)),
        },
        Reason: (verdict as RackVerdict.Failed)?.Reason,
        Url: state.Url,
        Namespace: state.Namespace,
        ElapsedSeconds: Math.Round(progress.Elapsed.TotalSeconds, 1),
        Bootstrapper: progress.BootstrapperGoneSince is not null ? "stopped" : progress.BootstrapperAnswers ? "serving" : "silent",
        Machines: [.. progress.Machines.Select(machine => new MachineReport(
            machine.Machine.Hostname, machine.Machine.Mac, machine.Machine.Firmware, machine.Power == MachinePower.On, machine.Status?.Address,
            machine.Current.Label, machine.Status?.Detail, machine.Status?.Transfer,
            [.. machine.Stages.Select(stage => new StageReport(stage.Label, Math.Round(stage.Elapsed.TotalSeconds, 1)))]))]);

    /// <summary>The firmware in words.</summary>
    public static string Words(MachineFirmware firmware) => firmware switch
    {
        MachineFirmware.Bios => "BIOS",
        MachineFirmware.Uefi => "UEFI",
        MachineFirmware.HttpBoot => "UEFI HTTP",
        MachineFirmware.SecureBoot => "UEFI Secure Boot",
        MachineFirmware.Arm64 => "UEFI arm64",
        _ => throw new ArgumentOutOfRangeException(nameof(firmware)),
    };

    private static string Transfer(NodeTransfer? transfer) => transfer is { IsRunning: true }
        ? string.Create(CultureInfo.InvariantCulture, $"{transfer.Asset} {transfer.Percent} % of {transfer.Total / 1e6:0.0} MB")
        : "";
}

/// <summary>A rack as data.</summary>
/// <param name="Result"><c>healthy</c>, <c>pending</c> or <c>failed</c>.</param>
/// <param name="Reason">Why it failed.</param>
/// <param name="Url">The status page as the host sees it.</param>
/// <param name="Namespace">The network namespace.</param>
/// <param name="ElapsedSeconds">Seconds since the watch began; 0 for a single look.</param>
/// <param name="Bootstrapper"><c>serving</c>, <c>silent</c> (it runs and does not answer) or <c>stopped</c>.</param>
/// <param name="Machines">The machines.</param>
public sealed record RackReport(
    string Result, string? Reason, string Url, string Namespace, double ElapsedSeconds, string Bootstrapper, IReadOnlyList<MachineReport> Machines);

/// <summary>A machine as data.</summary>
/// <param name="Hostname">Its host name.</param>
/// <param name="Mac">Its MAC address.</param>
/// <param name="Firmware">What it starts from.</param>
/// <param name="On">Whether it is powered on.</param>
/// <param name="Address">Its address.</param>
/// <param name="Stage">Where it is.</param>
/// <param name="Detail">The latest thing worth saying about the stage.</param>
/// <param name="Transfer">The transfer in progress or last finished.</param>
/// <param name="Stages">Every stage it went through.</param>
public sealed record MachineReport(
    string Hostname, MacAddress Mac, MachineFirmware Firmware, bool On, Ipv4Address? Address, string Stage, string? Detail, NodeTransfer? Transfer,
    IReadOnlyList<StageReport> Stages);

/// <summary>A stage as data.</summary>
/// <param name="Stage">The stage in words.</param>
/// <param name="Seconds">When it was reached, in seconds since the watch began.</param>
public sealed record StageReport(string Stage, double Seconds);
