using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Sextant.Networking;

/// <summary>What the framework's UDP sockets lack.</summary>
public static partial class Datagrams
{
    private const int DoNotWait = 0x40; // MSG_DONTWAIT
    private const int TellWholeLength = 0x20; // MSG_TRUNC
    private const int Interrupted = 4;
    private const int IpLevel = 0, IpMtu = 14;

    /// <summary>
    /// Receives a datagram that is there already (recvfrom(2)). The framework's own call waits, or throws when there is nothing, which is the common
    /// answer to a thread that looks often.
    /// </summary>
    /// <param name="socket">A UDP socket over IPv4.</param>
    /// <param name="buffer">Takes the datagram; what is longer is cut off.</param>
    /// <param name="from">Takes the sender.</param>
    /// <param name="length">The datagram's own length, which may be more than the buffer's.</param>
    /// <returns>False when there is none, or the socket reports an error of an earlier send.</returns>
    public static bool TryReceive(Socket socket, byte[] buffer, SocketAddress from, out int length)
    {
        while (true)
        {
            var size = from.Buffer.Length;
            length = (int)ReceiveFrom(socket.SafeHandle, ref MemoryMarshal.GetArrayDataReference(buffer), buffer.Length, DoNotWait | TellWholeLength, ref MemoryMarshal.GetReference(from.Buffer.Span), ref size);
            if (length >= 0) return true;
            if (Marshal.GetLastPInvokeError() is not Interrupted) return false;
        }
    }

    /// <summary>
    /// The largest IP packet the kernel knows to reach the peer whole, in octets: the route's or interface's MTU, or less after a router on the way has
    /// said so (RFC 1191; IP_MTU of ip(7)). Nothing is sent.
    /// </summary>
    /// <param name="peer">The peer; there need not be a route to it.</param>
    /// <param name="otherwise">The answer when the kernel knows no way to the peer.</param>
    public static int PathMtu(IPEndPoint peer, int otherwise)
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            probe.Connect(peer);
            Span<byte> mtu = stackalloc byte[sizeof(int)];
            return probe.GetRawSocketOption(IpLevel, IpMtu, mtu) == sizeof(int) ? BitConverter.ToInt32(mtu) : otherwise;
        }
        catch (SocketException)
        {
            return otherwise;
        }
    }

    [LibraryImport("libc", EntryPoint = "recvfrom", SetLastError = true)]
    private static partial nint ReceiveFrom(SafeSocketHandle socket, ref byte buffer, nint length, int flags, ref byte from, ref int fromLength);
}
