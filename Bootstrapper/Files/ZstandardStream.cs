using System.Runtime.InteropServices;

namespace Sextant.Files;

/// <summary>
/// Zstandard frames (RFC 8878) through the system's libzstd, which every Debian has because dpkg needs it. Compressing gives the same octets for the
/// same input, level and library version, whatever the pieces it is written in. Forward only.
/// </summary>
internal sealed partial class ZstandardStream : Stream
{
    private const string Library = "libzstd.so.1";
    private const int BufferSize = 128 * 1024;
    private const int CompressionLevel = 100;
    private const int ChecksumFlag = 201;
    private const int MaximumWindowLog = 100;
    private const int WindowLogLimit = 27; // 128 MiB: what the format's own tools accept without being told otherwise
    private const int Continue = 0;
    private const int End = 2;

    private readonly Stream inner;
    private readonly bool leaveOpen;
    private readonly bool oneFrame;
    private readonly byte[] buffer = new byte[BufferSize];
    private nint context;
    private readonly bool isCompressing;
    private int from;
    private int to;
    private bool isInsideFrame;
    private bool hasEndedFrame;
    private bool isAtEnd;

    private ZstandardStream(Stream inner, bool isCompressing, bool leaveOpen, bool oneFrame = false)
    {
        (this.inner, this.isCompressing, this.leaveOpen, this.oneFrame) = (inner, isCompressing, leaveOpen, oneFrame);
        context = isCompressing ? CreateCompression() : CreateDecompression();
        if (context == 0) throw new InvalidOperationException("libzstd gives no context: there is no memory for one");
    }

    /// <summary>The four octets a frame begins with (RFC 8878 section 3.1.1).</summary>
    public static ReadOnlySpan<byte> Magic => [0x28, 0xB5, 0x2F, 0xFD];

    /// <summary>A stream to write to; its end, with a checksum of the content, is written when it is disposed.</summary>
    /// <param name="destination">Where the frame goes.</param>
    /// <param name="level">1 to 19.</param>
    /// <param name="leaveOpen">Whether the destination stays open.</param>
    public static ZstandardStream Compress(Stream destination, int level, bool leaveOpen = false)
    {
        var stream = new ZstandardStream(destination, isCompressing: true, leaveOpen);
        _ = Check(SetCompression(stream.context, CompressionLevel, level));
        _ = Check(SetCompression(stream.context, ChecksumFlag, 1));
        return stream;
    }

    /// <summary>A stream to read from: one frame or several.</summary>
    /// <param name="source">Where the frames come from.</param>
    /// <param name="leaveOpen">Whether the source stays open.</param>
    /// <param name="oneFrame">Whether anything after the first frame is damage.</param>
    public static ZstandardStream Decompress(Stream source, bool leaveOpen = false, bool oneFrame = false)
    {
        var stream = new ZstandardStream(source, isCompressing: false, leaveOpen, oneFrame);
        _ = Check(SetDecompression(stream.context, MaximumWindowLog, WindowLogLimit));
        return stream;
    }

