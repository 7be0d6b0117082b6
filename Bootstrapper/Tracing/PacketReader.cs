using System.Globalization;
using System.Text;
using Sextant.Dhcp;
using Sextant.Dhcp.Wire;
using Sextant.Primitives;
using Sextant.Tftp.Wire;

namespace Sextant.Tracing;

/// <summary>Recorded packets in, facts out. Whatever does not parse is left out: a trace explains, it does not judge encodings.</summary>
public static class PacketReader
{
    /// <summary>What the packets of one machine say, in their order.</summary>
    /// <param name="packets">The packets.</param>
    /// <param name="mac">The machine.</param>
    /// <param name="ports">The boot ports of the site.</param>
    public static IReadOnlyList<PacketFact> Facts(IReadOnlyList<RecordedPacket> packets, MacAddress mac, BootPorts ports) =>
        [.. packets.Select(packet => Fact(packet, mac, ports)).OfType<PacketFact>()];

    private static PacketFact? Fact(RecordedPacket packet, MacAddress mac, BootPorts ports)
    {
        if (!Frame.TryRead(packet.Octets, out var frame) || KeptPacket.Of(packet.Octets, frame, ports) is not { } kept) return null;
        var sender = packet.Outgoing ? PacketSender.Sextant : frame.SourceMac == mac ? PacketSender.Machine : PacketSender.Other;
        var payload = frame.PayloadLength == 0 ? default : packet.Octets.AsSpan(frame.PayloadOffset, frame.PayloadLength);
        return kept.Kind switch
        {
            TraceKind.Dhcp => Dhcp(packet, frame, payload),
            TraceKind.Arp => new PacketFact.Arp(packet.At, sender, frame.DestinationPort == 2, frame.SourceMac, frame.Source, frame.Destination),
            TraceKind.Tftp or TraceKind.TftpData => Tftp(packet, Routed(packet), payload),
            TraceKind.Http => Http(packet, frame, Routed(packet), payload, ports),
            TraceKind.Dns when payload.Length >= 12 => new PacketFact.Dns(packet.At, Routed(packet), (payload[2] & 0x80) == 0 ? null : payload[3] & 15),
            TraceKind.Dns => null,
            TraceKind.Time => new PacketFact.Time(packet.At, Routed(packet)),
            TraceKind.Ipv6 when frame.Kind is FrameKind.UdpV6 => new PacketFact.Dhcpv6(packet.At, sender),
            TraceKind.Ipv6 => new PacketFact.RouterSolicitation(packet.At, sender),
            _ => throw new InvalidOperationException($"{kept.Kind} has no fact"),
        };
    }

    /// <summary>A machine behind a router comes with the router's MAC: what we did not send ourselves to or from its address is the machine's.</summary>
    private static PacketSender Routed(RecordedPacket packet) => packet.Outgoing ? PacketSender.Sextant : PacketSender.Machine;

    private static PacketFact.Dhcp? Dhcp(RecordedPacket packet, in Frame frame, ReadOnlySpan<byte> payload)
    {
        if (!DhcpReader.TryRead(payload, out var message, out _)) return null;
        var isReply = message.Op is BootOp.Reply;
        var sender = packet.Outgoing ? PacketSender.Sextant : isReply ? PacketSender.Other : PacketSender.Machine;
        DhcpMessageType? type = message.Options.Read(out DhcpMessageType read) is OptionRead.Present ? read : null;
        message.Options.Read(OptionCode.Message, out string reason);
        message.Options.Read(OptionCode.BootFileName, out string bootFile);
        var server = message.Options.Read(OptionCode.ServerIdentifier, out Ipv4Address named) is OptionRead.Present ? named : isReply ? frame.Source : (Ipv4Address?)null;
        var requested = message.Options.Read(OptionCode.RequestedAddress, out Ipv4Address wanted) is OptionRead.Present ? wanted : message.ClientAddress;
        var address = isReply ? message.YourAddress : requested;
        var client = isReply ? null : BootClient.Of(message.Options, message.Mac ?? default);
        return new PacketFact.Dhcp(packet.At, sender)
        {
            Type = type,
            Client = client switch
            {
                null => TracedClient.Unknown,
                BootClient.OperatingSystem => TracedClient.OperatingSystem,
                BootClient.Ipxe => TracedClient.Ipxe,
                BootClient.Unsupported => TracedClient.UnknownFirmware,
                _ => TracedClient.Firmware,
            },
            ClientName = client?.Name ?? "",
            Seconds = message.Seconds,
            Server = server,
            Address = address.IsAny ? null : address,
            BootFile = bootFile.Length > 0 ? bootFile : message.File,
            Reason = reason,
            Relay = message.RelayAddress.IsAny ? null : message.RelayAddress,
        };
    }

    private static PacketFact? Tftp(RecordedPacket packet, PacketSender sender, ReadOnlySpan<byte> payload)
    {
        if (!TftpReader.TryRead(payload, out var read, out _)) return null;
        return read switch
        {
            TftpPacket.Request request => new PacketFact.TftpRequest(packet.At, sender, Printable(request.File), InWords(request.Options)),
            TftpPacket.OptionAcknowledgment granted => new PacketFact.TftpOptions(packet.At, sender, InWords(granted.Options)),
            TftpPacket.Data data => new PacketFact.TftpData(packet.At, sender, data.Block, packet.WireLength),
            TftpPacket.Acknowledgment acknowledged => new PacketFact.TftpAck(packet.At, sender, acknowledged.Block),
            TftpPacket.Error error => new PacketFact.TftpError(packet.At, sender, (int)error.Code, Printable(error.Message)),
            _ => throw new InvalidOperationException($"{read.GetType().Name} has no fact"),
        };
    }

    private static PacketFact? Http(RecordedPacket packet, in Frame frame, PacketSender sender, ReadOnlySpan<byte> payload, BootPorts ports)
    {
        var port = frame.DestinationPort == ports.Http || frame.DestinationPort == ports.Https ? frame.DestinationPort : frame.SourcePort;
        if ((frame.TcpFlags & KeptPacket.TelltaleFlags) != 0) return new PacketFact.Tcp(packet.At, sender, port, (frame.TcpFlags & 4) != 0);
        var text = Printable(Encoding.Latin1.GetString(payload));
        if (text.StartsWith("HTTP/1.", StringComparison.Ordinal) && text.Length >= KeptPacket.StatusLength)
            return int.TryParse(text.AsSpan(9, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var status) ? new PacketFact.HttpStatus(packet.At, sender, status) : null;
        var space = text.IndexOf(' ', StringComparison.Ordinal);
        return space < 0 ? null : new PacketFact.HttpRequest(packet.At, sender, text[..space], text[(space + 1)..]);
    }

    private static string InWords(IReadOnlyList<TftpOption> options) => Printable(string.Join(", ", options.Select(option => $"{option.Name} {option.Value}")));

    private static string Printable(string text) => string.Concat(text.Select(letter => letter is >= ' ' and < '\x7f' ? letter : '?'));
}
