using System.Text.Json.Serialization;
using Sextant.Primitives;

namespace Sextant.Lifecycle;

/// <summary>
/// Something that happened to one machine. Events are facts: published after the act they report, never changed. A <see cref="Machine"/> is their fold.
/// </summary>
/// <param name="Mac">The machine.</param>
/// <param name="At">When, by the bootstrapper's clock (UTC).</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "event")]
[JsonDerivedType(typeof(Discovered), "discovered")]
[JsonDerivedType(typeof(Leased), "leased")]
[JsonDerivedType(typeof(AddressSeen), "address-seen")]
[JsonDerivedType(typeof(AddressInUse), "address-in-use")]
[JsonDerivedType(typeof(BootFileSent), "boot-file-sent")]
[JsonDerivedType(typeof(ScriptServed), "script-served")]
[JsonDerivedType(typeof(AssetProgress), "asset-progress")]
[JsonDerivedType(typeof(ConfigServed), "config-served")]
[JsonDerivedType(typeof(Installing), "installing")]
[JsonDerivedType(typeof(InstallFailed), "install-failed")]
[JsonDerivedType(typeof(Installed), "installed")]
[JsonDerivedType(typeof(CertificateIssued), "certificate-issued")]
[JsonDerivedType(typeof(CertificateRenewed), "certificate-renewed")]
[JsonDerivedType(typeof(SecretReleased), "secret-released")]
[JsonDerivedType(typeof(Enrolled), "enrolled")]
[JsonDerivedType(typeof(EtcdHealthChanged), "etcd-health")]
[JsonDerivedType(typeof(Refused), "refused")]
[JsonDerivedType(typeof(Held), "held")]
[JsonDerivedType(typeof(Released), "released")]
[JsonDerivedType(typeof(ReinstallRequested), "reinstall-requested")]
[JsonDerivedType(typeof(Approved), "approved")]
[JsonDerivedType(typeof(WipeRequested), "wipe-requested")]
[JsonDerivedType(typeof(Wiping), "wiping")]
[JsonDerivedType(typeof(WipeFailed), "wipe-failed")]
[JsonDerivedType(typeof(Wiped), "wiped")]
public abstract record MachineEvent(MacAddress Mac, DateTimeOffset At)
{
    /// <summary>False for events that only inform whoever is looking (transfer progress); they are folded but not stored.</summary>
    [JsonIgnore]
    public virtual bool IsDurable => true;

    /// <summary>The event in one short line of words, for timelines and logs.</summary>
    [JsonIgnore]
    public abstract string Summary { get; }
}

/// <summary>First packet ever seen of this machine.</summary>
/// <param name="Mac">The machine.</param>
/// <param name="At">When.</param>
/// <param name="Firmware">What it says it is, <c>UEFI x64</c>.</param>
public sealed record Discovered(MacAddress Mac, DateTimeOffset At, string Firmware) : MachineEvent(Mac, At)
{
    /// <inheritdoc/>
    public override string Summary => $"first seen ({Firmware})";
}

/// <summary>A DHCP lease was acknowledged to a starting client (renewals are not events).</summary>
/// <param name="Mac">The machine.</param>
/// <param name="At">When.</param>
/// <param name="Address">The address.</param>
/// <param name="Client">Who asked: <c>UEFI x64</c>, <c>BIOS</c>, <c>iPXE</c>, <c>operating system</c>.</param>
public sealed record Leased(MacAddress Mac, DateTimeOffset At, Ipv4Address Address, string Client) : MachineEvent(Mac, At)
{
    /// <inheritdoc/>
    public override string Summary => $"{Client} got {Address}";
}

/// <summary>The machine spoke to us from an address that another DHCP server, or its own file, gave it. Only changes are events.</summary>
/// <param name="Mac">The machine.</param>
/// <param name="At">When.</param>
/// <param name="Address">The address.</param>
public sealed record AddressSeen(MacAddress Mac, DateTimeOffset At, Ipv4Address Address) : MachineEvent(Mac, At)
{
    /// <inheritdoc/>
    public override string Summary => $"seen at {Address}, which was not leased here";
}

/// <summary>The address that the machine was to be offered is used by somebody else; it is offered another.</summary>
/// <param name="Mac">The machine that was to get it.</param>
/// <param name="At">When.</param>
/// <param name="Address">The address.</param>
/// <param name="UsedBy">Who answers for it.</param>
public sealed record AddressInUse(MacAddress Mac, DateTimeOffset At, Ipv4Address Address, MacAddress UsedBy) : MachineEvent(Mac, At)
{
    /// <inheritdoc/>
    public override string Summary => $"{Address} was not offered: {UsedBy} uses it without a lease";
}

/// <summary>A boot loader was transferred completely.</summary>
/// <param name="Mac">The machine.</param>
/// <param name="At">When.</param>
/// <param name="File">Its name.</param>
/// <param name="Via"><c>TFTP</c> or <c>HTTP</c>.</param>
/// <param name="Bytes">Its size.</param>
public sealed record BootFileSent(MacAddress Mac, DateTimeOffset At, string File, string Via, long Bytes) : MachineEvent(Mac, At)
{
    /// <inheritdoc/>
    public override string Summary => $"boot file {File} sent by {Via}";
}

