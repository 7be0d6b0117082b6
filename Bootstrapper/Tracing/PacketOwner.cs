using System.Buffers.Binary;
using Sextant.Primitives;

namespace Sextant.Tracing;

/// <summary>Whose packet it is.</summary>
internal static class PacketOwner
{
    private const int HardwareOffset = 28;

    /// <summary>The machine a DHCP message is about: what chaddr says, whoever carries it (RFC 2131 §2).</summary>
    public static MacAddress? OfDhcp(ReadOnlySpan<byte> octets, in Frame frame)
    {
        if (frame.PayloadLength < HardwareOffset + MacAddress.Length) return null;
        var message = octets.Slice(frame.PayloadOffset, frame.PayloadLength);
        // htype Ethernet, hlen 6
        if (BinaryPrimitives.ReadUInt16BigEndian(message[1..]) != 0x0106) return null;
        return OfMachine(MacAddress.FromOctets(message[HardwareOffset..]));
    }

    /// <summary>The machines another packet belongs to: the one that leases the far address, else the one of the far MAC. A claim by ARP concerns both.</summary>
    /// <param name="frame">The packet.</param>
    /// <param name="outgoing">Whether this machine sent it.</param>
    /// <param name="lessee">Who leases an address.</param>
    public static IReadOnlyList<MacAddress> Of(in Frame frame, bool outgoing, Func<Ipv4Address, MacAddress?> lessee)
    {
        var near = OfMachine(outgoing ? frame.DestinationMac : frame.SourceMac);
        var address = outgoing ? frame.Destination : frame.Source;
        var leased = address.IsAny ? null : lessee(address);
        if (frame.Kind is FrameKind.Arp && !outgoing) return [.. new[] { near, leased }.OfType<MacAddress>().Distinct()];
        return (leased ?? near) is { } owner ? [owner] : [];
    }

    private static MacAddress? OfMachine(MacAddress mac) => mac.IsMulticast || mac.IsZero ? null : mac;
}
