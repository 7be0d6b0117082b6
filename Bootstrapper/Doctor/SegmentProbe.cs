using System.Buffers.Binary;
using System.Security.Cryptography;
using Sextant.Dhcp.Wire;
using Sextant.Networking;
using Sextant.Primitives;

namespace Sextant.Doctor;

/// <summary>A DHCP server that answered.</summary>
/// <param name="Server">What it calls itself: option 54, else the source of its offer.</param>
/// <param name="Mac">The MAC its offer came from: its own, or a relay's.</param>
/// <param name="Offered">The address it offered; 0.0.0.0 from a proxy.</param>
public sealed record AnsweringServer(Ipv4Address Server, MacAddress Mac, Ipv4Address Offered);

/// <summary>A host that says it has an address.</summary>
/// <param name="Address">The address.</param>
/// <param name="Mac">Its MAC.</param>
public sealed record AnsweringHost(Ipv4Address Address, MacAddress Mac);

/// <summary>What others on a segment answered.</summary>
/// <param name="Servers">DHCP servers.</param>
/// <param name="Hosts">Hosts with the addresses asked for.</param>
public sealed record SegmentAnswers(IReadOnlyList<AnsweringServer> Servers, IReadOnlyList<AnsweringHost> Hosts);

/// <summary>
/// Asks a segment who is there: two DISCOVERs of a machine that does not exist (a random, locally administered MAC), whose offers are never taken, and ARP for
/// some addresses. Nothing that answers changes its state beyond what it forgets by itself.
/// </summary>
public static class SegmentProbe
{
    private const int EthernetLength = 14, ArpLength = 42;
    private const ushort ServerPort = 67, ClientPort = 68;
    private static readonly byte[] Wanted = [1, 3, 6, 54, 67];
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(2);

    /// <summary>Asks, and collects what comes within four seconds.</summary>
    /// <param name="networkInterface">The interface.</param>
    /// <param name="own">Its MAC.</param>
    /// <param name="addresses">Whose holders are wanted.</param>
    /// <param name="time">Clock.</param>
    /// <exception cref="ListenException">The interface cannot be listened on.</exception>
    public static SegmentAnswers Ask(string networkInterface, MacAddress own, IReadOnlyCollection<Ipv4Address> addresses, TimeProvider time)
    {
        using var tap = new PacketTap(networkInterface, Filter(), 1 << 20);
        var nobody = RandomMac();
        var transaction = BinaryPrimitives.ReadUInt32BigEndian(RandomNumberGenerator.GetBytes(4));
        var servers = new List<AnsweringServer>();
        var hosts = new HashSet<AnsweringHost>();
        var frame = new byte[1600];
        for (var round = 0; round < 2; round++)
        {
            tap.Send(Discover(own, nobody, transaction, (ushort)(round * 2)));
            foreach (var address in addresses) tap.Send(Probe(own, address));
            var begun = time.GetTimestamp();
            while (Round - time.GetElapsedTime(begun) is { Ticks: > 0 } left)
            {
                if (!tap.Wait(left)) break;
                if (tap.TryReceive(frame) is not { Outgoing: false } heard) continue;
                var octets = frame.AsSpan(0, heard.Length);
                if (OfferIn(octets, nobody, transaction) is { } server && servers.All(known => known.Server != server.Server)) servers.Add(server);
                if (HolderIn(octets) is { } holder && holder.Mac != own && addresses.Contains(holder.Address)) hosts.Add(holder);
            }
        }
        return new SegmentAnswers(servers, [.. hosts.OrderBy(host => host.Address)]);
    }

    /// <summary>The offer to our invention in a frame; null when it is something else.</summary>
    internal static AnsweringServer? OfferIn(ReadOnlySpan<byte> frame, MacAddress nobody, uint transaction)
    {
        if (frame.Length < EthernetLength + 20 || frame[12] != 8 || frame[13] != 0) return null;
        var ip = frame[EthernetLength..];
        var header = (ip[0] & 15) * 4;
        if (header < 20 || ip.Length < header + 8 || ip[9] != 17 || BinaryPrimitives.ReadUInt16BigEndian(ip[(header + 2)..]) != ClientPort) return null;
        if (!DhcpReader.TryRead(ip[(header + 8)..], out var message, out _)) return null;
        if (message.Op is not BootOp.Reply || message.TransactionId != transaction || message.Mac != nobody) return null;
        if (message.Options.Read(out DhcpMessageType type) is OptionRead.Present && type is not DhcpMessageType.Offer) return null;
        var named = message.Options.Read(OptionCode.ServerIdentifier, out Ipv4Address server) is OptionRead.Present;
        return new AnsweringServer(named ? server : Ipv4Address.FromOctets(ip[12..]), MacAddress.FromOctets(frame[MacAddress.Length..]), message.YourAddress);
    }

