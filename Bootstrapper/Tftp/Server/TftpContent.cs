using Microsoft.Win32.SafeHandles;
using Sextant.Primitives;

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
/// The contents of open files for transfers. A boot loader is fetched by every machine of the site within minutes, so what is short is read once and
/// kept by its digest.
/// </summary>
internal sealed class TftpContents
{
    /// <summary>Files shorter than this are kept in memory, in octets.</summary>
    public const long KeptLength = 4 << 20;

    private const long KeptInAll = 64 << 20;

    private readonly Lock gate = new();
    private readonly Dictionary<(Digest Digest, bool AsNetAscii), byte[]> kept = [];
    private long keptOctets;

    /// <summary>Takes over an open file; null when its content turns out to be another than its digest says.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public TftpContent? Take(SafeFileHandle handle, TftpFile file, bool asNetAscii)
    {
        try
        {
            if (file.Length >= KeptLength && !asNetAscii) return new TftpContent.OnDisk(handle, file.Length);
            var octets = ReadWhole(handle, file, asNetAscii);
            handle.Dispose();
            return octets is null ? null : new TftpContent.InMemory(octets);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    private byte[]? ReadWhole(SafeFileHandle handle, TftpFile file, bool asNetAscii)
    {
        var key = (file.Digest, asNetAscii);
        lock (gate)
        {
            if (kept.TryGetValue(key, out var known)) return known;
        }
        var octets = new byte[file.Length];
        new TftpContent.OnDisk(handle, file.Length).Read(0, octets);
        // What is kept is sent for as long as the service runs: it must not be what somebody wrote between two looks at the file.
        if (Digest.Of(file.Digest.Algorithm, octets) != file.Digest) return null;
        if (asNetAscii) octets = NetAscii.Encode(octets);
        lock (gate)
        {
            // Whoever read it at the same time was first: one copy for all of them.
            if (kept.TryGetValue(key, out var known)) return known;
            if (keptOctets + octets.Length > KeptInAll)
            {
                kept.Clear();
                keptOctets = 0;
            }
            kept.Add(key, octets);
            keptOctets += octets.Length;
        }
        return octets;
    }
}
