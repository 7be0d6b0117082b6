using Microsoft.Win32.SafeHandles;

namespace Sextant.Tftp.Server;

/// <summary>The octets of a file while it is sent.</summary>
internal abstract class TftpContent : IDisposable
{
    /// <summary>How many there are.</summary>
    public abstract long Length { get; }

    /// <summary>Fills the buffer from the offset on; both lie within the length.</summary>
    public abstract void Read(long offset, Span<byte> buffer);

    /// <inheritdoc/>
    public virtual void Dispose()
    {
    }

    /// <summary>In memory, shared by every transfer of the file.</summary>
    internal sealed class InMemory(byte[] octets) : TftpContent
    {
        public override long Length => octets.Length;

        public override void Read(long offset, Span<byte> buffer) => octets.AsSpan((int)offset, buffer.Length).CopyTo(buffer);
    }

    /// <summary>On disk, read block by block.</summary>
    internal sealed class OnDisk(SafeFileHandle handle, long length) : TftpContent
    {
        public override long Length => length;

        public override void Read(long offset, Span<byte> buffer)
        {
            while (!buffer.IsEmpty)
            {
                var read = RandomAccess.Read(handle, buffer, offset);
                if (read == 0) throw new EndOfStreamException("the file became shorter while it was sent");
                offset += read;
                buffer = buffer[read..];
            }
        }

        public override void Dispose()
        {
            handle.Dispose();
            base.Dispose();
        }
    }
}

/// <summary>
/// Opens files for transfers. A boot loader is fetched by every machine of the site within minutes, so what is short is read once and kept until the
/// file changes.
/// </summary>
internal sealed class TftpContents
{
    /// <summary>Files shorter than this are kept in memory, in octets.</summary>
    public const long KeptLength = 4 << 20;

    private const long KeptInAll = 64 << 20;

    private readonly Lock gate = new();
    private readonly Dictionary<string, Kept> kept = new(StringComparer.Ordinal);
    private long keptOctets;

    /// <summary>Opens the file.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public TftpContent Open(TftpFile file, bool asNetAscii)
    {
        var handle = File.OpenHandle(file.FullPath);
        try
        {
            var length = RandomAccess.GetLength(handle);
            if (length >= KeptLength && !asNetAscii) return new TftpContent.OnDisk(handle, length);
            var octets = ReadWhole(handle, file.FullPath, length);
            handle.Dispose();
            return new TftpContent.InMemory(asNetAscii ? NetAscii.Encode(octets) : octets);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    private byte[] ReadWhole(SafeFileHandle handle, string path, long length)
    {
        var changed = File.GetLastWriteTimeUtc(handle);
        lock (gate)
        {
            if (kept.TryGetValue(path, out var known) && known.Changed == changed && known.Octets.Length == length) return known.Octets;
        }
        var octets = new byte[length];
        new TftpContent.OnDisk(handle, length).Read(0, octets);
        lock (gate)
        {
            if (kept.Remove(path, out var old)) keptOctets -= old.Octets.Length;
            if (keptOctets + length > KeptInAll)
            {
                kept.Clear();
                keptOctets = 0;
            }
            kept[path] = new Kept(changed, octets);
            keptOctets += length;
        }
        return octets;
    }

    private sealed record Kept(DateTime Changed, byte[] Octets);
}
