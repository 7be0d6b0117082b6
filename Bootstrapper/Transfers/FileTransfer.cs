using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Win32.SafeHandles;

namespace Sextant.Transfers;

/// <summary>
/// Sends a part of an open file as the body of a response: by sendfile(2) where the connection is not encrypted and the part is long, else through a
/// pooled buffer. What the receiver sees is the same.
/// </summary>
public static class FileTransfer
{
    /// <summary>From so many octets on a transfer is long: it is sent by sendfile(2), and waits for its turn (<see cref="TransferGate"/>).</summary>
    public const long LongLength = 1 << 20;

    private const int BufferLength = 64 << 10;

    /// <summary>The most octets one TLS record holds (RFC 8446 section 5.1). More at once would only wait in memory, several times over for each connection.</summary>
    private const int RecordLength = 16 << 10;

    /// <summary>
    /// Sends <paramref name="count"/> octets from <paramref name="offset"/> on. Status and headers must be set, not sent, with
    /// <c>Content-Length</c> = <paramref name="count"/>; the request is no HEAD.
    /// </summary>
    /// <param name="context">The request.</param>
    /// <param name="file">Open for reading; stays open.</param>
    /// <param name="offset">Where the part begins, in octets.</param>
    /// <param name="count">Its length in octets.</param>
    /// <param name="service">Whose file it is: its octets are counted.</param>
    /// <param name="progress">Told after each piece how many octets of this part were handed to the network so far; null for nobody.</param>
    /// <returns>True when all of it was handed over; false when the peer left or took nothing for <see cref="PeerPatience.Limit"/>, whose connection is then closed.</returns>
    /// <exception cref="IOException">The file cannot be read or is shorter than that; when headers have left, the caller's failure must end the connection.</exception>
    /// <exception cref="OperationCanceledException">The peer left.</exception>
    public static async Task<bool> SendAsync(HttpContext context, SafeFileHandle file, long offset, long count, TransferService service, Action<long>? progress)
    {
        long counted = 0;
        using var patience = count < LongLength ? null : PeerPatience.Watch(context.Features.Get<IConnectionSocketFeature>()?.Socket, TimeProvider.System, context.Abort);
        // Kestrel's own limit gives each flush five seconds, and a flush here is a mebibyte: a link that loses packets would never get past its first.
        if (patience is not null && context.Features.Get<IHttpMinResponseDataRateFeature>() is { } least) least.MinDataRate = null;
        if (count < LongLength || context.Features.Get<SocketOutput>() is not { } output) return await CopyAsync(context, file, offset, count, Sent);
        await context.Response.StartAsync(context.RequestAborted);
        var flushed = await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
        if (flushed.IsCompleted) return Left(context);
        if (!output.TryOpenRegion(file, offset)) return await CopyAsync(context, file, offset, count, Sent);
        bool isComplete;
        try
        {
            isComplete = await SendRegionAsync(context, count, Sent);
        }
        finally
        {
            output.CloseRegion(); // throws what went wrong with the file
        }
        return isComplete || Left(context);

        void Sent(long octets)
        {
            TransferMetrics.Sent(service, octets - counted);
            counted = octets;
            progress?.Invoke(octets);
        }
    }

    private static async Task<bool> SendRegionAsync(HttpContext context, long count, Action<long> progress)
    {
        var writer = context.Response.BodyWriter;
        for (long sent = 0; sent < count;)
        {
            var piece = (int)Math.Min(SocketOutput.LargestPiece, count - sent);
            _ = writer.GetMemory(piece); // placeholders, see SocketOutput
            writer.Advance(piece);
            var flush = writer.FlushAsync(context.RequestAborted);
            // A receiver as fast as this sender must not keep a thread to itself.
            if (flush.IsCompletedSuccessfully) await Task.Yield();
            var flushed = await flush;
            if (flushed.IsCompleted || flushed.IsCanceled) return false;
            sent += piece;
            progress(sent);
        }
        return true;
    }

    private static async Task<bool> CopyAsync(HttpContext context, SafeFileHandle file, long offset, long count, Action<long> progress)
    {
        var writer = context.Response.BodyWriter;
        var piece = context.Request.IsHttps ? RecordLength : BufferLength;
        for (long sent = 0; sent < count;)
        {
            var memory = writer.GetMemory(piece);
            // Not ReadAsync: a read of a file always occupies a thread of the pool, and this one is one.
            var read = RandomAccess.Read(file, memory.Span[..(int)Math.Min(Math.Min(memory.Length, piece), count - sent)], offset + sent);
            if (read == 0) throw new EndOfStreamException("the file became shorter while it was sent");
            writer.Advance(read);
            var flushed = await writer.FlushAsync(context.RequestAborted);
            if (flushed.IsCompleted || flushed.IsCanceled) return Left(context);
            sent += read;
            progress(sent);
        }
        return true;
    }

    /// <summary>An answer that ends early must end its connection, too.</summary>
    private static bool Left(HttpContext context)
    {
        context.Abort();
        return false;
    }
}