/// <summary>A boot script was served; it carries out a decision.</summary>
/// <param name="Mac">The machine.</param>
/// <param name="At">When.</param>
/// <param name="Action">What the script makes the machine do.</param>
/// <param name="Attempt">The install attempt it begins (1 is the first); 0 for other actions.</param>
public sealed record ScriptServed(MacAddress Mac, DateTimeOffset At, BootAction Action, int Attempt) : MachineEvent(Mac, At)
{
    /// <summary>Its size in octets; null where it was not recorded.</summary>
    public long? Size { get; init; }

    /// <inheritdoc/>
    public override string Summary => Action is BootAction.Install ? $"boot script: install (attempt {Attempt})" : $"boot script: {Words.Of(Action)}";
}

/// <summary>How far a transfer of an asset to the machine is. Not stored.</summary>
/// <param name="Mac">The machine.</param>
/// <param name="At">When.</param>
/// <param name="Asset">Asset path.</param>
/// <param name="Bytes">Bytes sent so far.</param>
/// <param name="Total">Bytes in all.</param>
public sealed record AssetProgress(MacAddress Mac, DateTimeOffset At, string Asset, long Bytes, long Total) : MachineEvent(Mac, At)
{
    /// <inheritdoc/>
    public override bool IsDurable => false;

    /// <inheritdoc/>
    public override string Summary => $"{Asset}: {Bytes} of {Total} bytes";
}

/// <summary>The machine's configuration was served, with a one-time ticket in it.</summary>
/// <param name="Mac">The machine.</param>
/// <param name="At">When.</param>
/// <param name="Document">Which document, <c>cloud-init</c>.</param>
/// <param name="Attempt">The install attempt it belongs to.</param>
public sealed record ConfigServed(MacAddress Mac, DateTimeOffset At, string Document, int Attempt) : MachineEvent(Mac, At)
{
    /// <summary>Its size in octets; null where it was not recorded.</summary>
    public long? Size { get; init; }

    /// <inheritdoc/>
    public override string Summary => $"configuration served ({Document})";
}

/// <summary>The installer on the machine reports a step.</summary>
/// <param name="Mac">The machine.</param>
/// <param name="At">When.</param>
/// <param name="Step">The step in words, <c>partitioning /dev/vda</c>.</param>
public sealed record Installing(MacAddress Mac, DateTimeOffset At, string Step) : MachineEvent(Mac, At)
{
    /// <inheritdoc/>
    public override string Summary => $"installing: {Step}";
}

/// <summary>The installer gave up.</summary>
/// <param name="Mac">The machine.</param>
/// <param name="At">When.</param>
/// <param name="Reason">Its last words.</param>
public sealed record InstallFailed(MacAddress Mac, DateTimeOffset At, string Reason) : MachineEvent(Mac, At)
{
    /// <inheritdoc/>
    public override string Summary => $"install failed: {Reason}";
}

/// <summary>The operating system is on the disk and bootable. From now on the machine boots its disk.</summary>
/// <param name="Mac">The machine.</param>
/// <param name="At">When.</param>
/// <param name="Disk">The disk it was written to.</param>
public sealed record Installed(MacAddress Mac, DateTimeOffset At, string Disk) : MachineEvent(Mac, At)
{
    /// <inheritdoc/>
    public override string Summary => $"installed to {Disk}";
}

/// <summary>A certificate was signed for the machine.</summary>
/// <param name="Mac">The machine.</param>
/// <param name="At">When.</param>
/// <param name="Name">Its name in the plan, <c>etcd-server</c>.</param>
/// <param name="NotAfter">Its expiry.</param>
public sealed record CertificateIssued(MacAddress Mac, DateTimeOffset At, string Name, DateTimeOffset NotAfter) : MachineEvent(Mac, At)
{
    /// <inheritdoc/>
    public override string Summary => $"certificate {Name} issued";
}

/// <summary>A certificate that the machine had was signed anew, for whatever key it asked with.</summary>
/// <param name="Mac">The machine.</param>
/// <param name="At">When.</param>
/// <param name="Name">Its name in the plan, <c>etcd-server</c>.</param>
/// <param name="NotAfter">The new one's expiry.</param>
public sealed record CertificateRenewed(MacAddress Mac, DateTimeOffset At, string Name, DateTimeOffset NotAfter) : MachineEvent(Mac, At)
{
    /// <inheritdoc/>
    public override string Summary => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"certificate {Name} renewed until {NotAfter.UtcDateTime:yyyy-MM-dd}");
}

/// <summary>A secret of the plan was handed out.</summary>
/// <param name="Mac">The machine.</param>
/// <param name="At">When.</param>
/// <param name="Name">Its name in the plan, <c>registry-credentials</c>.</param>
public sealed record SecretReleased(MacAddress Mac, DateTimeOffset At, string Name) : MachineEvent(Mac, At)
{
    /// <inheritdoc/>
    public override string Summary => $"{Name} handed out";
}