    /// <inheritdoc/>
    public override bool CanRead => !isCompressing;
    /// <inheritdoc/>
    public override bool CanSeek => false;
    /// <inheritdoc/>
    public override bool CanWrite => isCompressing;
    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();
    /// <inheritdoc/>
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">The source is damaged, or ends inside a frame.</exception>
    public override int Read(Span<byte> destination)
    {
        if (destination.IsEmpty) return 0;
        while (!isAtEnd)
        {
            if (Step(destination) is > 0 and var written) return written;
            if (from < to) continue;
            Fill(inner.Read(buffer));
        }
        return 0;
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">The source is damaged, or ends inside a frame.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        if (destination.IsEmpty) return 0;
        while (!isAtEnd)
        {
            if (Step(destination.Span) is > 0 and var written) return written;
            if (from < to) continue;
            Fill(await inner.ReadAsync(buffer, cancellationToken));
        }
        return 0;
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> source)
    {
        while (!source.IsEmpty)
        {
            source = source[Squeeze(source, Continue, out var produced, out _)..];
            inner.Write(buffer.AsSpan(0, produced));
        }
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        while (!source.IsEmpty)
        {
            source = source[Squeeze(source.Span, Continue, out var produced, out _)..];
            await inner.WriteAsync(buffer.AsMemory(0, produced), cancellationToken);
        }
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));
    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    /// <inheritdoc/>
    public override void Flush() => inner.Flush();
    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (context == 0) return;
        try
        {
            if (isCompressing && disposing) Finish();
        }
        finally
        {
            if (isCompressing) _ = FreeCompression(context);
            else _ = FreeDecompression(context);
            context = 0;
            if (disposing && !leaveOpen) inner.Dispose();
            base.Dispose(disposing);
        }
    }

    private void Finish()
    {
        bool isMoreToCome;
        do
        {
            _ = Squeeze([], End, out var produced, out isMoreToCome);
            inner.Write(buffer.AsSpan(0, produced));
        }
        while (isMoreToCome);
    }

    private unsafe int Squeeze(ReadOnlySpan<byte> source, int operation, out int produced, out bool isMoreToCome)
    {
        fixed (byte* input = source, output = buffer)
        {
            var reading = new Piece { Address = (nint)input, Size = (nuint)source.Length };
            var writing = new Piece { Address = (nint)output, Size = (nuint)buffer.Length };
            isMoreToCome = Check(CompressStream(context, ref writing, ref reading, operation)) > 0;
            produced = (int)writing.Position;
            return (int)reading.Position;
        }
    }

    private unsafe int Step(Span<byte> destination)
    {
        if (hasEndedFrame && oneFrame)
        {
            if (from < to) throw new InvalidDataException("the zstd data goes on after its end");
            return 0;
        }
        fixed (byte* input = buffer, output = destination)
        {
            var reading = new Piece { Address = (nint)input, Size = (nuint)to, Position = (nuint)from };
            var writing = new Piece { Address = (nint)output, Size = (nuint)destination.Length };
            var wasEmpty = from == to;
            var left = Check(DecompressStream(context, ref writing, ref reading));
            if (!wasEmpty || writing.Position > 0)
            {
                isInsideFrame = left > 0;
                hasEndedFrame |= left == 0;
            }
            from = (int)reading.Position;
            return (int)writing.Position;
        }
    }

    private void Fill(int read)
    {
        (from, to) = (0, read);
        if (read > 0) return;
        if (isInsideFrame) throw new InvalidDataException("the zstd data ends too early");
        isAtEnd = true;
    }

    private static nuint Check(nuint result) =>
        IsError(result) == 0 ? result : throw new InvalidDataException($"the zstd data is damaged: {Marshal.PtrToStringUTF8(ErrorName(result))}");

    /// <summary>ZSTD_inBuffer and ZSTD_outBuffer of zstd.h.</summary>
    private struct Piece
    {
        public nint Address;
        public nuint Size;
        public nuint Position;
    }

    [LibraryImport(Library, EntryPoint = "ZSTD_createCCtx")]
    private static partial nint CreateCompression();

    [LibraryImport(Library, EntryPoint = "ZSTD_freeCCtx")]
    private static partial nuint FreeCompression(nint context);

    [LibraryImport(Library, EntryPoint = "ZSTD_CCtx_setParameter")]
    private static partial nuint SetCompression(nint context, int parameter, int value);

    [LibraryImport(Library, EntryPoint = "ZSTD_compressStream2")]
    private static partial nuint CompressStream(nint context, ref Piece output, ref Piece input, int operation);

    [LibraryImport(Library, EntryPoint = "ZSTD_createDCtx")]
    private static partial nint CreateDecompression();

    [LibraryImport(Library, EntryPoint = "ZSTD_freeDCtx")]
    private static partial nuint FreeDecompression(nint context);

    [LibraryImport(Library, EntryPoint = "ZSTD_DCtx_setParameter")]
    private static partial nuint SetDecompression(nint context, int parameter, int value);

    [LibraryImport(Library, EntryPoint = "ZSTD_decompressStream")]
    private static partial nuint DecompressStream(nint context, ref Piece output, ref Piece input);

    [LibraryImport(Library, EntryPoint = "ZSTD_isError")]
    private static partial uint IsError(nuint result);

    [LibraryImport(Library, EntryPoint = "ZSTD_getErrorName")]
    private static partial nint ErrorName(nuint result);
}
