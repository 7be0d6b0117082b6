using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Sextant.Networking;
using Sextant.Primitives;

namespace Sextant.Tests.TestKit;

/// <summary>Whole Ethernet frames on an interface (packet(7)), for clients that have no address yet, or have thousands.</summary>
internal static class RawLink
{
    /// <summary>ETH_P_ALL: every protocol.</summary>
    public const ushort EveryProtocol = 3;

    /// <summary>ETH_P_ARP.</summary>
    public const ushort Arp = 0x0806;

    /// <summary>Octets of an Ethernet header.</summary>
    public const int HeaderLength = 14;

    /// <summary>A socket that sees and sends the interface's frames of one protocol, in the calling thread's namespace.</summary>
    public static Socket Open(string networkInterface, ushort protocol)
    {
        // In network order, as everywhere in packet(7).
        var wireOrder = BinaryPrimitives.ReverseEndianness(protocol);
        var socket = new Socket(AddressFamily.Packet, SocketType.Raw, (ProtocolType)wireOrder) { ReceiveTimeout = 5000 };
        socket.Bind(new LinkEndPoint(wireOrder, InterfaceSocket.IndexOf(networkInterface)));
        return socket;
    }

    /// <summary>Broadcasts a DHCP client's message from 0.0.0.0:68, in the name of a MAC address.</summary>
    public static void SendDhcp(Socket socket, MacAddress from, ReadOnlySpan<byte> message)
    {
        var frame = new byte[HeaderLength + Ipv4UdpPacket.HeaderLength + message.Length];
        frame.AsSpan(0, MacAddress.Length).Fill(0xff);
        from.CopyTo(frame.AsSpan(MacAddress.Length));
        frame[12] = 8;
        Ipv4UdpPacket.Write(frame.AsSpan(HeaderLength), Ipv4Address.Any, 68, Ipv4Address.Broadcast, 67, message);
        socket.Send(frame);
    }

    /// <summary>struct sockaddr_ll: a protocol on one interface.</summary>
    private sealed class LinkEndPoint(ushort protocol, int index) : EndPoint
    {
        public override AddressFamily AddressFamily => AddressFamily.Packet;

        public override SocketAddress Serialize()
        {
            var address = new SocketAddress(AddressFamily.Packet, 20);
            BitConverter.TryWriteBytes(address.Buffer.Span[2..], protocol);
            BitConverter.TryWriteBytes(address.Buffer.Span[4..], index);
            return address;
        }
    }
}
