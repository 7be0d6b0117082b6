using Sextant.Primitives;

namespace Sextant.Networking;

/// <summary>What an ARP packet says (RFC 826).</summary>
public enum ArpOperation : ushort
{
    /// <summary>Who has the target address?</summary>
    Request = 1,
    /// <summary>The sender has its address.</summary>
    Reply = 2,
}

/// <summary>ARP for IPv4 over Ethernet (RFC 826).</summary>
/// <remarks>
/// <code>
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-------------------------------+-------------------------------+
/// | hardware type 1               | protocol type 0x0800          |   0
/// +---------------+---------------+-------------------------------+
/// | hardware len 6| protocol len 4| operation                     |   4
/// +---------------+---------------+-------------------------------+
/// | sender hardware address (6), sender protocol address (4)      |   8
/// | target hardware address (6), target protocol address (4)      |  18
/// +---------------------------------------------------------------+
/// </code>
/// </remarks>
/// <param name="Operation">Question or answer.</param>
/// <param name="SenderMac">Who speaks.</param>
/// <param name="Sender">Its address; 0.0.0.0 in a probe (RFC 5227 §1.1).</param>
/// <param name="TargetMac">Whom an answer is for; zero in a question.</param>
/// <param name="Target">The address asked for, or the asker's.</param>
public readonly record struct ArpPacket(ArpOperation Operation, MacAddress SenderMac, Ipv4Address Sender, MacAddress TargetMac, Ipv4Address Target)
{
    /// <summary>Octets of a packet, without the Ethernet header.</summary>
    public const int Length = 28;

    private const int SenderAt = 8, TargetAt = 18;
    private const ushort Ethernet = 1, Ipv4 = 0x0800;

    /// <summary>The question whether anybody has an address, which changes nobody's ARP table (RFC 5227 §2.1.1).</summary>
    public static ArpPacket Probe(MacAddress own, Ipv4Address address) => new(ArpOperation.Request, own, Ipv4Address.Any, default, address);

    /// <summary>
    /// The address that its sender uses, or is about to use when it is a probe itself, and the sender; null when it says nothing of the kind
    /// (RFC 5227 §2.1.1).
    /// </summary>
    public (Ipv4Address Address, MacAddress By)? Claim =>
        !Sender.IsAny ? (Sender, SenderMac) : Operation is ArpOperation.Request && !Target.IsAny ? (Target, SenderMac) : null;

    /// <summary>Reads a packet. False for anything that is not ARP for IPv4 over Ethernet.</summary>
    public static bool TryRead(ReadOnlySpan<byte> octets, out ArpPacket packet)
    {
        packet = default;
        var reader = new SpanReader(octets);
        if (reader.ReadUInt16() != Ethernet || reader.ReadUInt16() != Ipv4) return false;
        if (reader.ReadByte() != MacAddress.Length || reader.ReadByte() != Ipv4Address.Length) return false;
        var operation = (ArpOperation)reader.ReadUInt16();
        var senderMac = reader.ReadBytes(MacAddress.Length);
        var sender = reader.ReadIpv4Address();
        var targetMac = reader.ReadBytes(MacAddress.Length);
        var target = reader.ReadIpv4Address();
        if (reader.Failed || operation is not (ArpOperation.Request or ArpOperation.Reply)) return false;
        packet = new ArpPacket(operation, MacAddress.FromOctets(senderMac), sender, MacAddress.FromOctets(targetMac), target);
        return true;
    }

    /// <summary>Writes the packet's <see cref="Length"/> octets.</summary>
    /// <exception cref="ArgumentException">They do not fit.</exception>
    public void Write(Span<byte> destination)
    {
        if (destination.Length < Length) throw new ArgumentException($"An ARP packet has {Length} octets.", nameof(destination));
        var writer = new SpanWriter(destination);
        writer.WriteUInt16(Ethernet);
        writer.WriteUInt16(Ipv4);
        writer.WriteByte(MacAddress.Length);
        writer.WriteByte(Ipv4Address.Length);
        writer.WriteUInt16((ushort)Operation);
        SenderMac.CopyTo(destination[SenderAt..]);
        Sender.CopyTo(destination[(SenderAt + MacAddress.Length)..]);
        TargetMac.CopyTo(destination[TargetAt..]);
        Target.CopyTo(destination[(TargetAt + MacAddress.Length)..]);
    }
}
