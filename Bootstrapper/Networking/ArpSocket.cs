using System.Buffers.Binary;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Sextant.Primitives;

namespace Sextant.Networking;

/// <summary>ARP on one interface (packet(7), SOCK_DGRAM): asks who has an address, and hears what everybody on the segment says. One thread at a time.</summary>
public sealed class ArpSocket : IDisposable
{
    private const int LinkAddressLength = 20;
    private const ushort EthernetArp = 0x0806;

    private readonly MacAddress own;
    private readonly SocketAddress everyone;
    private readonly byte[] received = new byte[64];

    /// <summary>Opens the socket on an interface of the calling thread's network namespace.</summary>
    /// <exception cref="ListenException">The interface does not exist, or the process may not open packet sockets.</exception>
    public ArpSocket(string networkInterface)
    {
        var index = InterfaceSocket.IndexOf(networkInterface);
        own = HardwareAddressOf(networkInterface);
        // struct sockaddr_ll: family, protocol (network order), ifindex, hatype, pkttype, halen, addr[8].
        everyone = new SocketAddress(AddressFamily.Packet, LinkAddressLength);
        var octets = everyone.Buffer.Span;
        BinaryPrimitives.WriteUInt16BigEndian(octets[2..], EthernetArp);
        BitConverter.TryWriteBytes(octets[4..], index);
        octets[11] = MacAddress.Length;
        octets.Slice(12, MacAddress.Length).Fill(0xff);
        Socket? opened = null;
        try
        {
            // Protocol 0 until it is bound, so that it never hears other interfaces.
            opened = new Socket(AddressFamily.Packet, SocketType.Dgram, 0) { Blocking = false };
            opened.Bind(new LinkEndPoint(everyone));
            Socket = opened;
        }
        catch (SocketException refused)
        {
            opened?.Dispose();
            throw new ListenException($"ARP cannot be spoken on {networkInterface}: {refused.Message}. Run as root or with CAP_NET_RAW.", refused);
        }
    }

    /// <summary>The socket, to wait on.</summary>
    public Socket Socket { get; }

    /// <summary>Asks whether anybody has the address (RFC 5227 §2.1.1).</summary>
    public void Probe(Ipv4Address address)
    {
        Span<byte> octets = stackalloc byte[ArpPacket.Length];
        ArpPacket.Probe(own, address).Write(octets);
        Socket.SendTo(octets, SocketFlags.None, everyone);
    }

    /// <summary>The next claim to an address that somebody else has made; null when none waits.</summary>
    public (Ipv4Address Address, MacAddress By)? TryReceive()
    {
        while (Socket.Available > 0)
        {
            var length = Socket.Receive(received);
            if (ArpPacket.TryRead(received.AsSpan(0, length), out var packet) && packet.SenderMac != own && packet.Claim is { } claim) return claim;
        }
        return null;
    }

    /// <inheritdoc/>
    public void Dispose() => Socket.Dispose();

    private static MacAddress HardwareAddressOf(string networkInterface) =>
        NetworkInterface.GetAllNetworkInterfaces().FirstOrDefault(candidate => candidate.Name == networkInterface)?.GetPhysicalAddress().GetAddressBytes() is { Length: MacAddress.Length } octets
            ? MacAddress.FromOctets(octets)
            : throw new ListenException($"{networkInterface} is no Ethernet interface: it has no MAC address. Set bootstrapper.interface.");

    private sealed class LinkEndPoint(SocketAddress address) : EndPoint
    {
        public override AddressFamily AddressFamily => AddressFamily.Packet;

        public override SocketAddress Serialize() => address;
    }
}