    /// <summary>Who says in an ARP answer that it has an address; null for other frames.</summary>
    internal static AnsweringHost? HolderIn(ReadOnlySpan<byte> frame) =>
        frame.Length >= ArpLength && frame[12..22].SequenceEqual((ReadOnlySpan<byte>)[8, 6, 0, 1, 8, 0, 6, 4, 0, 2])
            ? new AnsweringHost(Ipv4Address.FromOctets(frame[28..]), MacAddress.FromOctets(frame[22..])) : null;

    /// <summary>A DISCOVER as firmware broadcasts it; the frame comes from our own MAC, so that a switch which allows one MAC a port is content.</summary>
    private static byte[] Discover(MacAddress own, MacAddress nobody, uint transaction, ushort seconds)
    {
        var hardware = new byte[16];
        nobody.CopyTo(hardware);
        var message = new DhcpPacket
        {
            Op = BootOp.Request, TransactionId = transaction, Seconds = seconds, Flags = DhcpPacket.BroadcastFlag, HardwareAddress = hardware,
            Options = new DhcpOptions(
            [
                DhcpOption.Of(OptionCode.MessageType, (byte)DhcpMessageType.Discover), new DhcpOption(OptionCode.ParameterRequestList, Wanted),
                DhcpOption.Of(OptionCode.VendorClass, "PXEClient:Arch:00007:UNDI:003016"), DhcpOption.Of(OptionCode.ClientArchitecture, (ushort)7),
            ]),
        };
        var octets = new byte[1024];
        DhcpWriter.TryWrite(message, octets, out var length);
        var frame = new byte[EthernetLength + Ipv4UdpPacket.HeaderLength + length];
        Ethernet(frame, own, 0x0800);
        Ipv4UdpPacket.Write(frame.AsSpan(EthernetLength), Ipv4Address.Any, ClientPort, Ipv4Address.Broadcast, ServerPort, octets.AsSpan(0, length));
        return frame;
    }

    /// <summary>An ARP probe (RFC 5227 §2.1.1): its sender's address is 0.0.0.0, because a host that has ours would not answer us under it.</summary>
    private static byte[] Probe(MacAddress own, Ipv4Address wanted)
    {
        var frame = new byte[ArpLength];
        Ethernet(frame, own, 0x0806);
        // Ethernet, IPv4, lengths 6 and 4, operation 1 asks; then sender and target
        ((ReadOnlySpan<byte>)[0, 1, 8, 0, 6, 4, 0, 1]).CopyTo(frame.AsSpan(14));
        own.CopyTo(frame.AsSpan(22));
        wanted.CopyTo(frame.AsSpan(38));
        return frame;
    }

    private static void Ethernet(Span<byte> frame, MacAddress from, ushort type)
    {
        frame[..MacAddress.Length].Fill(0xff);
        from.CopyTo(frame[MacAddress.Length..]);
        BinaryPrimitives.WriteUInt16BigEndian(frame[12..], type);
    }

    private static MacAddress RandomMac()
    {
        var octets = RandomNumberGenerator.GetBytes(MacAddress.Length);
        octets[0] = (byte)(octets[0] & 0xfc | 0x02); // locally administered, of one host (IEEE 802)
        return MacAddress.FromOctets(octets);
    }

    private static PacketFilter Filter() => new PacketFilter()
        .LoadHalf(12).IfEqual(0x0806, "wanted").IfEqual(0x0800, "v4").Return(0)
        .At("v4").LoadHalf(20).IfAnyBit(0x1fff, "none").LoadByte(23).IfEqual(17, "udp").Return(0)
        .At("udp").LoadHeaderLength(14).LoadHalfAtX(16).IfEqual(ClientPort, "wanted")
        .At("none").Return(0)
        .At("wanted").Return(1600);
}
