using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Sextant.Lab;

/// <summary>
/// Lets the host see the status page of a rack whose network it is not on: connections to a TCP port of 127.0.0.1 are carried to the bootstrapper's
/// HTTP port, octet by octet. It looks into nothing, so that event streams pass as they are. It leads to the port on the rack's network and not to the
/// operator's Unix socket, which would make an operator of every user and every web page on the host.
/// </summary>
/// <param name="port">The TCP port of 127.0.0.1; 0 takes a free one.</param>
/// <param name="target">Where connections are carried to.</param>
/// <param name="createSocket">Makes a TCP socket on the network of <paramref name="target"/>.</param>
/// <param name="isWanted">False once there is no rack any more; a forwarder never outlives its rack.</param>
public sealed class HttpForwarder(int port, IPEndPoint target, Func<Socket> createSocket, Func<bool> isWanted) : IDisposable
{
    private static readonly TimeSpan RackCheck = TimeSpan.FromSeconds(1);

    private static readonly byte[] NotRunning = Encoding.ASCII.GetBytes(
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nConnection: close\r\nRetry-After: 2\r\n\r\n"
        + "The bootstrapper of this rack does not run. Start it with: sextant lab bootstrapper start\n");

    private readonly TcpListener listener = new(IPAddress.Loopback, port);

    /// <summary>Opens the port.</summary>
    /// <exception cref="SocketException">It is taken.</exception>
    public void Start() => listener.Start();

    /// <summary>The port that is open; differs from the one asked for when that was 0.</summary>
    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>Carries connections until cancelled, or until nobody wants it.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var unwanted = WaitUntilUnwantedAsync(ended.Token);
        var connections = AcceptAsync(ended.Token);
        await Task.WhenAny(unwanted, connections);
        await ended.CancelAsync();
        await connections;
    }

    /// <inheritdoc/>
    public void Dispose() => listener.Dispose();

    private async Task AcceptAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                _ = CarryAsync(await listener.AcceptSocketAsync(cancellation), cancellation);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task CarryAsync(Socket client, CancellationToken cancellation)
    {
        using (client)
        {
            try
            {
                using var server = await ConnectAsync(cancellation);
                if (server is null) await RefuseAsync(client, cancellation);
                else await Task.WhenAll(CopyAsync(client, server, cancellation), CopyAsync(server, client, cancellation));
            }
            catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException)
            {
                // One side went away; closing both tells the other.
            }
        }
    }

    private async Task<Socket?> ConnectAsync(CancellationToken cancellation)
    {
        try
        {
            var server = createSocket();
            try
            {
                await server.ConnectAsync(target, cancellation);
                return server;
            }
            catch
            {
                server.Dispose();
                throw;
            }
        }
        catch (Exception exception) when (exception is SocketException or LabException)
        {
            return null;
        }
    }

    // The request is read first: closing with octets unread would reset the connection before the answer is seen (RFC 9293, 3.10.4).
    private static async Task RefuseAsync(Socket client, CancellationToken cancellation)
    {
        _ = await client.ReceiveAsync(new byte[16 * 1024], cancellation);
        await client.SendAsync(NotRunning, cancellation);
        client.Shutdown(SocketShutdown.Send);
    }

    private static async Task CopyAsync(Socket from, Socket to, CancellationToken cancellation)
    {
        var buffer = new byte[64 * 1024];
        int length;
        while ((length = await from.ReceiveAsync(buffer, cancellation)) > 0)
        {
            for (var sent = 0; sent < length;) sent += await to.SendAsync(buffer.AsMemory(sent, length - sent), cancellation);
        }
        to.Shutdown(SocketShutdown.Send);
    }

    private async Task WaitUntilUnwantedAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(RackCheck);
        try
        {
            while (isWanted()) await timer.WaitForNextTickAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            // The forwarder ends for another reason.
        }
    }
}
