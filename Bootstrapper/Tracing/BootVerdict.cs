using System.Text.Json.Serialization;
using Sextant.Lifecycle;
using Sextant.Planning;
using Sextant.Primitives;

namespace Sextant.Tracing;

/// <summary>What became of a machine's last boot; ordered as the way goes.</summary>
[JsonConverter(typeof(BootVerdictConverter))]
public enum BootVerdict
{
    /// <summary>Nothing of the machine ever reached this service.</summary>
    NothingArrived,
    /// <summary>The machine is known, and nothing was recorded of it since the service started.</summary>
    NothingRecorded,
    /// <summary>It tries IPv6 and nothing else.</summary>
    OnlyIpv6,
    /// <summary>The cluster description does not name it.</summary>
    NotInFile,
    /// <summary>It asked and this service gave no offer.</summary>
    NotAnswered,
    /// <summary>Its first message that arrived was one of its last tries: the switch port came up late.</summary>
    LinkLate,
    /// <summary>It was offered an address and did not take it.</summary>
    OfferNotTaken,
    /// <summary>It took the address of another server.</summary>
    ForeignServerChosen,
    /// <summary>It was refused the address it asks for.</summary>
    AddressRefused,
    /// <summary>Another host has its address.</summary>
    AddressInUse,
    /// <summary>There is no loader for its architecture.</summary>
    NoLoader,
    /// <summary>It has an address and did not ask for its loader.</summary>
    LoaderNotAsked,
    /// <summary>It asks for its loader and hears no answer.</summary>
    LoaderNotAnswered,
    /// <summary>It was refused the file it asked for.</summary>
    LoaderRefused,
    /// <summary>The transfer of its loader stopped in the middle.</summary>
    TransferStalled,
    /// <summary>Its firmware got the loader and did not start it.</summary>
    LoaderNotStarted,
    /// <summary>Its loader was sent, and nothing was heard of it since.</summary>
    LoaderSilent,
    /// <summary>iPXE has an address and did not ask for its script.</summary>
    ScriptNotAsked,
    /// <summary>It opens connections to the HTTP port and hears no answer.</summary>
    HttpNotAnswered,
    /// <summary>A request was answered with an error.</summary>
    HttpFailed,
    /// <summary>It has its script and fetched nothing of what that names.</summary>
    KernelNotAsked,
    /// <summary>It is held.</summary>
    Held,
    /// <summary>Its installer gave up.</summary>
    InstallFailed,
    /// <summary>It was told to start from its disk and comes back again and again.</summary>
    DiskNotBooting,
    /// <summary>It is under way.</summary>
    UnderWay,
    /// <summary>The boot went through.</summary>
    WentThrough,
}

/// <summary>Writes a verdict as <c>offer-not-taken</c>.</summary>
public sealed class BootVerdictConverter() : JsonStringEnumConverter<BootVerdict>(System.Text.Json.JsonNamingPolicy.KebabCaseLower);

/// <summary>What there is to know besides the packets.</summary>
/// <param name="Mac">The machine.</param>
/// <param name="Server">This service's address.</param>
/// <param name="Interface">The interface it serves on.</param>
/// <param name="Entitlement">What the cluster description grants the machine.</param>
/// <param name="Machine">Its record; null when it was never seen.</param>
/// <param name="Now">The time.</param>
public sealed record BootContext(MacAddress Mac, Ipv4Address Server, string Interface, Entitlement Entitlement, Machine? Machine, DateTimeOffset Now);

/// <summary>Something that happened, or the same thing several times in a row.</summary>
/// <param name="At">When, the first time.</param>
/// <param name="Until">When, the last time.</param>
/// <param name="Count">How often.</param>
/// <param name="Text">What, in words.</param>
public sealed record BootStep(DateTimeOffset At, DateTimeOffset Until, int Count, string Text);

/// <summary>What became of a boot.</summary>
/// <param name="Verdict">In one of the known words.</param>
/// <param name="Summary">In one or two sentences, with names and numbers.</param>
/// <param name="Advice">What to look at or do, most likely first; empty when nothing is wrong.</param>
/// <param name="Began">When it was first heard of; null when nothing could be read.</param>
/// <param name="LastHeard">When it was last heard of; null when nothing could be read.</param>
public sealed record BootFinding(BootVerdict Verdict, string Summary, IReadOnlyList<string> Advice, DateTimeOffset? Began, DateTimeOffset? LastHeard);

/// <summary>A boot in words.</summary>
/// <param name="Finding">What became of it.</param>
/// <param name="Steps">What happened, oldest first.</param>
public sealed record BootExplanation(BootFinding Finding, IReadOnlyList<BootStep> Steps);
