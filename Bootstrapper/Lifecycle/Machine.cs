using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Sextant.Primitives;

namespace Sextant.Lifecycle;

/// <summary>One machine's record: the fold of its events. Every view (page, API, decisions) reads this and nothing else.</summary>
public sealed record Machine
{
    /// <summary>How many events a timeline keeps; older ones are dropped, their effect stays.</summary>
    public const int TimelineLimit = 256;

    /// <summary>The machine.</summary>
    public required MacAddress Mac { get; init; }

    /// <summary>Where it is on its way.</summary>
    public MachineStage Stage { get; init; }

    /// <summary>Since when it is in that stage.</summary>
    public DateTimeOffset StageSince { get; init; }

    /// <summary>First sight.</summary>
    public DateTimeOffset FirstSeen { get; init; }

    /// <summary>Latest event.</summary>
    public DateTimeOffset LastSeen { get; init; }

    /// <summary>What its firmware calls itself; empty until seen.</summary>
    public string Firmware { get; init; } = "";

    /// <summary>The address it leases, or was last seen at where another DHCP server leases it.</summary>
    public Ipv4Address? Address { get; init; }

    /// <summary>Install attempts begun, ever.</summary>
    public int Attempt { get; init; }

    /// <summary>When the recent install attempts began, oldest first; what <see cref="LoopDetector"/> judges.</summary>
    public ImmutableList<DateTimeOffset> InstallStarts { get; init; } = [];

    /// <summary>When the present or last install began; null before the first. What was issued before belongs to a system that is no more.</summary>
    public DateTimeOffset? InstallBegan { get; init; }

    /// <summary>The recent renewals of each certificate, oldest first; what <see cref="RenewalLimit"/> judges. Null before the first.</summary>
    public ImmutableSortedDictionary<string, ImmutableList<DateTimeOffset>>? Renewals { get; init; }

    /// <summary>When each certificate of the present install ends, by its name in the plan. Null before the first.</summary>
    public ImmutableSortedDictionary<string, DateTimeOffset>? Certificates { get; init; }

    /// <summary>The operating system is on its disk.</summary>
    public bool IsInstalled { get; init; }

    /// <summary>It has all certificates of its plan.</summary>
    public bool IsEnrolled { get; init; }

    /// <summary>The operator approved the enrolment of the present install.</summary>
    public bool IsApproved { get; init; }

    /// <summary>Whether its etcd member is healthy; null before the first answer.</summary>
    public bool? EtcdHealthy { get; init; }

    /// <summary>
    /// Its disk has the cluster's etcd data as far as is known: its member was healthy, and nobody asked for a reinstall since. True of a machine that
    /// died, too: nobody said that its data is gone.
    /// </summary>
    [JsonIgnore]
    public bool HoldsEtcdData => EtcdHealthy is not null;

    /// <summary>
    /// Whether it is in the middle of an install: its last script began the present attempt, and neither the end of the install nor the operator has come in
    /// between. Reads the fold, so that no flood of other events can hide it.
    /// </summary>
    [JsonIgnore]
    public bool IsInstalling => this is { IsInstalled: false, IsWipePending: false, HoldReason: null, Attempt: > 0, Stage: MachineStage.Installing or MachineStage.Failed };

    /// <summary>The operator wants its disks erased, and they are not yet.</summary>
    public bool IsWipePending { get; init; }

    /// <summary>Whether its disks are being erased: its last script began that, and neither its end nor the operator has come in between.</summary>
    [JsonIgnore]
    public bool IsWiping => this is { IsWipePending: true, HoldReason: null, Stage: MachineStage.Wiping or MachineStage.Failed };

    /// <summary>Why it is held; null when it is not.</summary>
    public HoldReason? HoldReason { get; init; }

    /// <summary>The latest thing worth saying about the present stage: the installer's step, a failure's reason.</summary>
    public string Detail { get; init; } = "";

    /// <summary>The transfer in progress or last finished; not stored.</summary>
    [JsonIgnore]
    public AssetProgress? Transfer { get; init; }

    /// <summary>Events, oldest first, at most <see cref="TimelineLimit"/>; stored one by one.</summary>
    [JsonIgnore]
    public ImmutableList<MachineEvent> Timeline { get; init; } = [];

    /// <summary>The sequence number the next durable event gets.</summary>
    public long NextSequence { get; init; }

    /// <summary>A machine nothing is known of yet.</summary>
    public static Machine New(MacAddress mac, DateTimeOffset now) => new() { Mac = mac, FirstSeen = now, LastSeen = now, StageSince = now };

