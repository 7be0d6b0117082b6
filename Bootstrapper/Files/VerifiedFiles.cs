using System.Buffers;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Sextant.Primitives;

namespace Sextant.Files;

/// <summary>What opening a file whose digest is known gave.</summary>
public abstract record VerifiedFile
{
    private VerifiedFile() { }

    /// <summary>The file has the digest.</summary>
    /// <param name="Handle">Open for reading; whoever receives it disposes it.</param>
    /// <param name="Length">Size in octets.</param>
    public sealed record Good(SafeFileHandle Handle, long Length) : VerifiedFile;

    /// <summary>There is no such file.</summary>
    public sealed record Absent : VerifiedFile;

    /// <summary>The file has another content than its digest says. It must not be served.</summary>
    /// <param name="Path">Where it lies.</param>
    public sealed record Corrupt(string Path) : VerifiedFile;
}

/// <summary>
/// Opens files only when they have the digest they are known by. A file is read once after the start and again whenever the file system says that it
/// may have changed; in between, opening costs one look at its <see cref="FileStamp"/>. Safe for use by several threads.
/// </summary>
public sealed class VerifiedFiles
{
    private const int BufferSize = 1 << 20;

    private readonly ConcurrentDictionary<(string Path, Digest Digest), Lazy<Task<Verdict>>> verdicts = new();

    /// <summary>Opens the file when its content has the digest.</summary>
    /// <param name="path">The file.</param>
    /// <param name="expected">The digest it is known by.</param>
    /// <param name="cancellation">Ends the wait, not the reading that others may wait for.</param>
    public async Task<VerifiedFile> OpenAsync(string path, Digest expected, CancellationToken cancellation)
    {
        if (TryOpen(path) is not { } handle) return new VerifiedFile.Absent();
        try
        {
            while (true)
            {
                var stamp = FileStamp.Of(handle);
                var entry = verdicts.GetOrAdd((path, expected), key => new Lazy<Task<Verdict>>(() => Task.Run(() => Read(key.Path, key.Digest), CancellationToken.None)));
                var verdict = await entry.Value.WaitAsync(cancellation);
                if (verdict.Stamp == stamp)
                {
                    if (!verdict.IsGood)
                    {
                        handle.Dispose();
                        return new VerifiedFile.Corrupt(path);
                    }
                    return new VerifiedFile.Good(handle, stamp.Length);
                }
                // Read before the file was changed, or after: one of the two is out of date. Look at both again.
                verdicts.TryRemove(new((path, expected), entry));
                handle.Dispose();
                if (TryOpen(path) is not { } reopened) return new VerifiedFile.Absent();
                handle = reopened;
            }
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Reads the file now, whatever was known of it, and remembers the verdict.</summary>
    /// <returns>Null when there is no such file, else whether it has the digest.</returns>
    public async Task<bool?> CheckAsync(string path, Digest expected, CancellationToken cancellation)
    {
        verdicts.TryRemove((path, expected), out _);
        switch (await OpenAsync(path, expected, cancellation))
        {
            case VerifiedFile.Good good:
                good.Handle.Dispose();
                return true;
            case VerifiedFile.Absent:
                return null;
            case VerifiedFile.Corrupt:
                return false;
            case var other:
                throw new InvalidOperationException($"no verdict for {other}");
        }
    }

    /// <summary>The digest of a file's content.</summary>
    public static Digest DigestOf(string path, DigestAlgorithm algorithm)
    {
        using var handle = File.OpenHandle(path, options: FileOptions.SequentialScan);
        return DigestOf(handle, algorithm);
    }

    private static Verdict Read(string path, Digest expected)
    {
        if (TryOpen(path) is not { } handle) return new Verdict(default, IsGood: false);
        using (handle)
        {
            while (true)
            {
                var before = FileStamp.Of(handle);
                var isGood = DigestOf(handle, expected.Algorithm) == expected;
                if (FileStamp.Of(handle) == before) return new Verdict(before, isGood);
            }
        }
    }

    private static Digest DigestOf(SafeFileHandle handle, DigestAlgorithm algorithm)
    {
        using var hash = IncrementalHash.CreateHash(Digest.HashOf(algorithm));
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            for (long offset = 0; ;)
            {
                var read = RandomAccess.Read(handle, buffer, offset);
                if (read == 0) return Digest.Of(algorithm, hash);
                hash.AppendData(buffer, 0, read);
                offset += read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static SafeFileHandle? TryOpen(string path)
    {
        try
        {
            return File.OpenHandle(path, options: FileOptions.SequentialScan);
        }
        catch (Exception absent) when (absent is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private readonly record struct Verdict(FileStamp Stamp, bool IsGood);
}
