using System.Buffers;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Sextant.Files;
using Sextant.Primitives;

namespace Sextant.Registry;

/// <summary>How the end of an upload went.</summary>
public abstract record UploadEnd
{
    private UploadEnd() { }

    /// <summary>The blob is in the repository, on disk.</summary>
    /// <param name="Digest">Its digest.</param>
    /// <param name="Length">Its size in octets.</param>
    public sealed record Stored(Digest Digest, long Length) : UploadEnd;

    /// <summary>The content is another one than was announced. The upload is gone.</summary>
    /// <param name="Actual">What arrived.</param>
    public sealed record WrongDigest(Digest Actual) : UploadEnd;
}

/// <summary>
/// A blob on its way in: a file that grows, held by one writer at a time (a second one does not get it). Closing it keeps what has arrived, for
/// whoever resumes; committing makes it a blob or removes it.
/// </summary>
public sealed class BlobUpload : IDisposable
{
    private const int BufferSize = 256 * 1024;

    private readonly RegistryStore store;
    private readonly FileLock held;
    private readonly SafeFileHandle file;
    private readonly string path;
    private IncrementalHash? hash;
    private DigestAlgorithm algorithm = DigestAlgorithm.Sha256;
    private bool isOver;

    internal BlobUpload(RegistryStore store, RepositoryName repository, string id, string path, FileLock held)
    {
        (this.store, Repository, Id, this.path, this.held) = (store, repository, id, path, held);
        file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        Length = RandomAccess.GetLength(file);
        if (Length == 0) hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    }

    /// <summary>Its name in the folder of uploads.</summary>
    public string Id { get; }

    /// <summary>Where the blob will be.</summary>
    public RepositoryName Repository { get; }

    /// <summary>True when the blob will be in no repository until one mounts it; <see cref="Repository"/> says nothing then.</summary>
    public bool IsLoose { get; internal init; }

    /// <summary>How many octets have arrived.</summary>
    public long Length { get; private set; }

    /// <summary>Says by which algorithm the digest will be given, so that the content need not be read twice. SHA-256 unless said.</summary>
    public void Expect(DigestAlgorithm expected)
    {
        if (expected == algorithm) return;
        algorithm = expected;
        hash?.Dispose();
        hash = Length == 0 ? IncrementalHash.CreateHash(Digest.HashOf(expected)) : null;
    }

    /// <summary>Adds everything the stream gives. When it or the disk fails, what was complete before this call remains.</summary>
    /// <param name="content">The octets.</param>
    /// <param name="limit">The most octets to take; null for no limit.</param>
    /// <param name="cancellation">Ends it; what has arrived is kept.</param>
    /// <exception cref="IOException">The disk does not take it (see <see cref="Durable.IsDiskFull"/>), or the stream broke off.</exception>
    public async Task AppendAsync(Stream content, long? limit, CancellationToken cancellation)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            for (var left = limit ?? long.MaxValue; left > 0;)
            {
                var read = await content.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, left)), cancellation);
                if (read == 0) return;
                RandomAccess.Write(file, buffer.AsSpan(0, read), Length);
                hash?.AppendData(buffer, 0, read);
                Length += read;
                left -= read;
            }
        }
        catch (IOException)
        {
            // A write that half succeeded leaves octets beyond the length that was hashed and told.
            RandomAccess.SetLength(file, Length);
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Forgets what has arrived beyond an offset, or all of it.</summary>
    /// <param name="length">The octets to keep.</param>
    public void Truncate(long length)
    {
        if (length >= Length) return;
        RandomAccess.SetLength(file, length);
        Length = length;
        hash?.Dispose();
        hash = length == 0 ? IncrementalHash.CreateHash(Digest.HashOf(algorithm)) : null;
    }

    /// <summary>Checks the digest, waits for the disk and makes it a blob of the repository. The upload is over, except when this throws.</summary>
    /// <param name="expected">The digest announced.</param>
    /// <param name="cancellation">Ends the wait for a collection of garbage.</param>
    /// <exception cref="IOException">The disk does not take it; the upload is still there.</exception>
    public async Task<UploadEnd> CommitAsync(Digest expected, CancellationToken cancellation)
    {
        var actual = hash is not null && algorithm == expected.Algorithm
            ? Digest.Of(algorithm, hash)
            : await Task.Run(() => VerifiedFiles.DigestOf(path, expected.Algorithm), cancellation);
        // The running hash is used up; if the rest fails, whoever tries again reads the file.
        hash?.Dispose();
        hash = null;
        if (actual != expected)
        {
            Cancel();
            return new UploadEnd.WrongDigest(actual);
        }
        await store.AdoptAsync(path, IsLoose ? null : Repository, expected, cancellation);
        isOver = true;
        return new UploadEnd.Stored(expected, Length);
    }

    /// <summary>As <see cref="CommitAsync(Digest, CancellationToken)"/>, for content that nobody announced: the blob is whatever has arrived, by SHA-256.</summary>
    /// <exception cref="IOException">The disk does not take it; the upload is still there.</exception>
    public async Task<UploadEnd.Stored> CommitAsync(CancellationToken cancellation)
    {
        var actual = hash is not null && algorithm == DigestAlgorithm.Sha256
            ? Digest.Of(algorithm, hash)
            : await Task.Run(() => VerifiedFiles.DigestOf(path, DigestAlgorithm.Sha256), cancellation);
        hash?.Dispose();
        hash = null;
        await store.AdoptAsync(path, IsLoose ? null : Repository, actual, cancellation);
        isOver = true;
        return new UploadEnd.Stored(actual, Length);
    }

    /// <summary>Removes what has arrived.</summary>
    public void Cancel()
    {
        File.Delete(path);
        isOver = true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        hash?.Dispose();
        file.Dispose();
        if (isOver) File.Delete(path + RegistryStore.UploadLockSuffix);
        held.Dispose();
    }
}