    /// <summary>The record after one more event.</summary>
    public Machine Apply(MachineEvent happened)
    {
        if (happened is AssetProgress progress) return this with { Transfer = progress, LastSeen = progress.At };
        var next = happened switch
        {
            Discovered e => this with { Firmware = e.Firmware },
            Leased e => this with { Address = e.Address },
            AddressSeen e => this with { Address = e.Address },
            AddressInUse => this,
            BootFileSent => AtLeast(MachineStage.Booting, happened.At),
            ScriptServed { Action: BootAction.Install } e => (this with
            {
                Attempt = e.Attempt,
                InstallBegan = e.At,
                Renewals = null,
                Certificates = null,
                InstallStarts = LoopDetector.Remember(InstallStarts, e.At),
                IsEnrolled = false,
                IsApproved = false,
                EtcdHealthy = null,
                Transfer = null,
            }).At(MachineStage.Installing, e.At, "starting the live system"),
            ScriptServed { Action: BootAction.Wipe } e => (this with { InstallStarts = LoopDetector.Remember(InstallStarts, e.At), Transfer = null })
                .At(MachineStage.Wiping, e.At, "starting the live system"),
            ScriptServed => this,
            ConfigServed => this,
            Installing e => At(MachineStage.Installing, e.At, e.Step),
            InstallFailed e => At(MachineStage.Failed, e.At, e.Reason),
            Installed e => (this with { IsInstalled = true, InstallStarts = [] }).At(MachineStage.Installed, e.At, ""),
            CertificateIssued e => this with { Certificates = Ending(e.Name, e.NotAfter) },
            SecretReleased => this,
            CertificateRenewed e => this with { Renewals = RenewalLimit.Remember(Renewals, e.Name, e.At), Certificates = Ending(e.Name, e.NotAfter) },
            Enrolled e => (this with { IsEnrolled = true }).At(MachineStage.Enrolled, e.At, ""),
            EtcdHealthChanged e => (this with { EtcdHealthy = e.Healthy }).At(e.Healthy ? MachineStage.Healthy : MachineStage.Unhealthy, e.At, e.Detail),
            Refused => this,
            Held e => (this with { HoldReason = e.Reason }).At(MachineStage.Held, e.At, e.Detail),
            Released e => (this with { HoldReason = null, InstallStarts = [] }).At(Reached, e.At, ""),
            ReinstallRequested e => Emptied(isWipePending: false).At(MachineStage.Discovered, e.At, "waits for its next boot to be reinstalled"),
            WipeRequested e => Emptied(isWipePending: true).At(MachineStage.Discovered, e.At, "waits for its next boot to be wiped"),
            Wiping e => At(MachineStage.Wiping, e.At, e.Step),
            WipeFailed e => At(MachineStage.Failed, e.At, e.Reason),
            Wiped e => (this with { IsWipePending = false, HoldReason = Lifecycle.HoldReason.Wiped, InstallStarts = [] }).At(MachineStage.Held, e.At, Words.Of(Lifecycle.HoldReason.Wiped)),
            Approved => this with { IsApproved = true },
            _ => throw new InvalidOperationException($"no fold for {happened.GetType().Name}"),
        };
        // Whatever else happens to a held machine, it stays held until it is released.
        if (HoldReason is not null && next.HoldReason is not null && happened is not Held) next = next with { Stage = Stage, StageSince = StageSince, Detail = Detail };
        return next with
        {
            LastSeen = happened.At,
            NextSequence = NextSequence + 1,
            Timeline = (Timeline.Count >= TimelineLimit ? Timeline.RemoveAt(0) : Timeline).Add(happened),
        };
    }

    /// <summary>How far it has come, whatever it waits for now.</summary>
    private MachineStage Reached => EtcdHealthy switch
    {
        true => MachineStage.Healthy,
        false => MachineStage.Unhealthy,
        null when IsEnrolled => MachineStage.Enrolled,
        null when IsInstalled => MachineStage.Installed,
        null => MachineStage.Discovered,
    };

    private ImmutableSortedDictionary<string, DateTimeOffset> Ending(string certificate, DateTimeOffset notAfter) =>
        (Certificates ?? ImmutableSortedDictionary<string, DateTimeOffset>.Empty.WithComparers(StringComparer.Ordinal)).SetItem(certificate, notAfter);

    /// <summary>The record of a machine whose disk is about to be emptied: whatever was on it counts no more.</summary>
    private Machine Emptied(bool isWipePending) => this with
    {
        IsWipePending = isWipePending, IsInstalled = false, IsEnrolled = false, IsApproved = false, EtcdHealthy = null, HoldReason = null, InstallStarts = [],
    };

    private Machine At(MachineStage stage, DateTimeOffset at, string detail) =>
        this with { Stage = stage, StageSince = stage == Stage ? StageSince : at, Detail = detail };

    private Machine AtLeast(MachineStage stage, DateTimeOffset at) => Stage >= stage ? this : At(stage, at, "");
}
