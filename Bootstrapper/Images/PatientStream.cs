namespace Sextant.Images;

/// <summary>A body did not arrive whole. Its own type, because the disk fails with an <see cref="IOException"/>, too.</summary>
internal sealed class BrokenTransferException(string message, Exception? inner) : IOException(message, inner);

/// <summary>A body from the network: waits a while for each octet, not for ever, and says when it was the network that failed.</summary>
/// <param name="inner">The body.</param>
/// <param name="patience">The longest time without an octet.</param>
/// <param name="onRead">Receives how many octets each read gave.</param>
internal sealed class PatientStream(Stream inner, TimeSpan patience, Action<int> onRead) : Stream
{
    /// <inheritdoc/>
    public override bool CanRead => true;
    /// <inheritdoc/>
    public override bool CanSeek => false;
    /// <inheritdoc/>
    public override bool CanWrite => false;
    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();
    /// <inheritdoc/>
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        using var clock = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        clock.CancelAfter(patience);
        try
        {
            var read = await inner.ReadAsync(buffer, clock.Token);
            onRead(read);
            return read;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new BrokenTransferException($"nothing arrived for {patience.TotalSeconds:0} s", null);
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException)
        {
            throw new BrokenTransferException(broken.Message, broken);
        }
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    /// <inheritdoc/>
    public override void Flush() { }
    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();
}
