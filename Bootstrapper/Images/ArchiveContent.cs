using Sextant.Files;
using Sextant.Primitives;
using Sextant.Registry;

namespace Sextant.Images;

/// <summary>The parts of an archive that was taken in: they are blobs already.</summary>
internal sealed class SpooledContent(RegistryStore store) : IImageContent
{
    /// <inheritdoc/>
    public async Task<SourceManifest?> ReadManifestAsync(Digest digest, string? mediaType, CancellationToken cancellation) =>
        await StoredContent.ReadAsync(store, digest, ManifestDocument.MaximumLength, cancellation) is { } content ? new SourceManifest(digest, mediaType, content) : null;

    /// <inheritdoc/>
    public Task<bool> GiveBlobAsync(RepositoryName to, Descriptor blob, CancellationToken cancellation) => store.MountBlobAsync(to, blob.Digest, from: null, cancellation);
}

/// <summary>The parts of an OCI layout that is a folder (OCI image specification, image-layout.md). Only what is needed is read.</summary>
internal sealed class FolderContent(RegistryStore store, string folder, Action<long> onRead) : IImageContent
{
    private long read;

    /// <inheritdoc/>
    public async Task<SourceManifest?> ReadManifestAsync(Digest digest, string? mediaType, CancellationToken cancellation)
    {
        var path = PathOf(digest);
        if (!File.Exists(path)) return null;
        if (new FileInfo(path).Length > ManifestDocument.MaximumLength) throw new ImageException($"{path} is larger than any manifest");
        var content = await File.ReadAllBytesAsync(path, cancellation);
        return Digest.Of(digest.Algorithm, content) == digest ? new SourceManifest(digest, mediaType, content) : throw Wrong(path);
    }

    /// <inheritdoc/>
    public async Task<bool> GiveBlobAsync(RepositoryName to, Descriptor blob, CancellationToken cancellation)
    {
        if (await store.MountBlobAsync(to, blob.Digest, from: null, cancellation)) return true;
        var path = PathOf(blob.Digest);
        if (!File.Exists(path)) return false;
        using var upload = store.BeginUpload(to, blob.Digest) ?? store.BeginUpload(to);
        upload.Truncate(0);
        upload.Expect(blob.Digest.Algorithm);
        var before = read;
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1, FileOptions.SequentialScan);
        using var source = await SourceStream.OpenAsync(file, 0, position => onRead(before + position), cancellation);
        try
        {
            await upload.AppendAsync(source, null, cancellation);
        }
        catch (IOException full) when (Durable.IsDiskFull(full))
        {
            var lacking = new ImageException(DiskRoom.Full(store.Folder, path, file.Length - upload.Length), full);
            upload.Cancel();
            throw lacking;
        }
        read = before + source.Position;
        return await upload.CommitAsync(blob.Digest, cancellation) is UploadEnd.Stored ? true : throw Wrong(path);
    }

    private string PathOf(Digest digest) => Path.Combine(folder, "blobs", digest.AlgorithmName, digest.Hex);

    private static ImageException Wrong(string path) => new($"{path} has another content than its name says; make the layout again");
}
