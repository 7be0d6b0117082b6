using Sextant.Planning;
using Sextant.Primitives;

namespace Sextant.Lifecycle;

/// <summary>What the operator can say about a machine.</summary>
public enum OperatorWord
{
    /// <summary>It may enrol.</summary>
    Approve,
    /// <summary>It waits at its next boot.</summary>
    Hold,
    /// <summary>It need not wait any more.</summary>
    Release,
    /// <summary>It is installed anew at its next boot.</summary>
    Reinstall,
    /// <summary>Its disks are erased at its next boot, and then it waits.</summary>
    Wipe,
    /// <summary>Nothing is to be remembered of it.</summary>
    Forget,
}

/// <summary>Why the operator's word is not carried out.</summary>
public enum WordRefusal
{
    /// <summary>Too few healthy members would be left in etcd.</summary>
    EtcdQuorum,
    /// <summary>No record would be left of a machine that holds the cluster's etcd data.</summary>
    LastEtcdData,
    /// <summary>The description names the machine.</summary>
    InDescription,
    /// <summary>The description has no plan for the machine.</summary>
    NotInDescription,
    /// <summary>There is no enrolment to approve.</summary>
    NotEnrolling,
}

/// <summary>What there is to know of a machine before the operator's word about it is carried out.</summary>
/// <param name="Mac">The machine.</param>
/// <param name="Machine">Its record; null when it was never seen.</param>
/// <param name="InDescription">Whether the description names it.</param>
/// <param name="Entitlement">What the description grants it.</param>
/// <param name="Members">The planned members of etcd.</param>
/// <param name="IsLastWithData">Whether its disk is the only one that is known to hold the cluster's etcd data.</param>
public sealed record WordContext(MacAddress Mac, Machine? Machine, bool InDescription, Entitlement Entitlement, IReadOnlyList<EtcdStanding> Members, bool IsLastWithData);

/// <summary>What comes of the operator's word about a machine.</summary>
public abstract record WordOutcome
{
    private WordOutcome() { }

    /// <summary>It becomes this event.</summary>
    public sealed record Carried(MachineEvent Event) : WordOutcome;

    /// <summary>It is so already.</summary>
    public sealed record Already : WordOutcome;

    /// <summary>The record is to be removed.</summary>
    public sealed record Forgotten : WordOutcome;

    /// <summary>It is not carried out.</summary>
    /// <param name="Reason">Why.</param>
    /// <param name="Detail">What was found and what to do.</param>
    /// <param name="Forcible">Whether it would be carried out by force.</param>
    public sealed record Refused(WordRefusal Reason, string Detail, bool Forcible) : WordOutcome;

    /// <summary>Decides.</summary>
    /// <param name="word">What the operator says.</param>
    /// <param name="context">Of what.</param>
    /// <param name="note">The operator's reason in words; empty for none.</param>
    /// <param name="force">Whether a rule that can be broken is to be broken.</param>
    /// <param name="now">The time.</param>
    public static WordOutcome Decide(OperatorWord word, WordContext context, string note, bool force, DateTimeOffset now) => word switch
    {
        OperatorWord.Approve => Approve(context, now),
        OperatorWord.Hold => new Carried(new Held(context.Mac, now, HoldReason.Operator, note)),
        OperatorWord.Release => context.Machine?.HoldReason is null ? new Already() : new Carried(new Released(context.Mac, now)),
        OperatorWord.Reinstall => Emptied(context, force, new ReinstallRequested(context.Mac, now)),
        OperatorWord.Wipe when context.Entitlement is not Entitlement.Node => new Refused(
            WordRefusal.NotInDescription, "A machine starts its live system by the plan of the cluster description. Wipe it before you take it out of the file.", Forcible: false),
        OperatorWord.Wipe => Emptied(context, force, new WipeRequested(context.Mac, now)),
        OperatorWord.Forget when context.InDescription => new Refused(
            WordRefusal.InDescription, "Take it out of the cluster description first; a machine that is in it is not forgotten.", Forcible: false),
        OperatorWord.Forget when !force && context.IsLastWithData => new Refused(
            WordRefusal.LastEtcdData, "Nothing else is known to hold the cluster's etcd data. Once it is forgotten, members with empty disks found a new, empty cluster.", Forcible: true),
        OperatorWord.Forget => new Forgotten(),
        _ => throw new ArgumentOutOfRangeException(nameof(word)),
    };

    private static WordOutcome Approve(WordContext context, DateTimeOffset now) => context.Machine switch
    {
        { IsEnrolled: false, IsApproved: true } => new Already(),
        { IsEnrolled: false } machine when machine.IsInstalling || machine.IsInstalled => new Carried(new Approved(context.Mac, now)),
        _ => new Refused(
            WordRefusal.NotEnrolling, "There is nothing to approve before its install has begun, or after it has its certificates: each install is approved anew.", Forcible: false),
    };

    /// <summary>What empties the machine's disk.</summary>
    private static WordOutcome Emptied(WordContext context, bool force, MachineEvent happened) =>
        !force && EtcdQuorum.BrokenBy(context.Members, context.Mac) is { } broken
            ? new Refused(WordRefusal.EtcdQuorum, $"{broken} Wait until the others are healthy, one machine at a time, or force it.", Forcible: true)
            : new Carried(happened);
}
