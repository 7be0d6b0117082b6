using System.Diagnostics.Metrics;
using Sextant.Lifecycle;
using Sextant.Primitives;
using Sextant.Storage;

namespace Sextant.Status.Metrics;

/// <summary>
/// How long machines were in each stage of their way, measured when they leave it. Stages that wait for a person or for nothing (held, healthy) are no part of the
/// way. What a machine was in before the service started is measured from the record, which outlives it.
/// </summary>
public sealed class StageDurations : IDisposable
{
    /// <summary>Upper bounds of the buckets, in seconds: from a firmware's DHCP to an installation over a bad link.</summary>
    private static readonly double[] Bounds = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600];

    private readonly Histogram<double> durations;
    private readonly Dictionary<MacAddress, (MachineStage Stage, DateTimeOffset Since)> reached;
    private readonly IDisposable subscription;

    /// <summary>Begins to measure.</summary>
    public StageDurations(MetricCollector collector, MachineStore machines)
    {
        durations = collector.CreateMeter("Sextant.Boot").CreateHistogram(
            "sextant.boot.stage_duration", "s", "How long machines were in a stage of their boot, when they left it.", tags: null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = Bounds });
        reached = machines.All.ToDictionary(machine => machine.Mac, machine => (machine.Stage, machine.StageSince));
        subscription = machines.Subscribe(OnEvent);
    }

    /// <inheritdoc/>
    public void Dispose() => subscription.Dispose();

    /// <summary>On the store's one writer, so the dictionary needs no lock.</summary>
    private void OnEvent(MachineEvent happened, Machine machine)
    {
        var before = reached.GetValueOrDefault(machine.Mac, (Stage: MachineStage.Discovered, Since: machine.FirstSeen));
        reached[machine.Mac] = (machine.Stage, machine.StageSince);
        if (before.Stage != machine.Stage && IsOnTheWay(before.Stage))
            durations.Record((machine.StageSince - before.Since).TotalSeconds, new KeyValuePair<string, object?>("stage", NodeView.StageOf(before.Stage)));
    }

    private static bool IsOnTheWay(MachineStage stage) => stage switch
    {
        MachineStage.Discovered or MachineStage.Booting or MachineStage.Wiping or MachineStage.Installing or MachineStage.Installed or MachineStage.Enrolled => true,
        MachineStage.Failed or MachineStage.Healthy or MachineStage.Unhealthy or MachineStage.Held => false,
        _ => throw new ArgumentOutOfRangeException(nameof(stage)),
    };
}
