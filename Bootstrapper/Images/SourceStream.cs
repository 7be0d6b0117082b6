namespace Sextant.Images;

/// <summary>
/// What is read from somewhere, once and forward: its first octets can be looked at before, and whoever wants to know is told how far it is.
/// </summary>
internal sealed class SourceStream : Stream
{
    private readonly Stream inner;
    private readonly byte[] head;
    private readonly Action<long>? onRead;
    private int taken;
    private long position;

    private SourceStream(Stream inner, byte[] head, Action<long>? onRead) => (this.inner, this.head, this.onRead) = (inner, head, onRead);

    /// <summary>Reads the first octets.</summary>
    /// <param name="inner">The source; it stays open.</param>
    /// <param name="count">How many octets to look at; fewer when it has no more.</param>
    /// <param name="onRead">Receives the position after each read; null for nobody.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task<SourceStream> OpenAsync(Stream inner, int count, Action<long>? onRead, CancellationToken cancellation)
    {
        var head = new byte[count];
        var read = await inner.ReadAtLeastAsync(head, count, throwOnEndOfStream: false, cancellation);
        return new SourceStream(inner, head[..read], onRead);
    }

    /// <summary>The first octets.</summary>
    public ReadOnlySpan<byte> Head => head;

    /// <inheritdoc/>
    public override bool CanRead => true;
    /// <inheritdoc/>
    public override bool CanSeek => false;
    /// <inheritdoc/>
    public override bool CanWrite => false;
    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();
    /// <inheritdoc/>
    public override long Position { get => position; set => throw new NotSupportedException(); }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer) => TakeHead(buffer) is > 0 and var some ? some : Told(inner.Read(buffer));

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        TakeHead(buffer.Span) is > 0 and var some ? some : Told(await inner.ReadAsync(buffer, cancellationToken));

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    /// <inheritdoc/>
    public override void Flush() { }
    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    private int TakeHead(Span<byte> buffer)
    {
        var count = Math.Min(buffer.Length, head.Length - taken);
        head.AsSpan(taken, count).CopyTo(buffer);
        taken += count;
        return count == 0 ? 0 : Told(count);
    }

    private int Told(int read)
    {
        position += read;
        onRead?.Invoke(position);
        return read;
    }
}
