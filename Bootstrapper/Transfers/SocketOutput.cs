using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.ExceptionServices;
using Microsoft.Win32.SafeHandles;
using Sextant.Networking;

namespace Sextant.Transfers;

/// <summary>
/// What Kestrel writes on one unencrypted connection, straight to its socket, with regions of files in between sent by sendfile(2).
/// </summary>
/// <remarks>
/// <para>
/// Kestrel keeps the whole of HTTP: status line, headers, keep-alive, pipelining, HEAD, the count against Content-Length. While a region is open, the
/// octets it "writes" are placeholders: the memory handed out is never read, and a flush sends as many octets of the file in their place. So a
/// response that ends early is noticed and its connection closed as with any other body.
/// </para>
/// <para>
/// Everything of the connection goes through here and is with the kernel when a flush returns; the transport's own output stays empty. That is what
/// keeps the order. Where the socket's buffer is full, a short piece of the file is sent through .NET's own asynchronous send, which waits without
/// a thread and returns when there is room again for sendfile(2).
/// </para>
/// <para>Called by one thread at a time (Kestrel serialises writers of a connection).</para>
/// </remarks>
internal sealed class SocketOutput : PipeWriter
{
    /// <summary>Octets sent as placeholders at once, at most.</summary>
    public const int LargestPiece = 1 << 20;

    private const int CopyLength = 16 << 10;
    private const int BufferLength = 16 << 10;

    private static readonly FlushResult Over = new(isCanceled: false, isCompleted: true);

    /// <summary>Nobody writes to it and nobody reads it: it only has a length.</summary>
    private static readonly byte[] Placeholder = GC.AllocateUninitializedArray<byte>(LargestPiece);

    private readonly Socket socket;
    private readonly PipeWriter buffered;
    private readonly PipeWriter transport;
    private SafeFileHandle? file;
    private long offset;
    private int pending;
    private IOException? failure;

    /// <summary>Takes the place of the transport's output.</summary>
    public SocketOutput(Socket socket, PipeWriter transport)
    {
        this.socket = socket;
        this.transport = transport;
        buffered = Create(new NetworkStream(socket, ownsSocket: false), new StreamPipeWriterOptions(minimumBufferSize: BufferLength, leaveOpen: true));
    }

    /// <inheritdoc/>
    public override bool CanGetUnflushedBytes => true;

    /// <inheritdoc/>
    public override long UnflushedBytes => buffered.UnflushedBytes + pending;

    /// <summary>From now on, what is written are placeholders for the file's octets from the offset on. Everything written earlier must be flushed.</summary>
    /// <returns>False when sendfile(2) cannot be used on this connection.</returns>
    public bool TryOpenRegion(SafeFileHandle region, long first)
    {
        if (!SendFile.IsPossible(socket)) return false;
        if (buffered.UnflushedBytes > 0) throw new InvalidOperationException("the headers are not flushed");
        (file, offset, pending) = (region, first, 0);
        return true;
    }

    /// <summary>The region ended, wherever it stands.</summary>
    /// <exception cref="IOException">The file could not be read.</exception>
    public void CloseRegion()
    {
        (file, pending) = (null, 0);
        if (failure is null) return;
        var unread = failure;
        failure = null;
        ExceptionDispatchInfo.Throw(unread);
    }

    /// <inheritdoc/>
    public override Memory<byte> GetMemory(int sizeHint = 0) => file is null ? buffered.GetMemory(sizeHint) : Placeholder;

    /// <inheritdoc/>
    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <inheritdoc/>
    public override void Advance(int bytes)
    {
        if (file is null) buffered.Advance(bytes);
        else pending += bytes;
    }

    /// <inheritdoc/>
    public override async ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            if (pending == 0 || file is not { } region) return await buffered.FlushAsync(cancellationToken);
            await SendAsync(region, cancellationToken);
            return default;
        }
        catch (Exception left) when (left is SocketException or ObjectDisposedException || left is IOException { InnerException: SocketException or ObjectDisposedException })
        {
            // As the transport says it: nobody reads any more.
            return Over;
        }
        catch (OperationCanceledException) when (file is not null)
        {
            return Over;
        }
        catch (IOException unread)
        {
            // Kestrel expects flushes to end without exceptions: this one is told where the region is closed.
            failure = unread;
            return Over;
        }
    }

    /// <inheritdoc/>
    public override void CancelPendingFlush() => buffered.CancelPendingFlush();

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null)
    {
        (file, pending) = (null, 0);
        // What was not flushed belongs to a response that is given up: an exception makes the writer drop it.
        buffered.Complete(exception ?? (buffered.UnflushedBytes > 0 ? new OperationCanceledException() : null));
        transport.Complete(exception);
    }

    private async ValueTask SendAsync(SafeFileHandle region, CancellationToken cancellation)
    {
        var canSendFile = true;
        while (pending > 0)
        {
            switch (canSendFile ? SendFile.Try(socket, region, offset, pending) : SendFileOutcome.NotSupported.Value)
            {
                case SendFileOutcome.Sent { Octets: 0 }:
                    throw new EndOfStreamException("the file became shorter while it was sent");
                case SendFileOutcome.Sent sent:
                    Took((int)sent.Octets);
                    break;
                case SendFileOutcome.WouldBlock:
                    await CopyAsync(region, cancellation);
                    break;
                case SendFileOutcome.NotSupported:
                    canSendFile = false;
                    await CopyAsync(region, cancellation);
                    break;
                case SendFileOutcome.Failed failed:
                    throw new SocketException((int)SocketError.ConnectionReset, failed.Problem);
                case var other:
                    throw new InvalidOperationException($"no act for {other}");
            }
        }
    }

    private async ValueTask CopyAsync(SafeFileHandle region, CancellationToken cancellation)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(CopyLength);
        try
        {
            var length = RandomAccess.Read(region, buffer.AsSpan(0, Math.Min(CopyLength, pending)), offset);
            if (length == 0) throw new EndOfStreamException("the file became shorter while it was sent");
            for (var sent = 0; sent < length;)
            {
                var taken = await socket.SendAsync(buffer.AsMemory(sent, length - sent), SocketFlags.None, cancellation);
                sent += taken;
                Took(taken);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void Took(int octets)
    {
        offset += octets;
        pending -= octets;
    }
}
