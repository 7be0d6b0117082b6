using System.Buffers.Binary;
using System.Net.Sockets;

namespace Sextant.Transfers;

/// <summary>
/// How long a peer may take nothing of what it asked for. What counts is what its TCP acknowledged: a slow peer is waited for, one that stopped
/// reading does not keep its place in the <see cref="TransferGate"/>.
/// </summary>
/// <param name="Acknowledged">Octets acknowledged when it was last looked at.</param>
/// <param name="Since">Since when that number stands.</param>
public readonly record struct PeerPatience(long Acknowledged, DateTimeOffset Since)
{
    /// <summary>The longest time without an acknowledgement.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    private const int TcpLevel = 6; // IPPROTO_TCP
    private const int TcpInfo = 11; // TCP_INFO
    private const int AcknowledgedAt = 120; // tcpi_bytes_acked in struct tcp_info, linux/tcp.h

    /// <summary>What is known after another look.</summary>
    public PeerPatience Look(long acknowledged, DateTimeOffset now) => acknowledged == Acknowledged ? this : new PeerPatience(acknowledged, now);

    /// <summary>Whether the peer had its time.</summary>
    public bool IsOver(DateTimeOffset now) => now - Since >= Limit;

    /// <summary>Looks at a connection every few seconds until the result is disposed; calls <paramref name="giveUp"/> when patience is over.</summary>
    /// <param name="socket">The connection's socket; nothing is watched where it is null or no TCP socket of Linux.</param>
    /// <param name="time">Clock.</param>
    /// <param name="giveUp">Ends the transfer. May be called more than once.</param>
    internal static IDisposable? Watch(Socket? socket, TimeProvider time, Action giveUp)
    {
        if (socket is not { ProtocolType: ProtocolType.Tcp } || AcknowledgedBy(socket) is not { } first) return null;
        var patience = new PeerPatience(first, time.GetUtcNow());
        return time.CreateTimer(_ =>
        {
            if (AcknowledgedBy(socket) is not { } acknowledged) return;
            var now = time.GetUtcNow();
            patience = patience.Look(acknowledged, now);
            if (patience.IsOver(now)) giveUp();
        }, null, Period, Period);
    }

    /// <summary>Octets the peer acknowledged on this connection (TCP_INFO); null when the kernel does not tell.</summary>
    internal static long? AcknowledgedBy(Socket socket)
    {
        if (!OperatingSystem.IsLinux()) return null;
        Span<byte> answer = stackalloc byte[AcknowledgedAt + sizeof(long)];
        try
        {
            return socket.GetRawSocketOption(TcpLevel, TcpInfo, answer) == answer.Length
                ? BitConverter.IsLittleEndian ? BinaryPrimitives.ReadInt64LittleEndian(answer[AcknowledgedAt..]) : BinaryPrimitives.ReadInt64BigEndian(answer[AcknowledgedAt..])
                : null;
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            return null;
        }
    }
}
