using Sextant.Primitives;

namespace Sextant.Dhcp.Server;

/// <summary>What the DHCP server says in the log; event ids 1000 to 1099.</summary>
internal static partial class DhcpLog
{
    [LoggerMessage(1000, LogLevel.Information, "DHCP listens on {NetworkInterface} port 67 for {Subnet}; {Leases} leases known")]
    public static partial void Listening(ILogger log, string networkInterface, string subnet, int leases);

    [LoggerMessage(1001, LogLevel.Information, "{Address} leased to {Mac} ({Client})")]
    public static partial void Leased(ILogger log, MacAddress mac, Ipv4Address address, string client);

    [LoggerMessage(1002, LogLevel.Debug, "{Mac}: answered {Request} with {Reply}")]
    public static partial void Answered(ILogger log, MacAddress mac, string request, string reply);

    [LoggerMessage(1003, LogLevel.Debug, "{Mac} refused: {Reason} ({Request})")]
    public static partial void Refused(ILogger log, MacAddress mac, DhcpRefusal reason, string request);

    [LoggerMessage(1004, LogLevel.Debug, "{Mac} gets no answer: {Reason} ({Request})")]
    public static partial void Silent(ILogger log, MacAddress? mac, DhcpRefusal reason, string request);

    [LoggerMessage(1005, LogLevel.Warning, "{Mac} gets no address: none is left in {Subnet}. Widen its dynamic_range or fix the machine's address ({Request})")]
    public static partial void PoolExhausted(ILogger log, MacAddress mac, string subnet, string request);

    [LoggerMessage(1006, LogLevel.Debug, "not a DHCP message ({Error}) from {Source}: {Octets}")]
    public static partial void NotDhcp(ILogger log, Wire.DhcpError error, Ipv4Address source, string octets);

    [LoggerMessage(1007, LogLevel.Error, "a message from {Source} could not be handled, and was dropped: {Octets}")]
    public static partial void HandlingFailed(ILogger log, Exception failure, Ipv4Address source, string octets);

    [LoggerMessage(1008, LogLevel.Error, "leases could not be stored; {Replies} replies are not sent, because what they promise might be lost")]
    public static partial void CommitFailed(ILogger log, Exception failure, int replies);

    [LoggerMessage(1009, LogLevel.Warning, "a reply to {Mac} could not be sent")]
    public static partial void SendFailed(ILogger log, Exception failure, MacAddress mac);

    [LoggerMessage(1010, LogLevel.Warning, "receiving on {NetworkInterface} failed; trying again")]
    public static partial void ReceiveFailed(ILogger log, Exception failure, string networkInterface);

    [LoggerMessage(1011, LogLevel.Warning, "{Mac} declines {Address}: another machine uses it. It is given to nobody until {Until:u}")]
    public static partial void Quarantined(ILogger log, MacAddress mac, Ipv4Address address, DateTimeOffset until);

    [LoggerMessage(1012, LogLevel.Warning, "{Mac}: no boot loader for {Client}; it gets an address only")]
    public static partial void NoLoader(ILogger log, MacAddress mac, string client);

    [LoggerMessage(1013, LogLevel.Information, "proxyDHCP listens on {NetworkInterface} ports 67 and 4011; addresses come from another DHCP server")]
    public static partial void ProxyListening(ILogger log, string networkInterface);

    [LoggerMessage(1014, LogLevel.Warning, "{Mac}: no boot loader for {Client}; it gets no boot file")]
    public static partial void NoLoaderFromProxy(ILogger log, MacAddress mac, string client);

    [LoggerMessage(1015, LogLevel.Error, "{Machines} machines that were seen for the first time could not be remembered; they are answered all the same")]
    public static partial void NotRemembered(ILogger log, Exception failure, int machines);

    [LoggerMessage(1016, LogLevel.Warning, "{Address} is in use by {UsedBy}, which has no lease of it; {Mac} is offered another address, and this one is given to nobody until {Until:u}")]
    public static partial void Conflict(ILogger log, MacAddress mac, Ipv4Address address, MacAddress usedBy, DateTimeOffset until);

    [LoggerMessage(1017, LogLevel.Warning, "nobody could be asked whether {Address} is in use")]
    public static partial void ProbeFailed(ILogger log, Exception failure, Ipv4Address address);

    [LoggerMessage(1018, LogLevel.Error, "what ARP on {NetworkInterface} said could not be handled, and was dropped")]
    public static partial void ProbingFailed(ILogger log, Exception failure, string networkInterface);
}
