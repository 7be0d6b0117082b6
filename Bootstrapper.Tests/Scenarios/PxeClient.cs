using System.Net;
using System.Net.Sockets;
using Sextant.Dhcp.Wire;
using Sextant.Primitives;
using Sextant.Tests.Dhcp;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Scenarios;

/// <summary>
/// A boot client at the level of packets that takes its address from one server and its boot file from another (PXE 2.1 §2.2): the offer with an address is the
/// server's, the one without is the proxy's.
/// </summary>
internal sealed class PxeClient(Segment segment, MacAddress mac) : IDisposable
{
    private const string Interface = "peer0";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly Socket link = segment.OnClientHost(() => RawLink.Open(Interface, RawLink.EveryProtocol));
    private uint transaction = 0x51000000;

    /// <summary>Looks for servers until both have answered.</summary>
    public (DhcpPacket Server, DhcpPacket Proxy) Discover(DhcpOption[] client)
    {
        DhcpPacket? server = null, proxy = null;
        Ask(Says.Message(mac, DhcpMessageType.Discover, client, flags: DhcpPacket.BroadcastFlag), reply =>
        {
            if (TypeOf(reply) is not DhcpMessageType.Offer) throw new InvalidDataException(reply.Summary());
            if (reply.YourAddress.IsAny) proxy = reply;
            else server = reply;
            return server is not null && proxy is not null;
        });
        return (server!, proxy!);
    }

    /// <summary>Looks for the one server there is.</summary>
    public DhcpPacket DiscoverServer(DhcpOption[] client)
    {
        DhcpPacket? offer = null;
        Ask(Says.Message(mac, DhcpMessageType.Discover, client, flags: DhcpPacket.BroadcastFlag), reply => (offer = reply) is not null);
        return offer!;
    }

    /// <summary>Looks for so many servers that offer an address, and gives their offers.</summary>
    public IReadOnlyDictionary<Ipv4Address, DhcpPacket> DiscoverServers(int count, DhcpOption[] client)
    {
        var offers = new Dictionary<Ipv4Address, DhcpPacket>();
        Ask(Says.Message(mac, DhcpMessageType.Discover, client, flags: DhcpPacket.BroadcastFlag), reply =>
        {
            reply.Options.Read(OptionCode.ServerIdentifier, out Ipv4Address server);
            offers[server] = reply;
            return offers.Count == count;
        });
        return offers;
    }

    /// <summary>Takes the server's address and puts it on the interface.</summary>
    public Ipv4Address Take(DhcpPacket offer, DhcpOption[] client)
    {
        offer.Options.Read(OptionCode.ServerIdentifier, out Ipv4Address server);
        DhcpPacket? ack = null;
        Ask(Says.Message(mac, DhcpMessageType.Request,
            [DhcpOption.Of(OptionCode.ServerIdentifier, server), DhcpOption.Of(OptionCode.RequestedAddress, offer.YourAddress), .. client], flags: DhcpPacket.BroadcastFlag), reply =>
        {
            reply.Options.Read(OptionCode.ServerIdentifier, out Ipv4Address from);
            if (from != server || TypeOf(reply) is not DhcpMessageType.Ack) throw new InvalidDataException($"after the other server's offer: {reply.Summary()}");
            ack = reply;
            return true;
        });
        segment.ConfigureClient("address", "flush", "dev", Interface);
        segment.AddClientAddress($"{ack!.YourAddress}/24");
        return ack.YourAddress;
    }

    /// <summary>Asks the boot service, as EDK2 and PXE ROMs do: by unicast, from port 68.</summary>
    public DhcpPacket AskBootService(Ipv4Address server, Ipv4Address own, DhcpMessageType type, params DhcpOption[] client)
    {
        using var socket = segment.OnClientHost(() =>
        {
            var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = (int)Patience.TotalMilliseconds };
            udp.Bind(new IPEndPoint(own.ToIPAddress(), 68));
            return udp;
        });
        var octets = new byte[1500];
        DhcpWriter.TryWrite(Says.Message(mac, type, client, client: own), octets, out var length);
        socket.SendTo(octets.AsSpan(0, length), new IPEndPoint(server.ToIPAddress(), 4011));
        EndPoint from = new IPEndPoint(IPAddress.Any, 0);
        length = socket.ReceiveFrom(octets, ref from);
        if (from is not IPEndPoint { Port: 4011 } || !DhcpReader.TryRead(octets.AsSpan(0, length), out var ack, out _)) throw new InvalidDataException($"no boot service's answer from {from}");
        return ack;
    }

    public void Dispose() => link.Dispose();

    private void Ask(DhcpPacket message, Func<DhcpPacket, bool> isDone)
    {
        var id = ++transaction;
        var octets = new byte[1500];
        DhcpWriter.TryWrite(message, octets, out var length);
        new[] { (byte)(id >> 24), (byte)(id >> 16), (byte)(id >> 8), (byte)id }.CopyTo(octets, 4);
        var deadline = DateTime.UtcNow + Patience;
        var frame = new byte[2048];
        for (var next = DateTime.MinValue; DateTime.UtcNow < deadline;)
        {
            if (DateTime.UtcNow >= next)
            {
                RawLink.SendDhcp(link, mac, octets.AsSpan(0, length));
                next = DateTime.UtcNow + TimeSpan.FromSeconds(4);
            }
            if (!link.Poll(TimeSpan.FromMilliseconds(200), SelectMode.SelectRead)) continue;
            var size = link.Receive(frame);
            if (Pcap.Udp(default, frame[..size]) is not { SourcePort: 67, DestinationPort: 68 } datagram) continue;
            if (DhcpReader.TryRead(datagram.Payload, out var reply, out _) && reply.TransactionId == id && isDone(reply)) return;
        }
        throw new TimeoutException("not every server answered");
    }

    private static DhcpMessageType TypeOf(DhcpPacket packet)
    {
        packet.Options.Read(out DhcpMessageType type);
        return type;
    }
}
