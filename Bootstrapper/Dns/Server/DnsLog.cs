using Sextant.Primitives;

namespace Sextant.Dns.Server;

/// <summary>What the DNS server says in the log; event ids 1700 to 1749.</summary>
internal static partial class DnsLog
{
    [LoggerMessage(1700, LogLevel.Information, "DNS listens on {Address} port 53 for {Domain}; {Names} names, {Upstreams} upstream resolvers")]
    public static partial void Listening(ILogger log, Ipv4Address address, string domain, int names, int upstreams);

    [LoggerMessage(1701, LogLevel.Information, "DNS is off: dns.mode is off")]
    public static partial void Off(ILogger log);

    [LoggerMessage(1702, LogLevel.Debug, "the names are written out anew: {Names} names, serial {Serial}")]
    public static partial void Rebuilt(ILogger log, int names, uint serial);

    [LoggerMessage(1703, LogLevel.Error, "the names could not be written out; those of before stay")]
    public static partial void NotRebuilt(ILogger log, Exception failure);

    [LoggerMessage(1704, LogLevel.Error, "a message from {Source} could not be handled, and was dropped: {Octets}")]
    public static partial void HandlingFailed(ILogger log, Exception failure, Ipv4Address source, string octets);

    [LoggerMessage(1705, LogLevel.Warning, "receiving on {Address} port 53 failed; trying again")]
    public static partial void ReceiveFailed(ILogger log, Exception failure, Ipv4Address address);

    [LoggerMessage(1706, LogLevel.Debug, "{Client} asks for {Name} {Type}: {Reason}")]
    public static partial void Answered(ILogger log, Ipv4Address client, string name, string type, DnsReason reason);

    [LoggerMessage(1707, LogLevel.Debug, "a message from {Client} is dropped: {Reason}")]
    public static partial void Dropped(ILogger log, Ipv4Address client, DnsReason reason);

    [LoggerMessage(1708, LogLevel.Warning, "the upstream resolver {Upstream} asks for {Name}, which it was just asked for: it forwards to this server. Take it out of network.upstream_resolvers, or this server out of its configuration")]
    public static partial void Loop(ILogger log, Ipv4Address upstream, string name);

    [LoggerMessage(1709, LogLevel.Warning, "no upstream resolver answers for {Name} {Type}")]
    public static partial void NoAnswer(ILogger log, string name, string type);

    [LoggerMessage(1710, LogLevel.Error, "asking upstream resolvers failed at one step; going on")]
    public static partial void ForwardingFailed(ILogger log, Exception failure);

    [LoggerMessage(1711, LogLevel.Warning, "accepting TCP connections on {Address} port 53 failed; trying again")]
    public static partial void AcceptFailed(ILogger log, Exception failure, Ipv4Address address);

    [LoggerMessage(1712, LogLevel.Debug, "the TCP connection of {Client} ends: {Why}")]
    public static partial void ConnectionEnded(ILogger log, Ipv4Address client, string why);
}
