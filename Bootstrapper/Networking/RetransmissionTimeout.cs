using System.Net.Sockets;

namespace Sextant.Networking;

/// <summary>
/// The longest retransmission timeout (RTO, RFC 6298) of a TCP connection: how long the kernel waits, at most, before it sends again what the peer has not acknowledged. Its own
/// limit is two minutes, for peers on other continents; a machine that boots is in the same building, and a second of silence means that frames were lost. iPXE needs the
/// limit: it echoes the time stamp of the segment before (RFC 7323 section 4.3 wants that of the last one), so after a loss the kernel takes its own timeout for the round
/// trip, and never makes a shorter one again.
/// </summary>
public static class RetransmissionTimeout
{
    private const int IpProtocolTcp = 6, TcpRtoMaxMilliseconds = 44; // include/uapi/linux/tcp.h, since Linux 6.15

    /// <summary>The limit: the shortest that the kernel takes.</summary>
    public static TimeSpan Longest { get; } = TimeSpan.FromSeconds(1);

    /// <summary>Gives a socket the limit; what a listening socket accepts from then on has it, too. An older kernel keeps its own.</summary>
    /// <param name="socket">A TCP socket.</param>
    public static void Limit(Socket socket)
    {
        try
        {
            socket.SetRawSocketOption(IpProtocolTcp, TcpRtoMaxMilliseconds, BitConverter.GetBytes((int)Longest.TotalMilliseconds));
        }
        catch (SocketException)
        {
            // Not known to this kernel.
        }
    }

    /// <summary>A socket's limit; null when the kernel knows none.</summary>
    /// <param name="socket">A TCP socket.</param>
    public static TimeSpan? Of(Socket socket)
    {
        Span<byte> milliseconds = stackalloc byte[sizeof(int)];
        try
        {
            socket.GetRawSocketOption(IpProtocolTcp, TcpRtoMaxMilliseconds, milliseconds);
            return TimeSpan.FromMilliseconds(BitConverter.ToInt32(milliseconds));
        }
        catch (SocketException)
        {
            return null;
        }
    }
}
