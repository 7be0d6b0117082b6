using System.Buffers.Binary;
using Sextant.Primitives;

namespace Sextant.Networking;

/// <summary>Writes an IPv4 packet with a UDP datagram in it, for frames that bypass the kernel's own IP (RFC 791 §3.1, RFC 768).</summary>
/// <remarks>
/// <code>
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-------+-------+---------------+-------------------------------+
/// | 4     | IHL 5 | TOS           | total length                  |   0
/// | identification                | flags (DF), fragment offset 0 |   4
/// | TTL           | protocol 17   | header checksum               |   8
/// | source address                                                |  12
/// | destination address                                           |  16
/// +-------------------------------+-------------------------------+
/// | source port                   | destination port              |  20
/// | length                        | checksum (pseudo header too)  |  24
/// +-------------------------------+-------------------------------+
/// </code>
/// </remarks>
public static class Ipv4UdpPacket
{
    /// <summary>Octets before the payload.</summary>
    public const int HeaderLength = IpLength + UdpLength;

    private const int IpLength = 20, UdpLength = 8;
    private const byte Udp = 17, TimeToLive = 64;
    private const ushort DoNotFragment = 0x4000;

    /// <summary>Writes the packet; the answer is its length.</summary>
    /// <exception cref="ArgumentException">It does not fit <paramref name="destination"/> or an IPv4 packet.</exception>
    public static int Write(
        Span<byte> destination, Ipv4Address source, ushort sourcePort, Ipv4Address target, ushort targetPort, ReadOnlySpan<byte> payload)
    {
        var length = HeaderLength + payload.Length;
        if (length > ushort.MaxValue || length > destination.Length) throw new ArgumentException("The payload does not fit.", nameof(payload));
        var writer = new SpanWriter(destination);
        writer.WriteByte(0x45);
        writer.WriteByte(0);
        writer.WriteUInt16((ushort)length);
        writer.WriteUInt16(0);
        writer.WriteUInt16(DoNotFragment);
        writer.WriteByte(TimeToLive);
        writer.WriteByte(Udp);
        writer.WriteUInt16(0);
        writer.WriteIpv4Address(source);
        writer.WriteIpv4Address(target);
        BinaryPrimitives.WriteUInt16BigEndian(destination[10..], Fold(Sum(destination[..IpLength])));
        writer.WriteUInt16(sourcePort);
        writer.WriteUInt16(targetPort);
        writer.WriteUInt16((ushort)(UdpLength + payload.Length));
        writer.WriteUInt16(0);
        writer.WriteBytes(payload);
        // The pseudo header of RFC 768: both addresses, the protocol, the UDP length.
        var checksum = Fold(Sum(destination.Slice(12, 8)) + Udp + (uint)(UdpLength + payload.Length) + Sum(destination[IpLength..length]));
        BinaryPrimitives.WriteUInt16BigEndian(destination[26..], checksum == 0 ? ushort.MaxValue : checksum);
        return length;
    }

    /// <summary>The sum of 16-bit words, an odd last octet padded with zero (RFC 1071).</summary>
    private static uint Sum(ReadOnlySpan<byte> octets)
    {
        uint sum = 0;
        for (; octets.Length >= 2; octets = octets[2..]) sum += BinaryPrimitives.ReadUInt16BigEndian(octets);
        return octets.Length == 1 ? sum + (uint)(octets[0] << 8) : sum;
    }

    private static ushort Fold(uint sum)
    {
        while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
        return (ushort)~sum;
    }
}
