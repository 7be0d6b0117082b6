using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sextant.Status;

/// <summary>What keeps a machine from going on: the same words on the page, in the API and on the command line.</summary>
/// <param name="Code">What it is, for programs.</param>
/// <param name="Grade">How much it needs a person.</param>
/// <param name="Where">The part of the way at which the machine is, <c>getting an address by DHCP</c>.</param>
/// <param name="Since">Since when.</param>
/// <param name="Why">What is known of the cause: one or two sentences with names and numbers.</param>
/// <param name="Advice">What to do, most likely first; at least one line.</param>
public sealed record Attention(AttentionCode Code, AttentionGrade Grade, string Where, DateTimeOffset Since, string Why, IReadOnlyList<string> Advice)
{
    /// <summary>The operator's verb that settles it once its cause is gone, <c>release</c>; null where no verb does.</summary>
    public string? Remedy { get; init; }

    /// <summary>Whether both say the same, or neither says anything.</summary>
    public static bool AreSame(Attention? one, Attention? other) =>
        one is null || other is null ? ReferenceEquals(one, other) : one with { Advice = other.Advice } == other && one.Advice.SequenceEqual(other.Advice);

    /// <summary>The whole of it in one line, for lists of problems.</summary>
    /// <param name="name">What the machine is called.</param>
    public string InOneLine(string name) => $"{name}, {Where}: {Why} {Advice[0]}";
}

/// <summary>How much a machine needs a person; the most urgent first.</summary>
[JsonConverter(typeof(AttentionGradeConverter))]
public enum AttentionGrade
{
    /// <summary>It does not go on by itself.</summary>
    Stuck,
    /// <summary>It goes on, and something is wrong.</summary>
    Warning,
    /// <summary>It waits for a person's decision, and nothing is wrong.</summary>
    Decision,
}

/// <summary>What keeps a machine from going on.</summary>
[JsonConverter(typeof(AttentionCodeConverter))]
public enum AttentionCode
{
    /// <summary>It was held after too many installs.</summary>
    InstallLoop,
    /// <summary>It was held after it began too often to erase its disks.</summary>
    WipeLoop,
    /// <summary>The operator holds it.</summary>
    Held,
    /// <summary>Its disks were erased, and it is held since.</summary>
    Wiped,
    /// <summary>The operator has to approve its enrolment.</summary>
    AwaitingApproval,
    /// <summary>The operator asked for a reinstall, and it was not started since.</summary>
    ReinstallWaits,
    /// <summary>The operator wants its disks erased, and it was not started since.</summary>
    WipeWaits,
    /// <summary>Its live system could not erase its disks.</summary>
    WipeFailed,
    /// <summary>Its boot hangs before its installer runs.</summary>
    BootHangs,
    /// <summary>A file of its installation stopped arriving.</summary>
    TransferStopped,
    /// <summary>Its installer was not heard of for long.</summary>
    InstallerSilent,
    /// <summary>Its installer gave up.</summary>
    InstallFailed,
    /// <summary>It is told to start from its disk and comes back to the network.</summary>
    DiskNotBooting,
    /// <summary>It is installed and does not ask for its certificates.</summary>
    NotEnrolled,
    /// <summary>It was refused its certificates.</summary>
    EnrolmentRefused,
    /// <summary>It has its certificates, and its etcd member never answered.</summary>
    MemberNotStarted,
    /// <summary>Its etcd member was healthy and is not any more.</summary>
    MemberUnhealthy,
    /// <summary>Kubernetes says that its node is not ready.</summary>
    NodeNotReady,
    /// <summary>A certificate of it is over soon, or is over, and was not renewed.</summary>
    CertificateEnds,
    /// <summary>Somebody at another address asks in its name.</summary>
    AskedByAnother,
    /// <summary>It was never seen, and a machine that the file does not name has nearly its MAC.</summary>
    OtherMac,
    /// <summary>The file does not name it.</summary>
    NotInFile,
}

/// <summary>Writes a grade as <c>stuck</c>.</summary>
public sealed class AttentionGradeConverter() : JsonStringEnumConverter<AttentionGrade>(JsonNamingPolicy.KebabCaseLower);

/// <summary>Writes a code as <c>boot-hangs</c>.</summary>
public sealed class AttentionCodeConverter() : JsonStringEnumConverter<AttentionCode>(JsonNamingPolicy.KebabCaseLower);
