using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Sextant.Networking;
using Sextant.Primitives;

namespace Sextant.Dns.Server;

/// <summary>Accepts TCP connections, a bounded number of them in all and of each address.</summary>
/// <param name="listener">The listening socket.</param>
/// <param name="answer">Answers a message of a connection.</param>
/// <param name="log">The log.</param>
public sealed class DnsListener(Socket listener, Action<DnsConnection, ReadOnlyMemory<byte>> answer, ILogger log)
{
    /// <summary>Connections in all.</summary>
    public const int Limit = 512;

    /// <summary>Connections of one address.</summary>
    public const int AddressLimit = 64;

    private readonly ConcurrentDictionary<DnsConnection, Task> connections = new();
    private readonly ConcurrentDictionary<Ipv4Address, int> byAddress = new();

    /// <summary>Accepts until it is stopped, and waits for the connections to end.</summary>
    /// <param name="address">Where it listens, for the log.</param>
    /// <param name="stopping">Ends it.</param>
    public async Task RunAsync(Ipv4Address address, CancellationToken stopping)
    {
        await AcceptLoop.RunAsync(listener, socket => Serve(socket, stopping), failure => DnsLog.AcceptFailed(log, failure, address), stopping);
        await Task.WhenAll(connections.Values);
    }

    private void Serve(Socket socket, CancellationToken stopping)
    {
        if (socket.RemoteEndPoint is not IPEndPoint remote || Ipv4Address.FromIPAddress(remote.Address) is not { } address
            || connections.Count >= Limit || byAddress.GetValueOrDefault(address) >= AddressLimit)
        {
            socket.Dispose();
            return;
        }
        socket.NoDelay = true;
        byAddress.AddOrUpdate(address, 1, (_, count) => count + 1);
        DnsMetrics.Connections(1);
        var connection = new DnsConnection(socket, new DnsClient(address, remote.Port, IsTcp: true), answer);
        var serving = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        connections[connection] = serving.Task;
        _ = Task.Run(async () =>
        {
            try
            {
                DnsLog.ConnectionEnded(log, address, await connection.ServeAsync(stopping));
            }
            catch (Exception failure)
            {
                DnsLog.HandlingFailed(log, failure, address, "");
            }
            finally
            {
                connections.TryRemove(connection, out _);
                if (byAddress.AddOrUpdate(address, 0, (_, count) => count - 1) == 0) byAddress.TryRemove(new KeyValuePair<Ipv4Address, int>(address, 0));
                DnsMetrics.Connections(-1);
                serving.SetResult();
            }
        }, CancellationToken.None);
    }
}
