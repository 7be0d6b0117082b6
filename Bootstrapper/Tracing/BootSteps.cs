using System.Globalization;
using Sextant.Lifecycle;

namespace Sextant.Tracing;

/// <summary>Tells a boot step by step: packets and events by time, the same thing several times in a row as one step.</summary>
internal static class BootSteps
{
    public static List<BootStep> Of(LastBoot boot, BootContext context)
    {
        var said = boot.Facts.Select(fact => (fact.At, Text: InWords(fact, context)))
            .Concat(boot.Events.Where(happened => happened is not Leased).Select(happened => (happened.At, Text: "recorded: " + happened.Summary)))
            .OrderBy(line => line.At);
        var steps = new List<BootStep>();
        foreach (var (at, text) in said)
        {
            if (steps.Count > 0 && steps[^1].Text == text) steps[^1] = steps[^1] with { Until = at, Count = steps[^1].Count + 1 };
            else steps.Add(new BootStep(at, at, 1, text));
        }
        return steps;
    }

    private static string InWords(PacketFact fact, BootContext context) => fact switch
    {
        PacketFact.Dhcp message => Dhcp(message, context),
        PacketFact.Arp { IsReply: true } arp => $"ARP: {arp.SenderAddress} is at {arp.SenderMac}{(arp.SenderMac == context.Mac ? "" : " (not this machine)")}",
        PacketFact.Arp { SenderAddress.IsAny: true } arp => $"ARP: {arp.SenderMac} asks whether anybody has {arp.Target}",
        PacketFact.Arp arp => $"ARP: {arp.SenderAddress} at {arp.SenderMac} asks for {arp.Target}",
        PacketFact.TftpRequest request => $"TFTP: asks for {request.File}{(request.Options.Length > 0 ? $" ({request.Options})" : "")}",
        PacketFact.TftpOptions granted => $"TFTP: granted {granted.Options}",
        PacketFact.TftpData or PacketFact.TftpAck => "TFTP: blocks and acknowledgements",
        PacketFact.TftpError error => $"TFTP: {By(error.Sender)} ends it: error {Number(error.Code)} {error.Message}".TrimEnd(),
        PacketFact.HttpRequest request => $"HTTP: {request.Method} {request.Path}",
        PacketFact.HttpStatus answer => $"HTTP: answered {Number(answer.Status)}",
        PacketFact.Tcp { IsReset: true } tcp => $"TCP port {Number(tcp.Port)}: broken off by {By(tcp.Sender)}",
        PacketFact.Tcp { Sender: PacketSender.Sextant } tcp => $"TCP port {Number(tcp.Port)}: accepted",
        PacketFact.Tcp tcp => $"TCP port {Number(tcp.Port)}: connects",
        PacketFact.Dns { ResponseCode: null } => "DNS: asks",
        PacketFact.Dns { ResponseCode: 0 } => "DNS: answered",
        PacketFact.Dns answer => $"DNS: answered with code {Number(answer.ResponseCode!.Value)}",
        PacketFact.Time time => time.Sender is PacketSender.Sextant ? "NTP: answered" : "NTP: asks",
        PacketFact.RouterSolicitation => "IPv6: router solicitation",
        PacketFact.Dhcpv6 => "IPv6: DHCPv6",
        _ => throw new InvalidOperationException($"no words for {fact.GetType().Name}"),
    };

    private static string Dhcp(PacketFact.Dhcp message, BootContext context)
    {
        var type = message.Type is { } known ? known.ToString().ToUpperInvariant() : "BOOTP";
        var through = message.Relay is { } relay ? $" through the relay {relay}" : "";
        if (message.Sender is PacketSender.Machine)
        {
            var toOther = message.Server is { } server && server != context.Server ? $" of {server}, which is not this service" : "";
            return $"{message.ClientName}: {type}{(message.Address is { } wanted ? $" {wanted}" : "")}{toOther}{through}";
        }
        var who = message.Sender is PacketSender.Sextant ? "answered" : $"another server, {message.Server}, answers";
        var file = message.BootFile.Length > 0 ? $", boot file {Octets(message.BootFile)}" : "";
        var why = message.Reason.Length > 0 ? $": {Octets(message.Reason)}" : "";
        return $"{who}: {type}{(message.Address is { } given ? $" {given}" : "")}{file}{why}{through}";
    }

    private static string By(PacketSender sender) => sender switch
    {
        PacketSender.Machine => "the machine",
        PacketSender.Sextant => "this service",
        PacketSender.Other => "another host",
        _ => throw new ArgumentOutOfRangeException(nameof(sender)),
    };

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Octets(string text) => string.Concat(text.Select(letter => letter is >= ' ' and < '\x7f' ? letter : '?'));
}
