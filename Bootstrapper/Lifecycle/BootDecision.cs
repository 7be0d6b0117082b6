using Sextant.Planning;

namespace Sextant.Lifecycle;

/// <summary>
/// What a machine that boots from the network is to do. Every boot path (DHCP, TFTP, HTTP, scripts) asks <see cref="Decide"/>, so that no path can
/// reinstall an installed machine.
/// </summary>
public abstract record BootDecision
{
    private BootDecision() { }

    /// <summary>Start the live system and install; <paramref name="Attempt"/> counts from 1.</summary>
    public sealed record Install(int Attempt) : BootDecision;

    /// <summary>Start the live system and erase the disks.</summary>
    public sealed record Wipe : BootDecision;

    /// <summary>Start from disk.</summary>
    public sealed record BootLocalDisk : BootDecision;

    /// <summary>Show it to the operator; install nothing.</summary>
    public sealed record Discover : BootDecision;

    /// <summary>Wait for the operator.</summary>
    public sealed record Hold(HoldReason Reason) : BootDecision;

    /// <summary>Give it no answer.</summary>
    public sealed record Ignore(IgnoreReason Reason) : BootDecision;

    /// <summary>Decides from the machine's record (null: never seen), what the plan grants it, and the time.</summary>
    public static BootDecision Decide(Machine? machine, Entitlement entitlement, DateTimeOffset now)
    {
        if (machine is { IsInstalled: true, HoldReason: null }) return new BootLocalDisk();
        if (machine is { HoldReason: { } held }) return new Hold(held);
        return entitlement switch
        {
            Entitlement.Ignored => new Ignore(IgnoreReason.UnknownMachine),
            Entitlement.Discovered => new Discover(),
            Entitlement.Node when machine is not null && LoopDetector.IsLooping(machine.InstallStarts, now) =>
                new Hold(machine.IsWipePending ? HoldReason.WipeLoop : HoldReason.InstallLoop),
            Entitlement.Node when machine is { IsWipePending: true } => new Wipe(),
            Entitlement.Node => new Install((machine?.Attempt ?? 0) + 1),
            _ => throw new ArgumentOutOfRangeException(nameof(entitlement)),
        };
    }
}
