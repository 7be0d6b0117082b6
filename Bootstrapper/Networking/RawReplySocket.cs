using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Sextant.Primitives;

namespace Sextant.Networking;

/// <summary>
/// Sends UDP to a machine that has no address yet: the kernel would ask by ARP, and the machine cannot answer. The packet goes out as a frame to the
/// machine's MAC (packet(7), SOCK_DGRAM: the kernel writes the Ethernet header, we write IP and UDP). One thread at a time.
/// </summary>
public sealed class RawReplySocket : IDisposable
{
    private const int LinkAddressLength = 20;
    private const ushort EthernetIpv4 = 0x0800;

    private readonly Socket socket;
    private readonly SocketAddress link;
    private readonly byte[] frame = new byte[ushort.MaxValue];

    /// <summary>Opens a socket that sends on one interface, of the calling thread's network namespace.</summary>
    /// <exception cref="ListenException">The interface does not exist, or the process may not open packet sockets.</exception>
    public RawReplySocket(string networkInterface)
    {
        var index = InterfaceSocket.IndexOf(networkInterface);
        try
        {
            // Protocol 0: it receives nothing, so nothing piles up in its buffer.
            socket = new Socket(AddressFamily.Packet, SocketType.Dgram, 0);
        }
        catch (SocketException refused)
        {
            throw new ListenException($"Frames cannot be sent on {networkInterface}: {refused.Message}. Run as root or with CAP_NET_RAW.", refused);
        }
        // struct sockaddr_ll: family, protocol (network order), ifindex, hatype, pkttype, halen, addr[8].
        link = new SocketAddress(AddressFamily.Packet, LinkAddressLength);
        var octets = link.Buffer.Span;
        BinaryPrimitives.WriteUInt16BigEndian(octets[2..], EthernetIpv4);
        BitConverter.TryWriteBytes(octets[4..], index);
        octets[11] = MacAddress.Length;
    }

    /// <summary>Sends a datagram to one machine.</summary>
    public void Send(MacAddress mac, Ipv4Address source, ushort sourcePort, Ipv4Address target, ushort targetPort, ReadOnlySpan<byte> payload)
    {
        mac.CopyTo(link.Buffer.Span[12..]);
        Send(source, sourcePort, target, targetPort, payload);
    }

    /// <summary>Sends a datagram to 255.255.255.255.</summary>
    public void Broadcast(Ipv4Address source, ushort sourcePort, ushort targetPort, ReadOnlySpan<byte> payload)
    {
        link.Buffer.Span.Slice(12, MacAddress.Length).Fill(0xff);
        Send(source, sourcePort, Ipv4Address.Broadcast, targetPort, payload);
    }

    /// <inheritdoc/>
    public void Dispose() => socket.Dispose();

    private void Send(Ipv4Address source, ushort sourcePort, Ipv4Address target, ushort targetPort, ReadOnlySpan<byte> payload)
    {
        var length = Ipv4UdpPacket.Write(frame, source, sourcePort, target, targetPort, payload);
        socket.SendTo(frame.AsSpan(0, length), SocketFlags.None, link);
    }
}
