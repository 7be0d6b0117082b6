using Sextant.Files;
using Sextant.Primitives;
using Sextant.Registry;

namespace Sextant.Bundle;

/// <summary>
/// What has been taken out of a bundle and is not visible yet: files in a hidden folder of the asset folder that is named after the bundle, blobs as
/// uploads of the registry. A load that breaks off leaves it, and the next load of the same bundle goes on with it.
/// </summary>
internal sealed class BundleStaging
{
    private const string Prefix = ".load-";
    private const int BufferSize = 1 << 20;

    private readonly string folder;
    private readonly RegistryStore store;

    private BundleStaging(string folder, RegistryStore store) => (this.folder, this.store) = (folder, store);

    /// <summary>Opens the staging of a bundle and removes what is left of others: nobody else loads into the folder now.</summary>
    public static BundleStaging Open(string assetFolder, RegistryStore store, Digest bundle)
    {
        var folder = Path.Combine(assetFolder, $"{Prefix}{bundle.Hex[..32]}");
        foreach (var other in Directory.EnumerateDirectories(assetFolder, Prefix + "*"))
            if (other != folder) Directory.Delete(other, recursive: true);
        return new BundleStaging(folder, store);
    }

    /// <summary>Where the content of an entry is, or will be. A file that has this name was verified.</summary>
    public string PathOf(BundleEntry entry) => Path.Combine(folder, Digest.Sha256Of(System.Text.Encoding.UTF8.GetBytes(entry.Path)).Hex[..32]);

    /// <summary>How much of the entry's content is there.</summary>
    public bool Has(BundleEntry entry)
    {
        var file = new FileInfo(PathOf(entry));
        return file.Exists && file.Length == entry.Size && VerifiedFiles.DigestOf(file.FullName, DigestAlgorithm.Sha256).Hex == entry.Sha256;
    }

    /// <summary>How many octets of the blob have arrived.</summary>
    public long LengthOf(Digest blob)
    {
        var upload = new FileInfo(store.Paths.Upload(NameOf(blob)));
        return upload.Exists ? upload.Length : 0;
    }

    /// <summary>Takes an entry's content into a file; it gets its name after its digest was checked.</summary>
    /// <exception cref="BundleException">It is another content.</exception>
    public async Task TakeFileAsync(BundleEntry entry, Stream content, BundleReader reader, Action<long> onWritten, CancellationToken cancellation)
    {
        Durable.CreateFolder(folder);
        var part = PathOf(entry) + ".part";
        await using (var file = new FileStream(part, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            var buffer = new byte[(int)Math.Clamp(entry.Size, 1, BufferSize)];
            long done = 0;
            for (int read; (read = await content.ReadAsync(buffer, cancellation)) > 0; onWritten(done += read)) file.Write(buffer, 0, read);
        }
        await reader.FinishEntryAsync(cancellation);
        Durable.Rename(part, PathOf(entry));
    }

    /// <summary>Takes a blob into the upload that its repository will get it from.</summary>
    /// <returns>What is in the way, or null.</returns>
    /// <exception cref="BundleException">It is another content.</exception>
    public async Task<string?> TakeBlobAsync(BundleEntry entry, RepositoryName repository, Digest digest, Stream content, BundleReader reader, Action<long> onWritten, CancellationToken cancellation)
    {
        using var upload = store.BeginUpload(repository, digest);
        if (upload is null) return $"{digest} is being pushed by somebody else now; load the bundle again when that is done";
        // What an earlier load left is believed after it was read, not because it is as long: the power may have failed.
        if (upload.Length == entry.Size && await Task.Run(() => VerifiedFiles.DigestOf(store.Paths.Upload(upload.Id), digest.Algorithm) == digest, cancellation)) return null;
        upload.Truncate(0);
        upload.Expect(digest.Algorithm);
        try
        {
            await upload.AppendAsync(new ReportingStream(content, onWritten), limit: null, cancellation);
            await reader.FinishEntryAsync(cancellation);
        }
        catch (BundleException)
        {
            upload.Cancel();
            throw;
        }
        return null;
    }

    /// <summary>Makes a blob that was taken a blob of the repository; it must have its digest.</summary>
    /// <returns>What is wrong, or null.</returns>
    public async Task<string?> CommitBlobAsync(RepositoryName repository, Digest digest, CancellationToken cancellation)
    {
        if (await store.PromiseBlobAsync(repository, digest, cancellation) || await store.MountBlobAsync(repository, digest, null, cancellation)) return null;
        using var upload = store.BeginUpload(repository, digest);
        if (upload is null) return $"{digest} is being pushed by somebody else now; load the bundle again when that is done";
        upload.Expect(digest.Algorithm);
        return await upload.CommitAsync(digest, cancellation) switch
        {
            UploadEnd.Stored => null,
            UploadEnd.WrongDigest => $"{digest} was damaged on this disk while the bundle was loaded; load it again",
            var other => throw new InvalidOperationException($"no case for {other}"),
        };
    }

    /// <summary>Removes it: everything is published.</summary>
    /// <param name="blobs">The bundle's blobs, all of them in the registry: what killed loads left of their uploads is not needed any more.</param>
    public void Remove(IEnumerable<Digest> blobs)
    {
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        foreach (var blob in blobs)
        {
            var upload = store.Paths.Upload(NameOf(blob));
            if (!File.Exists(upload) && !File.Exists(upload + RegistryStore.UploadLockSuffix)) continue;
            using var held = FileLock.TryOwn(upload + RegistryStore.UploadLockSuffix);
            if (held is null) continue;
            File.Delete(upload);
            File.Delete(upload + RegistryStore.UploadLockSuffix);
        }
    }

    /// <summary>The name <see cref="RegistryStore.BeginUpload(RepositoryName, Digest)"/> gives the upload of a known blob.</summary>
    private static string NameOf(Digest blob) => $"{blob.AlgorithmName}-{blob.Hex}";

    private sealed class ReportingStream(Stream inner, Action<long> onRead) : ForwardStream
    {
        private long done;

        public override async ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken cancellationToken = default)
        {
            var read = await inner.ReadAsync(destination, cancellationToken);
            onRead(done += read);
            return read;
        }
    }
}
