using System.Text.Json.Serialization;

namespace Sextant.Lifecycle;

/// <summary>Where a machine is on its way from power-on to a healthy member; ordered as the way goes.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<MachineStage>))]
public enum MachineStage
{
    /// <summary>Seen on the wire.</summary>
    Discovered,
    /// <summary>Its firmware or boot loader talks to us.</summary>
    Booting,
    /// <summary>The live system is starting or at work to erase the disks.</summary>
    Wiping,
    /// <summary>The live system is starting or the installer is at work.</summary>
    Installing,
    /// <summary>The installer, or what was to erase the disks, gave up.</summary>
    Failed,
    /// <summary>The operating system is on disk; it has not enrolled yet.</summary>
    Installed,
    /// <summary>It has its certificates.</summary>
    Enrolled,
    /// <summary>All that its roles promise answers.</summary>
    Healthy,
    /// <summary>Was healthy, and does not answer now.</summary>
    Unhealthy,
    /// <summary>Waits for the operator.</summary>
    Held,
}

/// <summary>What a boot script makes a machine do.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<BootAction>))]
public enum BootAction
{
    /// <summary>Start the live system and install.</summary>
    Install,
    /// <summary>Leave network boot and start from disk.</summary>
    BootLocalDisk,
    /// <summary>Wait, shown as a stranger.</summary>
    Discover,
    /// <summary>Wait for the operator.</summary>
    Hold,
    /// <summary>Start the live system and erase the disks.</summary>
    Wipe,
}

/// <summary>Why a machine is held.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<HoldReason>))]
public enum HoldReason
{
    /// <summary>It began too many installs in a short time.</summary>
    InstallLoop,
    /// <summary>The operator said so.</summary>
    Operator,
    /// <summary>It began to be wiped too often in a short time.</summary>
    WipeLoop,
    /// <summary>Its disks were erased, as the operator wanted.</summary>
    Wiped,
}

/// <summary>Why a machine gets no answer.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<IgnoreReason>))]
public enum IgnoreReason
{
    /// <summary>It is not in the file, and the file says to ignore strangers.</summary>
    UnknownMachine,
}

/// <summary>Why a request in a machine's name was refused.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RefusalReason>))]
public enum RefusalReason
{
    /// <summary>The machine is not in the file and strangers get nothing.</summary>
    UnknownMachine,
    /// <summary>The asking address does not hold the machine's lease.</summary>
    WrongAddress,
    /// <summary>The machine is not being installed now.</summary>
    NotInstalling,
    /// <summary>No such ticket was ever minted.</summary>
    TicketUnknown,
    /// <summary>The ticket was used for other keys already.</summary>
    TicketSpent,
    /// <summary>The ticket is too old.</summary>
    TicketExpired,
    /// <summary>The ticket belongs to another machine.</summary>
    TicketOfAnotherMachine,
    /// <summary>The ticket belongs to an earlier install attempt.</summary>
    TicketSuperseded,
    /// <summary>The plan has no such certificate for this machine.</summary>
    CertificateNotPlanned,
    /// <summary>The machine is no etcd member in the cluster description.</summary>
    NotEtcdMember,
    /// <summary>The certificate request does not parse, or its signature or key type is wrong.</summary>
    BadCertificateRequest,
    /// <summary>The operator has to approve first.</summary>
    AwaitingApproval,
    /// <summary>No machine certificate was shown.</summary>
    CertificateMissing,
    /// <summary>What was shown is no machine certificate of this site's authority.</summary>
    CertificateNotTrusted,
    /// <summary>The machine certificate is over, or not valid yet.</summary>
    CertificateExpired,
    /// <summary>The machine certificate is in the name of another machine.</summary>
    CertificateOfAnotherMachine,
    /// <summary>The machine certificate was issued before the machine's last install began.</summary>
    CertificateOfEarlierInstall,
    /// <summary>The machine is not installed and enrolled now.</summary>
    NotEnrolled,
    /// <summary>The machine is held.</summary>
    MachineHeld,
    /// <summary>Only masters get it.</summary>
    NotMaster,
    /// <summary>The certificate was renewed too often in a short time.</summary>
    TooManyRenewals,
}

/// <summary>The vocabulary in words, for people.</summary>
public static class Words
{
    /// <summary>The action in words.</summary>
    public static string Of(BootAction action) => action switch
    {
        BootAction.Install => "install",
        BootAction.BootLocalDisk => "boot from disk",
        BootAction.Discover => "wait (not in the cluster description)",
        BootAction.Hold => "wait for the operator",
        BootAction.Wipe => "erase the disks",
        _ => throw new ArgumentOutOfRangeException(nameof(action)),
    };

    /// <summary>The reason in words.</summary>
    public static string Of(HoldReason reason) => reason switch
    {
        HoldReason.InstallLoop => "it began too many installs in a short time",
        HoldReason.Operator => "the operator holds it",
        HoldReason.WipeLoop => "it began to be wiped too often in a short time",
        HoldReason.Wiped => "its disks were erased",
        _ => throw new ArgumentOutOfRangeException(nameof(reason)),
    };

    /// <summary>The reason in words.</summary>
    public static string Of(RefusalReason reason) => reason switch
    {
        RefusalReason.UnknownMachine => "the machine is not in the cluster description",
        RefusalReason.WrongAddress => "the asking address does not hold this machine's lease",
        RefusalReason.NotInstalling => "the machine is not being installed now",
        RefusalReason.TicketUnknown => "no such ticket was minted",
        RefusalReason.TicketSpent => "the ticket was spent for other keys",
        RefusalReason.TicketExpired => "the ticket has expired",
        RefusalReason.TicketOfAnotherMachine => "the ticket belongs to another machine",
        RefusalReason.TicketSuperseded => "the ticket belongs to an earlier install attempt",
        RefusalReason.CertificateNotPlanned => "the plan has no such certificate for this machine",
        RefusalReason.NotEtcdMember => "the cluster description does not name it as an etcd member",
        RefusalReason.BadCertificateRequest => "the certificate request is not valid",
        RefusalReason.AwaitingApproval => "an operator has to approve the enrolment first",
        RefusalReason.CertificateMissing => "no machine certificate was shown",
        RefusalReason.CertificateNotTrusted => "the certificate is no machine certificate of this site",
        RefusalReason.CertificateExpired => "the machine certificate is not valid at this time",
        RefusalReason.CertificateOfAnotherMachine => "the machine certificate belongs to another machine",
        RefusalReason.CertificateOfEarlierInstall => "the machine certificate was issued before the machine's last install",
        RefusalReason.NotEnrolled => "the machine is not installed and enrolled now",
        RefusalReason.MachineHeld => "the machine is held",
        RefusalReason.NotMaster => "only masters get it",
        RefusalReason.TooManyRenewals => "the certificate was renewed too often in a short time",
        _ => throw new ArgumentOutOfRangeException(nameof(reason)),
    };
}
