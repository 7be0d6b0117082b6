using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Sextant.Dns.Wire;
using Sextant.Primitives;

namespace Sextant.Dns.Server;

/// <summary>
/// The sockets of queries to upstreams: each query has one of its own, so that each comes from another port, chosen by the system at random (RFC 5452 §9.2),
/// and takes answers from the upstream's address only. Made and closed by one thread; what arrives is handed to a callback of any thread.
/// </summary>
/// <param name="onReply">Something came: resolution, attempt, octets.</param>
/// <param name="onUnreachable">Nothing can come any more: resolution, attempt.</param>
public sealed class UpstreamSockets(Action<long, int, byte[]> onReply, Action<long, int> onUnreachable) : IDisposable
{
    private const int Port = 53;
    private const int LargestDatagram = 4096;
    private static readonly TimeSpan TcpPatience = TimeSpan.FromSeconds(4);

    private readonly Dictionary<long, List<Socket>> open = [];

    /// <summary>Sends a query.</summary>
    public void Send(long resolution, int attempt, Ipv4Address upstream, bool isTcp, byte[] message)
    {
        // The socket is made on the calling thread, whose network namespace is the one to ask in.
        var socket = isTcp
            ? new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }
            : new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        if (!open.TryGetValue(resolution, out var sockets)) open[resolution] = sockets = [];
        sockets.Add(socket);
        _ = isTcp ? AskByTcpAsync(socket, upstream, resolution, attempt, message) : AskByUdpAsync(socket, upstream, resolution, attempt, message);
    }

    /// <summary>Closes the sockets of a question.</summary>
    public void Close(long resolution)
    {
        if (!open.Remove(resolution, out var sockets)) return;
        foreach (var socket in sockets) socket.Dispose();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var resolution in open.Keys.ToList()) Close(resolution);
    }

    private async Task AskByUdpAsync(Socket socket, Ipv4Address upstream, long resolution, int attempt, byte[] message)
    {
        try
        {
            socket.Connect(new IPEndPoint(upstream.ToIPAddress(), Port));
            socket.Send(message);
            var buffer = new byte[LargestDatagram];
            // What is not an answer does not end the wait: whoever closes the socket does.
            while (true) onReply(resolution, attempt, buffer[..await socket.ReceiveAsync(buffer, SocketFlags.None)]);
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            onUnreachable(resolution, attempt);
        }
    }

    private async Task AskByTcpAsync(Socket socket, Ipv4Address upstream, long resolution, int attempt, byte[] message)
    {
        try
        {
            using var patience = new CancellationTokenSource(TcpPatience);
            await socket.ConnectAsync(new IPEndPoint(upstream.ToIPAddress(), Port), patience.Token);
            var framed = new byte[2 + message.Length];
            BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)message.Length);
            message.CopyTo(framed, 2);
            for (var sent = 0; sent < framed.Length;) sent += await socket.SendAsync(framed.AsMemory(sent), patience.Token);
            var stream = new FrameReader();
            while (true)
            {
                var count = await socket.ReceiveAsync(stream.Room(), SocketFlags.None, patience.Token);
                if (count == 0) throw new SocketException((int)SocketError.ConnectionReset);
                stream.Filled(count);
                if (!stream.TryTake(out var reply)) continue;
                onReply(resolution, attempt, reply.ToArray());
                return;
            }
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            onUnreachable(resolution, attempt);
        }
    }
}