/// <summary>Every certificate of the plan was signed and the ticket is spent.</summary>
/// <param name="Mac">The machine.</param>
/// <param name="At">When.</param>
public sealed record Enrolled(MacAddress Mac, DateTimeOffset At) : MachineEvent(Mac, At)
{
    /// <inheritdoc/>
    public override string Summary => "enrolled";
}

/// <summary>The machine's etcd member became healthy, or stopped being so.</summary>
/// <param name="Mac">The machine.</param>
/// <param name="At">When.</param>
/// <param name="Healthy">Whether it answers and has a leader.</param>
/// <param name="Detail">Why not; empty when healthy.</param>
public sealed record EtcdHealthChanged(MacAddress Mac, DateTimeOffset At, bool Healthy, string Detail) : MachineEvent(Mac, At)
{
    /// <inheritdoc/>
    public override string Summary => Healthy ? "etcd member healthy" : $"etcd member unhealthy: {Detail}";
}

/// <summary>A request in the machine's name was refused.</summary>
/// <param name="Mac">The machine whose document or certificate was asked for.</param>
/// <param name="At">When.</param>
/// <param name="Reason">Why.</param>
/// <param name="Peer">The address that asked.</param>
/// <param name="Detail">What was asked for, in words.</param>
public sealed record Refused(MacAddress Mac, DateTimeOffset At, RefusalReason Reason, string Peer, string Detail) : MachineEvent(Mac, At)
{
    /// <inheritdoc/>
    public override string Summary => $"refused {Peer}: {Words.Of(Reason)} ({Detail})";
}

/// <summary>The machine is held: it gets an address and a script that waits, and nothing is installed.</summary>
/// <param name="Mac">The machine.</param>
/// <param name="At">When.</param>
/// <param name="Reason">Why.</param>
/// <param name="Note">The operator's own words about it; empty for none.</param>
public sealed record Held(MacAddress Mac, DateTimeOffset At, HoldReason Reason, string Note = "") : MachineEvent(Mac, At)
{
    /// <inheritdoc/>
    public override string Summary => $"held: {Detail}";

    /// <summary>The reason in words, with the note.</summary>
    [JsonIgnore]
    public string Detail => Note.Length == 0 ? Words.Of(Reason) : $"{Words.Of(Reason)}: {Note}";
}

/// <summary>The operator let a held machine go on.</summary>
/// <param name="Mac">The machine.</param>
/// <param name="At">When.</param>
public sealed record Released(MacAddress Mac, DateTimeOffset At) : MachineEvent(Mac, At)
{
    /// <inheritdoc/>
    public override string Summary => "released by the operator";
}

/// <summary>The operator asked for a fresh install at the machine's next boot.</summary>
/// <param name="Mac">The machine.</param>
/// <param name="At">When.</param>
public sealed record ReinstallRequested(MacAddress Mac, DateTimeOffset At) : MachineEvent(Mac, At)
{
    /// <inheritdoc/>
    public override string Summary => "reinstall requested by the operator";
}

/// <summary>The operator said yes to the machine's enrolment; good for the present install.</summary>
/// <param name="Mac">The machine.</param>
/// <param name="At">When.</param>
public sealed record Approved(MacAddress Mac, DateTimeOffset At) : MachineEvent(Mac, At)
{
    /// <inheritdoc/>
    public override string Summary => "enrolment approved by the operator";
}

/// <summary>The operator asked for the machine's disks to be erased at its next boot.</summary>
/// <param name="Mac">The machine.</param>
/// <param name="At">When.</param>
public sealed record WipeRequested(MacAddress Mac, DateTimeOffset At) : MachineEvent(Mac, At)
{
    /// <inheritdoc/>
    public override string Summary => "wipe requested by the operator";
}

/// <summary>What erases the disks reports a step.</summary>
/// <param name="Mac">The machine.</param>
/// <param name="At">When.</param>
/// <param name="Step">The step in words.</param>
public sealed record Wiping(MacAddress Mac, DateTimeOffset At, string Step) : MachineEvent(Mac, At)
{
    /// <inheritdoc/>
    public override string Summary => $"wiping: {Step}";
}

/// <summary>A disk could not be erased.</summary>
/// <param name="Mac">The machine.</param>
/// <param name="At">When.</param>
/// <param name="Reason">Why, and what became of the others.</param>
public sealed record WipeFailed(MacAddress Mac, DateTimeOffset At, string Reason) : MachineEvent(Mac, At)
{
    /// <inheritdoc/>
    public override string Summary => $"wipe failed: {Reason}";
}

/// <summary>Every fixed disk of the machine was erased. It is held now.</summary>
/// <param name="Mac">The machine.</param>
/// <param name="At">When.</param>
/// <param name="Disks">What was done to each.</param>
public sealed record Wiped(MacAddress Mac, DateTimeOffset At, string Disks) : MachineEvent(Mac, At)
{
    /// <inheritdoc/>
    public override string Summary => $"wiped: {Disks}";
}
