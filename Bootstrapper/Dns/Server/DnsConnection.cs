using System.Buffers.Binary;
using System.Net.Sockets;
using System.Threading.Channels;
using Sextant.Dns.Wire;

namespace Sextant.Dns.Server;

/// <summary>
/// One client's TCP connection (RFC 7766): any number of queries, each answered when its answer is there and not in the order of asking (§6.2.1.1). It ends
/// when the client closes it, is silent for too long, sends a message in small pieces for too long, or takes no answers.
/// </summary>
/// <param name="socket">The connection.</param>
/// <param name="client">Who.</param>
/// <param name="answer">Answers a message; a reply that comes later is sent by whoever has it.</param>
public sealed class DnsConnection(Socket socket, DnsClient client, Action<DnsConnection, ReadOnlyMemory<byte>> answer)
{
    /// <summary>How long a connection may be silent (RFC 7766 §6.2.3 asks for seconds), or a message may take to be whole, or an answer to be taken.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Answers that wait to be taken; a client that leaves more is no longer served.</summary>
    private const int WaitingLimit = 1024;

    private readonly Channel<byte[]> replies = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(WaitingLimit) { SingleReader = true });
    private int awaited;

    /// <summary>Who.</summary>
    public DnsClient Client => client;

    /// <summary>Serves until it ends; says why it did.</summary>
    /// <param name="stopping">Ends it.</param>
    public async Task<string> ServeAsync(CancellationToken stopping)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var sending = SendAllAsync(ending);
        try
        {
            return await ReceiveAllAsync(ending.Token);
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            return failure is OperationCanceledException ? "too slow or stopped" : failure.Message;
        }
        finally
        {
            replies.Writer.TryComplete();
            await sending;
            socket.Dispose();
        }
    }

    /// <summary>A reply that comes later. From any thread; does not wait.</summary>
    public void Expect() => Interlocked.Increment(ref awaited);

    /// <summary>Sends a reply. From any thread; does not wait.</summary>
    /// <param name="reply">The octets.</param>
    /// <param name="isAwaited">Whether <see cref="Expect"/> announced it.</param>
    public void Send(ReadOnlySpan<byte> reply, bool isAwaited)
    {
        var framed = new byte[2 + reply.Length];
        BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)reply.Length);
        reply.CopyTo(framed.AsSpan(2));
        if (!replies.Writer.TryWrite(framed)) replies.Writer.TryComplete();
        if (isAwaited) Interlocked.Decrement(ref awaited);
    }

    private async Task<string> ReceiveAllAsync(CancellationToken ending)
    {
        var frames = new FrameReader();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ending);
        patience.CancelAfter(Patience);
        while (true)
        {
            var count = await socket.ReceiveAsync(frames.Room(), SocketFlags.None, patience.Token);
            if (count == 0)
            {
                // Half a connection is enough for the answers that are on their way.
                for (var waited = 0; Volatile.Read(ref awaited) > 0 && waited < Patience.TotalMilliseconds; waited += 20) await Task.Delay(20, ending);
                return "closed by the client";
            }
            frames.Filled(count);
            var whole = false;
            while (frames.TryTake(out var message))
            {
                answer(this, message);
                whole = true;
            }
            if (whole) patience.CancelAfter(Patience);
            if (replies.Reader.Completion.IsCompleted) return "the client takes no answers";
        }
    }

    private async Task SendAllAsync(CancellationTokenSource ending)
    {
        try
        {
            List<ArraySegment<byte>> waiting = [];
            while (await replies.Reader.WaitToReadAsync())
            {
                waiting.Clear();
                while (waiting.Count < 64 && replies.Reader.TryRead(out var reply)) waiting.Add(reply);
                // A stream socket sends all of a list or fails.
                await socket.SendAsync(waiting, SocketFlags.None).WaitAsync(Patience, ending.Token);
            }
            // Answered and done, or no longer served.
            if (!socket.SafeHandle.IsClosed) socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException or OperationCanceledException or TimeoutException)
        {
            await ending.CancelAsync();
        }
    }
}
