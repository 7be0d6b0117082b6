using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Sextant.Networking;

/// <summary>A frame that was heard.</summary>
/// <param name="Length">Octets of it that were received.</param>
/// <param name="Outgoing">Whether this machine sent it.</param>
/// <param name="At">When it passed by the kernel's clock, to 100 ns; null when the kernel does not say.</param>
public readonly record struct HeardFrame(int Length, bool Outgoing, DateTimeOffset? At);

/// <summary>
/// Hears the frames of one interface (packet(7), SOCK_RAW), those this machine sends included, as far as a filter in the kernel lets them pass; and sends
/// frames. For one thread.
/// </summary>
public sealed class PacketTap : IDisposable
{
    private const int SolSocket = 1, SoAttachFilter = 26;
    private const int SolPacket = 263, PacketAddMembership = 1, PacketStatistics = 6, AllMulticast = 2;
    private const ushort EveryProtocol = 0x0003;
    private const byte PacketOutgoing = 4;
    private const int PacketTypeOffset = 10, AddressLength = 20;

    private readonly Socket socket;
    private readonly SocketAddress from = new(AddressFamily.Packet, AddressLength);
    private long dropped;

    /// <summary>Begins to listen on one interface, of the calling thread's network namespace.</summary>
    /// <param name="networkInterface">The interface's name.</param>
    /// <param name="filter">Which frames are wanted, and how much of each.</param>
    /// <param name="buffer">Octets that may wait in the kernel.</param>
    /// <exception cref="ListenException">The interface does not exist, or the process may not open packet sockets.</exception>
    public PacketTap(string networkInterface, PacketFilter filter, int buffer)
    {
        var index = InterfaceSocket.IndexOf(networkInterface);
        try
        {
            // Protocol 0 receives nothing: nothing unfiltered gets in before the filter is there.
            socket = new Socket(AddressFamily.Packet, SocketType.Raw, 0);
        }
        catch (SocketException refused)
        {
            throw new ListenException($"Frames of {networkInterface} cannot be heard: {refused.Message}. Run as root or with CAP_NET_RAW.", refused);
        }
        try
        {
            socket.ReceiveBufferSize = buffer;
            Attach(filter.Assemble());
            ArrivalStamps.Ask(socket);
            // What is sent to groups nobody joined here, IPv6's all routers for one, would be dropped by the network card.
            Span<byte> membership = stackalloc byte[16];
            membership.Clear();
            BitConverter.TryWriteBytes(membership, index);
            BitConverter.TryWriteBytes(membership[4..], (ushort)AllMulticast);
            socket.SetRawSocketOption(SolPacket, PacketAddMembership, membership);
            socket.Bind(new LinkEndPoint(index, EveryProtocol));
        }
        catch (SocketException refused)
        {
            socket.Dispose();
            throw new ListenException($"Frames of {networkInterface} cannot be heard: {refused.Message}.", refused);
        }
    }

    /// <summary>Frames that came while the buffer was full, since the start.</summary>
    public long Dropped
    {
        get
        {
            // struct tpacket_stats: packets, drops; reading it sets both to zero.
            Span<byte> counts = stackalloc byte[8];
            socket.GetRawSocketOption(SolPacket, PacketStatistics, counts);
            return Interlocked.Add(ref dropped, BitConverter.ToUInt32(counts[4..]));
        }
    }

    /// <summary>Waits for a frame.</summary>
    /// <returns>False when none came in time.</returns>
    public bool Wait(TimeSpan time) => socket.Poll(time, SelectMode.SelectRead);

    /// <summary>Receives a frame that waits, or as much of it as was wanted and fits.</summary>
    /// <param name="frame">Where it goes, from the Ethernet header on.</param>
    /// <returns>What is known of it; null when none waits.</returns>
    /// <exception cref="SocketException">Receiving failed: the interface is down, for one.</exception>
    public HeardFrame? TryReceive(Span<byte> frame) =>
        ArrivalStamps.TryReceive(socket, frame, from, out var at) is { } length ? new HeardFrame(length, from.Buffer.Span[PacketTypeOffset] == PacketOutgoing, at) : null;

    /// <summary>Sends a frame as it is.</summary>
    public void Send(ReadOnlySpan<byte> frame) => socket.Send(frame);

    /// <inheritdoc/>
    public void Dispose() => socket.Dispose();

    private unsafe void Attach(byte[] program)
    {
        fixed (byte* first = program)
        {
            // struct sock_fprog: the number of instructions, and where they are.
            Span<byte> described = stackalloc byte[2 * sizeof(nint)];
            described.Clear();
            BitConverter.TryWriteBytes(described, (ushort)(program.Length / 8));
            BitConverter.TryWriteBytes(described[sizeof(nint)..], (nint)first);
            socket.SetRawSocketOption(SolSocket, SoAttachFilter, described);
        }
    }

    /// <summary>struct sockaddr_ll as far as bind(2) looks at it: family, protocol in network order, interface.</summary>
    private sealed class LinkEndPoint(int index, ushort protocol) : EndPoint
    {
        public override AddressFamily AddressFamily => AddressFamily.Packet;

        public override SocketAddress Serialize()
        {
            var address = new SocketAddress(AddressFamily.Packet, AddressLength);
            BinaryPrimitives.WriteUInt16BigEndian(address.Buffer.Span[2..], protocol);
            BitConverter.TryWriteBytes(address.Buffer.Span[4..], index);
            return address;
        }
    }
}
