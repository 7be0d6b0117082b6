using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Sextant.Networking;
using Sextant.Primitives;
using Sextant.Syslog.Wire;

namespace Sextant.Syslog.Server;

/// <summary>Takes a message.</summary>
/// <param name="transport">Over what it came.</param>
/// <param name="octets">The message.</param>
/// <param name="from">The address it comes from.</param>
internal delegate void TakeMessage(SyslogTransport transport, ReadOnlySpan<byte> octets, Ipv4Address from);

/// <summary>
/// Syslog over TCP (RFC 6587): a bounded number of connections in all and of each address, each of which may be silent for as long as it likes: senders keep theirs open.
/// </summary>
internal sealed partial class SyslogStreams(Socket listener, TakeMessage take, ILogger log)
{
    /// <summary>Octets of the longest message.</summary>
    public const int LongestMessage = SyslogFrames.LongestMessage;

    /// <summary>Connections in all.</summary>
    public const int Limit = 2048;

    /// <summary>Connections of one address.</summary>
    public const int AddressLimit = 4;

    private readonly ConcurrentDictionary<Task, Ipv4Address> connections = new();

    /// <summary>Accepts until it is stopped, and waits for the connections to end.</summary>
    /// <param name="address">Where it listens, for the log.</param>
    /// <param name="stopping">Ends it.</param>
    public async Task RunAsync(Ipv4Address address, CancellationToken stopping)
    {
        await AcceptLoop.RunAsync(listener, socket => Serve(socket, stopping), failure => LogAcceptFailed(address, failure), stopping);
        await Task.WhenAll(connections.Keys);
    }

    private void Serve(Socket socket, CancellationToken stopping)
    {
        if (socket.RemoteEndPoint is not IPEndPoint remote || Ipv4Address.FromIPAddress(remote.Address) is not { } from
            || connections.Count >= Limit || connections.Values.Count(other => other == from) >= AddressLimit)
        {
            SyslogMetrics.Refused(SyslogRefusal.TooManyConnections);
            socket.Dispose();
            return;
        }
        SyslogMetrics.Connections(1);
        var reading = new Task<Task>(() => ReadAsync(socket, from, stopping));
        var served = reading.Unwrap();
        connections[served] = from;
        _ = served.ContinueWith(
            ended =>
            {
                connections.TryRemove(ended, out _);
                SyslogMetrics.Connections(-1);
            },
            CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        reading.Start(TaskScheduler.Default);
    }

    private async Task ReadAsync(Socket socket, Ipv4Address from, CancellationToken stopping)
    {
        using var _ = socket;
        var frames = new SyslogFrames();
        try
        {
            while (await socket.ReceiveAsync(frames.Room(), SocketFlags.None, stopping) is > 0 and var count)
            {
                frames.Filled(count);
                while (frames.TryTake(out var message)) take(SyslogTransport.Tcp, message, from);
                if (!frames.IsBroken) continue;
                SyslogMetrics.Refused(SyslogRefusal.TooLong);
                return;
            }
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The sender is gone, or the service stops; what came is kept.
        }
        if (!frames.Rest.IsEmpty) take(SyslogTransport.Tcp, frames.Rest, from);
    }

    [LoggerMessage(EventId = 1804, Level = LogLevel.Warning, Message = "accepting TCP connections on {Address} port 514 failed; trying again")]
    private partial void LogAcceptFailed(Ipv4Address address, Exception failure);
}
