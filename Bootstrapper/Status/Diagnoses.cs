using System.Collections.Concurrent;
using Sextant.Lifecycle;
using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Storage;
using Sextant.Tracing;

namespace Sextant.Status;

/// <summary>
/// Collects what <see cref="AttentionDecision"/> judges machines by. Reading a boot out of its packets costs most, so it is done again only when a packet or
/// an event came, or when the silence since has become long enough to mean something, and not at every step of a boot that goes well. Safe for use by several
/// threads.
/// </summary>
public sealed class Diagnoses(CurrentPlan plan, MachineStore machines, Traces traces, ClusterStanding standing, PowerStates power, TimeProvider time)
{
    /// <summary>Machines outside the file that are compared with those of the file, the latest heard.</summary>
    public const int StrangerLimit = 64;

    /// <summary>A boot in progress is read again at most this often; one that hangs is at each event, too, because that may have freed it.</summary>
    public static readonly TimeSpan ReadingPause = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan MisfitPause = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<MacAddress, Reading> readings = new();
    private volatile Misfits? misfits;

    /// <summary>Whether the machine needs a person, and why; null when it does not.</summary>
    /// <param name="mac">The machine.</param>
    /// <param name="planned">Its line of the plan; null for a stranger.</param>
    /// <param name="isInFile">Whether the file names it.</param>
    /// <param name="record">Its record; null when there is none.</param>
    public Attention? Of(MacAddress mac, RosterEntry? planned, bool isInFile, Machine? record)
    {
        var machine = record is null || NodeView.IsUnseen(record) ? null : record;
        var entitlement = plan.Value.EntitlementOf(mac);
        return AttentionDecision.Decide(new Situation
        {
            Mac = mac,
            Name = isInFile && planned is not null ? planned.Hostname : mac.ToString(),
            Entitlement = entitlement,
            IsInFile = isInFile,
            IsEtcdMember = planned?.IsEtcdMember ?? false,
            Machine = machine,
            Boot = machine is { IsEnrolled: true } ? null : BootOf(mac, machine),
            Node = NodeOf(planned),
            Power = power.Of(mac),
            LookAlike = machine is null && isInFile ? LookAlike.Nearest(mac, MisfitsNow().Strangers)
                : entitlement is not Entitlement.Node ? LookAlike.Nearest(mac, MisfitsNow().Unseen)
                : null,
            Now = time.GetUtcNow(),
        });
    }

    /// <summary>What Kubernetes says of a machine's node; null when it says nothing.</summary>
    public NodeCondition? NodeOf(RosterEntry? planned) => planned is null ? null : standing.Answer.Nodes.GetValueOrDefault(planned.Hostname);

    /// <summary>Who is out of place; looked for at most once a second, because every machine that was never seen is compared with them.</summary>
    private Misfits MisfitsNow()
    {
        var (inForce, now) = (plan.Value, time.GetUtcNow());
        if (misfits is { } known && known.Plan == inForce && now - known.At < MisfitPause) return known;
        return misfits = new Misfits(inForce, now,
            [
                .. machines.All.Where(machine => !inForce.Network.Reservations.ContainsKey(machine.Mac)).OrderByDescending(machine => machine.LastSeen)
                    .Select(machine => new LookAlike(machine.Mac, machine.Mac.ToString(), machine.FirstSeen))
                    .Concat(traces.Strangers(StrangerLimit).Select(heard => new LookAlike(heard.Mac, heard.Mac.ToString(), heard.Stamp.FirstAt)))
                    .DistinctBy(heard => heard.Mac).Take(StrangerLimit),
            ],
            [.. inForce.Network.Reservations.Where(planned => IsUnseen(planned.Key) && traces.StampOf(planned.Key) is null).Select(planned => new LookAlike(planned.Key, planned.Value.Hostname, null))]);
    }

    private bool IsUnseen(MacAddress mac) => machines.Find(mac) is not { } machine || NodeView.IsUnseen(machine);

    private BootFinding? BootOf(MacAddress mac, Machine? machine)
    {
        if (traces.StampOf(mac) is not { } stamp)
        {
            readings.TryRemove(mac, out _);
            return null;
        }
        var (now, events) = (time.GetUtcNow(), machine?.NextSequence ?? 0);
        if (readings.TryGetValue(mac, out var known) && known.Holds(stamp, events, now)) return known.Boot;
        var boot = traces.Boot(mac);
        readings[mac] = new Reading(stamp, events, now, now - stamp.LastAt >= BootExplainer.Stuck, boot);
        return boot;
    }

    /// <summary>A boot as it was read.</summary>
    /// <param name="Stamp">The packets it was read from.</param>
    /// <param name="Events">The events it was read from.</param>
    /// <param name="At">When.</param>
    /// <param name="IsFinal">Whether more silence changes nothing any more.</param>
    /// <param name="Boot">What was read; null when the packets were just forgotten.</param>
    private sealed record Reading(TraceStamp Stamp, long Events, DateTimeOffset At, bool IsFinal, BootFinding? Boot)
    {
        /// <summary>Whether it need not be read again.</summary>
        public bool Holds(TraceStamp stamp, long events, DateTimeOffset now) =>
            now - At < ReadingPause ? Events == events || Boot is null || AttentionDecision.WhereOf(Boot.Verdict) is null : Events == events && IsFinal && Stamp == stamp;
    }

    /// <summary>Machines that are out of place.</summary>
    /// <param name="Plan">The plan they are out of place in.</param>
    /// <param name="At">When they were looked for.</param>
    /// <param name="Strangers">Heard, and not named by the file.</param>
    /// <param name="Unseen">Named by the file, and never heard.</param>
    private sealed record Misfits(ClusterPlan Plan, DateTimeOffset At, IReadOnlyList<LookAlike> Strangers, IReadOnlyList<LookAlike> Unseen);
}
