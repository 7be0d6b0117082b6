using System.Collections.Frozen;
using System.Reflection;
using System.Text.Json.Serialization;
using Sextant.Lifecycle;
using Sextant.Planning;
using Sextant.Primitives;

namespace Sextant.Status;

/// <summary>One machine as the page and the API show it: the plan's line and the record's fold, side by side. A projection, never a second truth.</summary>
public sealed record NodeView
{
    /// <summary>The stage of a planned machine that was never seen.</summary>
    public const string Waiting = "waiting";

    /// <summary>The machine.</summary>
    public required MacAddress Mac { get; init; }

    /// <summary>Its host name; null for a stranger.</summary>
    public string? Hostname { get; init; }

    /// <summary>The address it leases, else the one the file fixes.</summary>
    public Ipv4Address? Address { get; init; }

    /// <summary>Its roles; empty for a stranger.</summary>
    public required IReadOnlyList<string> Roles { get; init; }

    /// <summary>Whether the file names it.</summary>
    public required bool Planned { get; init; }

    /// <summary><c>waiting</c>, or the record's stage in lower case: <c>discovered</c>, <c>booting</c>, <c>installing</c> …</summary>
    public required string Stage { get; init; }

    /// <summary>Since when it is in that stage; null while waiting.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>The latest thing worth saying.</summary>
    public required string Detail { get; init; }

    /// <summary>What its firmware calls itself; empty until seen.</summary>
    public string Firmware { get; init; } = "";

    /// <summary>Install attempts begun.</summary>
    public int Attempt { get; init; }

    /// <summary>The operating system is on its disk.</summary>
    public bool Installed { get; init; }

    /// <summary>It has all its certificates.</summary>
    public bool Enrolled { get; init; }

    /// <summary>Whether its etcd member is healthy; null when it has none, or before the first answer.</summary>
    public bool? EtcdHealthy { get; init; }

    /// <summary>Whether it is a member of etcd.</summary>
    public bool EtcdMember { get; init; }

    /// <summary>Whether Kubernetes says that its node is ready; null when nobody could be asked, or Kubernetes does not know it.</summary>
    public bool? NodeReady { get; init; }

    /// <summary>Its enrolment was refused until the operator approves it.</summary>
    public bool AwaitingApproval { get; init; }

    /// <summary>Where on its way it is.</summary>
    public Station Station { get; init; }

    /// <summary>What keeps it from going on; null when it needs nobody.</summary>
    public Attention? Attention { get; init; }

    /// <summary>What comes next, in one sentence; null when it needs somebody.</summary>
    public string? Next { get; init; }

    /// <summary>Whether it has power, as its management controller said last: <c>on</c>, <c>off</c>, <c>changing</c>; null when it has none, or it does not answer.</summary>
    public string? Power { get; init; }

    /// <summary>Latest event; null when never seen.</summary>
    public DateTimeOffset? LastSeen { get; init; }

    /// <summary>The transfer in progress or last finished.</summary>
    public TransferView? Transfer { get; init; }

    /// <summary>The latest event of the timeline.</summary>
    public EventView? LastEvent { get; init; }

    /// <summary>Its history; only where one machine was asked for.</summary>
    public NodeStory? Story { get; init; }

    /// <summary>Every event that is kept, oldest first; only where one machine was asked for.</summary>
    public IReadOnlyList<EventView>? Timeline { get; init; }

    /// <summary>The view of a machine; at least one of the two is given.</summary>
    public static NodeView Of(MacAddress mac, RosterEntry? planned, bool inFile, Machine? machine)
    {
        var view = new NodeView
        {
            Mac = mac,
            Hostname = planned?.Hostname,
            Address = machine?.Address ?? planned?.Address,
            Roles = planned?.Roles ?? [],
            Planned = inFile,
            EtcdMember = planned?.IsEtcdMember ?? false,
            Stage = Waiting,
            Detail = "waiting for power-on",
            Station = Station.Power,
        };
        if (machine is null) return view;
        view = view with { LastEvent = machine.Timeline.IsEmpty ? null : EventView.Of(machine.Timeline[^1]) };
        return IsUnseen(machine) ? view : view with
        {
            Stage = StageOf(machine.Stage),
            Station = Stations.Of(machine, view.EtcdMember),
            Since = machine.StageSince,
            Detail = machine.Detail,
            Firmware = machine.Firmware,
            Attempt = machine.Attempt,
            Installed = machine.IsInstalled,
            Enrolled = machine.IsEnrolled,
            AwaitingApproval = machine is { IsApproved: false, IsEnrolled: false } && machine.Timeline.Any(happened => IsAskForApproval(happened, machine.StageSince)),
            EtcdHealthy = view.EtcdMember ? machine.EtcdHealthy : null,
            LastSeen = machine.LastSeen,
            Transfer = machine.Transfer is { } transfer ? new TransferView(transfer.Asset, transfer.Bytes, transfer.Total, transfer.At) : null,
        };
    }

    /// <summary>The record's stage in the words of the page and the API.</summary>
    public static string StageOf(MachineStage stage) => stage.ToString().ToLowerInvariant();

    private static bool IsAskForApproval(MachineEvent happened, DateTimeOffset since) =>
        happened is Refused { Reason: RefusalReason.AwaitingApproval } && happened.At >= since;

    /// <summary>A record may exist only because somebody else asked in the machine's name, or because the operator holds it or wants it wiped in advance.</summary>
    internal static bool IsUnseen(Machine machine) => machine is { Firmware: "", Address: null, Attempt: 0, HoldReason: null, IsWipePending: false };
}

/// <summary>A transfer of an asset to a machine.</summary>
/// <param name="Asset">Asset path.</param>
/// <param name="Bytes">Bytes of the asset the machine has so far.</param>
/// <param name="Total">Size of the asset in bytes.</param>
/// <param name="At">When that was so; two views give the rate.</param>
public sealed record TransferView(string Asset, long Bytes, long Total, DateTimeOffset At);

/// <summary>An event in words.</summary>
/// <param name="At">When.</param>
/// <param name="Kind">Its name as stored, <c>script-served</c>.</param>
/// <param name="Summary">One line.</param>
public sealed record EventView(DateTimeOffset At, string Kind, string Summary)
{
    private static readonly FrozenDictionary<Type, string> Kinds = typeof(MachineEvent).GetCustomAttributes<JsonDerivedTypeAttribute>()
        .ToFrozenDictionary(derived => derived.DerivedType, derived => derived.TypeDiscriminator as string ?? derived.DerivedType.Name);

    /// <summary>The event in words.</summary>
    public static EventView Of(MachineEvent happened) => new(happened.At, Kinds[happened.GetType()], happened.Summary);
}
