using System.Collections.Immutable;
using Sextant.Primitives;

namespace Sextant.Lab;

/// <summary>One look at a rack.</summary>
/// <param name="At">When.</param>
/// <param name="BootstrapperRuns">Whether the bootstrapper's process is there.</param>
/// <param name="Nodes">What it reports; null when it does not answer.</param>
/// <param name="Power">Each machine's power.</param>
public sealed record RackObservation(
    DateTimeOffset At, bool BootstrapperRuns, IReadOnlyList<NodeStatus>? Nodes, IReadOnlyDictionary<MacAddress, MachinePower> Power);

/// <summary>A machine's power.</summary>
public enum MachinePower
{
    /// <summary>Off.</summary>
    Off,
    /// <summary>On.</summary>
    On,
    /// <summary>It was on, and QEMU ended by itself.</summary>
    Crashed,
}

/// <summary>Whether a rack is where it should be.</summary>
public abstract record RackVerdict
{
    private RackVerdict() { }

    /// <summary>Every machine is all its roles promise.</summary>
    public sealed record Healthy : RackVerdict;

    /// <summary>Not yet.</summary>
    public sealed record Pending : RackVerdict;

    /// <summary>It will not become so by waiting.</summary>
    /// <param name="Reason">Why, in words.</param>
    /// <param name="Stuck">The machines that hold it up.</param>
    public sealed record Failed(string Reason, IReadOnlyList<MachineProgress> Stuck) : RackVerdict;
}

/// <summary>A stage and when it was first seen.</summary>
/// <param name="Label">The stage in words: <c>powered on</c>, <c>installing</c>, …</param>
/// <param name="Elapsed">Time since the watch began.</param>
public sealed record StageEntry(string Label, TimeSpan Elapsed);

/// <summary>How far one machine is.</summary>
/// <param name="Machine">The machine.</param>
/// <param name="Power">Its power.</param>
/// <param name="Status">What the bootstrapper last reported of it; null before it was seen.</param>
/// <param name="Stages">Every stage it went through, in order; never empty.</param>
public sealed record MachineProgress(RackMachine Machine, MachinePower Power, NodeStatus? Status, ImmutableList<StageEntry> Stages)
{
    /// <summary>Where it is now.</summary>
    public StageEntry Current => Stages[^1];

    /// <summary>How long it has been there: by the bootstrapper's record, or by the watch where that has none.</summary>
    public TimeSpan InStage(RackProgress rack) => Power == MachinePower.On && Status?.Since is { } since ? rack.Now - since : rack.Elapsed - Current.Elapsed;
}

/// <summary>
/// How far a rack is: the fold of looks at it. Pure; the watch feeds it and screens print it.
/// </summary>
public sealed record RackProgress
{
    /// <summary>How long the bootstrapper may be gone before the rack counts as failed; enough to stop and start it by hand.</summary>
    public static readonly TimeSpan BootstrapperPatience = TimeSpan.FromMinutes(1);

    /// <summary>How long an emulator may be gone before its machine counts as crashed: <c>sextant lab power off</c> ends it first and writes that down next.</summary>
    public static readonly TimeSpan EmulatorPatience = TimeSpan.FromSeconds(5);

    /// <summary>When the watch began.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>The latest look.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>The machines, in the order of the description.</summary>
    public required ImmutableList<MachineProgress> Machines { get; init; }

    /// <summary>Since when the bootstrapper's process is gone; null while it runs.</summary>
    public DateTimeOffset? BootstrapperGoneSince { get; init; }

    /// <summary>Whether the bootstrapper answered at the latest look.</summary>
    public bool BootstrapperAnswers { get; init; } = true;

    /// <summary>Time since the watch began.</summary>
    public TimeSpan Elapsed => Now - StartedAt;

    /// <summary>The beginning: nothing is known but the machines.</summary>
    public static RackProgress Begin(IEnumerable<RackMachine> machines, DateTimeOffset now) => new()
    {
        StartedAt = now,
        Now = now,
        Machines = [.. machines.Select(machine => new MachineProgress(machine, MachinePower.Off, null, [new StageEntry(Label(MachinePower.Off, null), default)]))],
    };

    /// <summary>The progress after one more look.</summary>
    public RackProgress After(RackObservation look) => this with
    {
        Now = look.At,
        BootstrapperGoneSince = look.BootstrapperRuns ? null : BootstrapperGoneSince ?? look.At,
        BootstrapperAnswers = look.Nodes is not null,
        Machines = [.. Machines.Select(machine => After(machine, look))],
    };

    /// <summary>Whether the rack is where it should be.</summary>
    /// <param name="timeout">How long it may take in all.</param>
    public RackVerdict Judge(TimeSpan timeout)
    {
        var stuck = Machines.Where(machine => machine is not { Power: MachinePower.On, Status.IsReady: true }).ToList();
        var crashed = stuck.Where(machine => machine.Power == MachinePower.Crashed && machine.InStage(this) > EmulatorPatience).ToList();
        var held = stuck.Where(machine => machine.Status?.Stage == NodeStatus.Held).ToList();
        if (stuck.Count == 0 && BootstrapperAnswers) return new RackVerdict.Healthy();
        if (crashed.Count > 0) return new RackVerdict.Failed($"QEMU of {Names(crashed)} ended by itself", crashed);
        if (held.Count > 0) return new RackVerdict.Failed($"{Names(held)} waits for the operator", held);
        if (BootstrapperGoneSince is { } since && Now - since > BootstrapperPatience) return new RackVerdict.Failed("the bootstrapper does not run", stuck);
        if (Elapsed >= timeout) return new RackVerdict.Failed($"not healthy after {LabDuration.Format(timeout)}", stuck);
        return new RackVerdict.Pending();
    }

    /// <summary>Where a machine is, in words.</summary>
    public static string Label(MachinePower power, string? stage) => power switch
    {
        MachinePower.Off => "off",
        MachinePower.Crashed => "crashed",
        MachinePower.On => stage is null or NodeStatus.Waiting ? "powered on" : stage,
        _ => throw new ArgumentOutOfRangeException(nameof(power)),
    };

    private MachineProgress After(MachineProgress machine, RackObservation look)
    {
        var status = look.Nodes is null ? machine.Status : look.Nodes.FirstOrDefault(node => node.Mac == machine.Machine.Mac) ?? machine.Status;
        var power = look.Power.GetValueOrDefault(machine.Machine.Mac, MachinePower.Off);
        var label = Label(power, status?.Stage);
        return machine with
        {
            Power = power,
            Status = status,
            Stages = label == machine.Current.Label ? machine.Stages : machine.Stages.Add(new StageEntry(label, look.At - StartedAt)),
        };
    }

    private static string Names(IEnumerable<MachineProgress> machines) => string.Join(", ", machines.Select(machine => machine.Machine.Hostname));
}
