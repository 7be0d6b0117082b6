using System.Buffers.Binary;
using Sextant.Primitives;

namespace Sextant.Tracing;

/// <summary>What a frame carries, as far as booting machines use it.</summary>
public enum FrameKind
{
    /// <summary>Something else.</summary>
    Other,
    /// <summary>ARP for IPv4 (RFC 826).</summary>
    Arp,
    /// <summary>UDP over IPv4, the first fragment or the only one.</summary>
    Udp,
    /// <summary>TCP over IPv4, the first fragment or the only one.</summary>
    Tcp,
    /// <summary>UDP over IPv6.</summary>
    UdpV6,
    /// <summary>ICMPv6.</summary>
    IcmpV6,
}

/// <summary>The headers of one Ethernet frame.</summary>
/// <remarks>
/// <code>
/// | destination MAC (6) | source MAC (6) | type (2) | ARP (28), or IPv4 (20 and more), or IPv6 (40) | UDP (8) or TCP (20 and more) | payload
/// </code>
/// </remarks>
public readonly record struct Frame
{
    /// <summary>Octets before the network layer.</summary>
    public const int EthernetLength = 14;

    private const ushort TypeIpv4 = 0x0800, TypeArp = 0x0806, TypeIpv6 = 0x86dd;
    private const byte ProtocolTcp = 6, ProtocolUdp = 17, ProtocolIcmpV6 = 58;

    /// <summary>What it carries.</summary>
    public FrameKind Kind { get; private init; }

    /// <summary>Who sent it.</summary>
    public MacAddress SourceMac { get; private init; }

    /// <summary>Whom it is for.</summary>
    public MacAddress DestinationMac { get; private init; }

    /// <summary>The IPv4 source; of ARP the sender's address.</summary>
    public Ipv4Address Source { get; private init; }

    /// <summary>The IPv4 destination; of ARP the address asked for.</summary>
    public Ipv4Address Destination { get; private init; }

    /// <summary>The source port.</summary>
    public ushort SourcePort { get; private init; }

    /// <summary>The destination port; of ARP the operation (1 asks, 2 answers); of ICMPv6 the type.</summary>
    public ushort DestinationPort { get; private init; }

    /// <summary>TCP's flags (RFC 9293 §3.1): 1 FIN, 2 SYN, 4 RST, 16 ACK.</summary>
    public byte TcpFlags { get; private init; }

    /// <summary>Where the payload of UDP or TCP begins.</summary>
    public int PayloadOffset { get; private init; }

    /// <summary>Octets of payload that were captured.</summary>
    public int PayloadLength { get; private init; }

    /// <summary>Octets of the frame on the wire, by what IP says of itself; at least those captured.</summary>
    public int WireLength { get; private init; }

    /// <summary>True when one of the two ports is that.</summary>
    public bool HasPort(ushort port) => SourcePort == port || DestinationPort == port;

    /// <summary>Reads a frame, whole or cut short by the capture.</summary>
    /// <returns>False when it is shorter than the headers it announces, or they contradict each other.</returns>
    public static bool TryRead(ReadOnlySpan<byte> octets, out Frame frame)
    {
        frame = default;
        if (octets.Length < EthernetLength) return false;
        var link = new Frame
        {
            DestinationMac = MacAddress.FromOctets(octets), SourceMac = MacAddress.FromOctets(octets[MacAddress.Length..]), WireLength = octets.Length,
        };
        var network = octets[EthernetLength..];
        switch (BinaryPrimitives.ReadUInt16BigEndian(octets[12..]))
        {
            case TypeArp: return TryReadArp(network, link, out frame);
            case TypeIpv4: return TryReadIpv4(network, link, out frame);
            case TypeIpv6: return TryReadIpv6(network, link, out frame);
            default:
                frame = link;
                return true;
        }
    }

    private static bool TryReadArp(ReadOnlySpan<byte> arp, Frame link, out Frame frame)
    {
        frame = link;
        // Ethernet (1) and IPv4, six and four octets: anything else is not ours to understand.
        if (arp.Length < 28 || !arp[..6].SequenceEqual((ReadOnlySpan<byte>)[0, 1, 8, 0, 6, 4])) return false;
        frame = link with
        {
            Kind = FrameKind.Arp, DestinationPort = BinaryPrimitives.ReadUInt16BigEndian(arp[6..]), SourceMac = MacAddress.FromOctets(arp[8..]),
            Source = Ipv4Address.FromOctets(arp[14..]), Destination = Ipv4Address.FromOctets(arp[24..]),
        };
        return true;
    }

    private static bool TryReadIpv4(ReadOnlySpan<byte> ip, Frame link, out Frame frame)
    {
        frame = link;
        if (ip.Length < 20 || ip[0] >> 4 != 4) return false;
        var header = (ip[0] & 15) * 4;
        var total = BinaryPrimitives.ReadUInt16BigEndian(ip[2..]);
        if (header < 20 || total < header || ip.Length < header) return false;
        frame = link with
        {
            Source = Ipv4Address.FromOctets(ip[12..]), Destination = Ipv4Address.FromOctets(ip[16..]), WireLength = Math.Max(link.WireLength, EthernetLength + total),
        };
        var isLaterFragment = (BinaryPrimitives.ReadUInt16BigEndian(ip[6..]) & 0x1fff) != 0;
        if (isLaterFragment) return true;
        // Short frames are padded: what lies behind the packet's own length is not payload.
        var transport = ip[header..Math.Min(ip.Length, total)];
        return ip[9] switch
        {
            ProtocolUdp => TryReadUdp(transport, header, frame with { Kind = FrameKind.Udp }, out frame),
            ProtocolTcp => TryReadTcp(transport, header, frame, out frame),
            _ => true,
        };
    }

    private static bool TryReadIpv6(ReadOnlySpan<byte> ip, Frame link, out Frame frame)
    {
        const int header = 40;
        frame = link;
        if (ip.Length < header || ip[0] >> 4 != 6) return false;
        frame = link with { WireLength = Math.Max(link.WireLength, EthernetLength + header + BinaryPrimitives.ReadUInt16BigEndian(ip[4..])) };
        var transport = ip[header..];
        switch (ip[6])
        {
            case ProtocolUdp:
                return TryReadUdp(transport, header, frame with { Kind = FrameKind.UdpV6 }, out frame);
            case ProtocolIcmpV6 when transport.Length > 0:
                frame = frame with { Kind = FrameKind.IcmpV6, DestinationPort = transport[0] };
                return true;
            default:
                return true;
        }
    }

    private static bool TryReadUdp(ReadOnlySpan<byte> udp, int networkHeader, Frame link, out Frame frame)
    {
        frame = link;
        if (udp.Length < 8) return false;
        var length = BinaryPrimitives.ReadUInt16BigEndian(udp[4..]);
        if (length < 8) return false;
        frame = link with
        {
            SourcePort = BinaryPrimitives.ReadUInt16BigEndian(udp), DestinationPort = BinaryPrimitives.ReadUInt16BigEndian(udp[2..]),
            PayloadOffset = EthernetLength + networkHeader + 8, PayloadLength = Math.Min(udp.Length, length) - 8,
        };
        return true;
    }

    private static bool TryReadTcp(ReadOnlySpan<byte> tcp, int networkHeader, Frame link, out Frame frame)
    {
        frame = link;
        if (tcp.Length < 20) return false;
        var header = (tcp[12] >> 4) * 4;
        if (header < 20 || tcp.Length < header) return false;
        frame = link with
        {
            Kind = FrameKind.Tcp, SourcePort = BinaryPrimitives.ReadUInt16BigEndian(tcp), DestinationPort = BinaryPrimitives.ReadUInt16BigEndian(tcp[2..]),
            TcpFlags = tcp[13], PayloadOffset = EthernetLength + networkHeader + header, PayloadLength = tcp.Length - header,
        };
        return true;
    }
}
