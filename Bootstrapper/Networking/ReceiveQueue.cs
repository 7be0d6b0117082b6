using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net.Sockets;

namespace Sextant.Networking;

/// <summary>
/// The kernel's receive queue of a service's UDP socket: how long it may become, and how many datagrams were lost because it was full. A rack that is
/// powered on at once fills a queue faster than its service empties it, and what does not fit is dropped without a word.
/// </summary>
public static class ReceiveQueue
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "Sextant.Network";

    /// <summary>The counter's name: datagrams dropped, with the tag <c>service</c>.</summary>
    public const string DropsName = "sextant.udp.receive_drops";

    private const int SolSocket = 1, SoReceiveBufferForce = 33, SoMemoryInfo = 55;
    // include/uapi/linux/sock_diag.h: enum { SK_MEMINFO_RMEM_ALLOC, …, SK_MEMINFO_DROPS, SK_MEMINFO_VARS }
    private const int DropsIndex = 8, MemoryInfoLength = 9 * sizeof(uint);

    private static readonly ConcurrentDictionary<Socket, (string Service, long Seen)> Watched = new();
    private static readonly ConcurrentDictionary<string, long> Ended = new(StringComparer.Ordinal);
    private static readonly Meter Meter = new(MeterName);

    static ReceiveQueue() => Meter.CreateObservableCounter(DropsName, Measure, "{datagram}", "Datagrams the kernel dropped because a service's receive queue was full.");

    /// <summary>Makes the queue as long as the service may need, beyond the system's limit where the process may (SO_RCVBUFFORCE of socket(7)).</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="octets">Octets of payload it should hold; the kernel doubles it for its own book-keeping.</param>
    public static void Enlarge(Socket socket, int octets)
    {
        try
        {
            socket.SetRawSocketOption(SolSocket, SoReceiveBufferForce, BitConverter.GetBytes(octets));
        }
        catch (SocketException)
        {
            // Needs CAP_NET_ADMIN; without it net.core.rmem_max is the limit.
            socket.ReceiveBufferSize = octets;
        }
    }

    /// <summary>Counts the socket's drops for the service until it is closed.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="service">Its service, <c>dhcp</c>: the counter's tag.</param>
    public static void Watch(Socket socket, string service) => Watched[socket] = (service, 0);

    /// <summary>Datagrams dropped so far by the sockets of each service that were watched.</summary>
    public static IReadOnlyDictionary<string, long> Drops()
    {
        var drops = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var (socket, (service, seen)) in Watched)
        {
            if (DropsOf(socket) is { } now)
            {
                Watched.TryUpdate(socket, (service, now), (service, seen));
                drops[service] = drops.GetValueOrDefault(service) + now;
            }
            else if (Watched.TryRemove(socket, out _)) Ended.AddOrUpdate(service, seen, (_, before) => before + seen);
        }
        foreach (var (service, ended) in Ended) drops[service] = drops.GetValueOrDefault(service) + ended;
        return drops;
    }

    /// <summary>Datagrams dropped by one socket (SO_MEMINFO); null when it is closed.</summary>
    public static long? DropsOf(Socket socket)
    {
        Span<byte> info = stackalloc byte[MemoryInfoLength];
        try
        {
            return socket.GetRawSocketOption(SolSocket, SoMemoryInfo, info) == MemoryInfoLength ? BitConverter.ToUInt32(info[(DropsIndex * sizeof(uint))..]) : 0;
        }
        catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
        {
            return null;
        }
    }

    private static IEnumerable<Measurement<long>> Measure() =>
        Drops().Select(drops => new Measurement<long>(drops.Value, new KeyValuePair<string, object?>("service", drops.Key)));
}
