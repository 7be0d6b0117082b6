using System.Collections.Concurrent;
using Sextant.Files;
using Sextant.Primitives;
using Sextant.Registry;

namespace Sextant.Images;

/// <summary>
/// Takes an image into the registry, from wherever its parts come: blobs first, then the manifests that need them, then the tag, so that an end at any
/// moment leaves nothing that points at what is not there. Manifests are kept octet by octet.
/// </summary>
/// <param name="store">The registry.</param>
/// <param name="source">Where the parts come from.</param>
/// <param name="platforms">Which images of an index are taken.</param>
/// <param name="mayLack">Whether an index may list images that the source does not have.</param>
/// <param name="parallel">How many blobs are taken at a time.</param>
internal sealed class ImageIntake(RegistryStore store, IImageContent source, PlatformChoice platforms, bool mayLack, int parallel)
{
    /// <summary>What builders write for what is no image, such as their own attestations.</summary>
    public const string UnknownArchitecture = "unknown";

    private const string DockerSchemaOne = "application/vnd.docker.distribution.manifest.v1";
    private const int DeepestIndex = 4;

    private readonly ConcurrentDictionary<Digest, long> sizes = new();
    private readonly ConcurrentDictionary<string, bool> found = new(StringComparer.Ordinal);

    /// <summary>Takes one image. Its tag does not point at it yet.</summary>
    /// <param name="reference">Its name.</param>
    /// <param name="manifest">Its manifest.</param>
    /// <param name="cancellation">Ends it; what is complete stays.</param>
    /// <exception cref="ImageException">The source fails or lacks something.</exception>
    /// <exception cref="IOException">The disk does not take it.</exception>
    public async Task<TakenImage> TakeAsync(ImageReference reference, SourceManifest manifest, CancellationToken cancellation)
    {
        await StoreAsync(reference.Here, manifest, platform: null, 0, cancellation);
        return new TakenImage(reference, manifest.Digest, sizes.Values.Sum(), [.. found.Keys.Order(StringComparer.Ordinal)]);
    }

    /// <summary>Points the name's tag, when it has one, at an image that was taken.</summary>
    public Task TagAsync(ImageReference reference, SourceManifest manifest, CancellationToken cancellation) =>
        reference.Tag is { } tag ? PutAsync(reference.Here, manifest, manifest.MediaType, [tag], cancellation) : Task.CompletedTask;

    private async Task StoreAsync(RepositoryName to, SourceManifest manifest, ImagePlatform? platform, int depth, CancellationToken cancellation)
    {
        if (!ManifestDocument.TryParse(manifest.Content, manifest.MediaType, out var document, out var problem)) throw new ImageException($"the manifest {manifest.Digest} {problem}");
        if (document.MediaType.StartsWith(DockerSchemaOne, StringComparison.Ordinal))
            throw new ImageException($"the manifest {manifest.Digest} is of Docker's first schema, which nobody reads any more; push the image again with a current tool");
        if (MediaTypes.IsIndex(document.MediaType)) await StoreImagesAsync(to, manifest.Digest, document, depth, cancellation);
        else
        {
            await Parallel.ForEachAsync(document.Blobs.Where(blob => !blob.IsElsewhere).DistinctBy(blob => blob.Digest),
                new ParallelOptions { MaxDegreeOfParallelism = parallel, CancellationToken = cancellation }, async (blob, stop) => await StoreBlobAsync(to, manifest.Digest, blob, stop));
            var about = platform ?? await PlatformOfAsync(document, cancellation);
            if (about is { Architecture.Length: > 0 } && about.Architecture != UnknownArchitecture) found[about.ToString()] = true;
        }
        sizes[manifest.Digest] = manifest.Content.Length;
        await PutAsync(to, manifest, document.MediaType, [], cancellation);
    }

    private async Task PutAsync(RepositoryName to, SourceManifest manifest, string? mediaType, IReadOnlyList<TagName> tags, CancellationToken cancellation)
    {
        switch (await store.PutManifestAsync(to, manifest.Content, mediaType, manifest.Digest.Algorithm, tags, cancellation))
        {
            case ManifestPut.Stored:
                return;
            case ManifestPut.Invalid(var reason):
                throw new ImageException($"the manifest {manifest.Digest} {reason}");
            case ManifestPut.BlobsMissing(var missing):
                throw new ImageException($"{missing[0]} was removed from the registry meanwhile; do the same again");
            case var other:
                throw new InvalidOperationException($"no such end of a put: {other}");
        }
    }

    private async Task StoreImagesAsync(RepositoryName to, Digest index, ManifestDocument document, int depth, CancellationToken cancellation)
    {
        if (depth == DeepestIndex) throw new ImageException($"the index {index} is inside {DeepestIndex} others; no image is that deep");
        var wanted = document.Manifests.Where(child => MediaTypes.IsIndex(child.MediaType) || platforms.Wants(child.Platform)).DistinctBy(child => child.Digest).ToArray();
        if (wanted.Length == 0)
            throw new ImageException($"the index {index} has no image for {platforms}; it has {string.Join(", ", document.Manifests.Select(child => child.Platform?.ToString() ?? "one without platform").Distinct())}");
        var taken = 0;
        foreach (var child in wanted)
        {
            if (await source.ReadManifestAsync(child.Digest, child.MediaType.Length == 0 ? null : child.MediaType, cancellation) is not { } manifest)
            {
                if (!mayLack) throw new ImageException($"the index {index} lists {child.Digest} for {child.Platform}, which is not there");
                continue;
            }
            await StoreAsync(to, manifest, child.Platform, depth + 1, cancellation);
            taken++;
        }
        if (taken == 0) throw new ImageException($"the index {index} is there without any of the images it lists");
    }

    private async Task StoreBlobAsync(RepositoryName to, Digest manifest, Descriptor blob, CancellationToken cancellation)
    {
        if (!await source.GiveBlobAsync(to, blob, cancellation)) throw new ImageException($"{blob.Digest}, which the manifest {manifest} needs, is missing");
        if (await store.OpenBlobAsync(blob.Digest, cancellation) is not VerifiedFile.Good good) throw new ImageException($"{blob.Digest} was removed from the registry meanwhile; do the same again");
        good.Handle.Dispose();
        if (good.Length != blob.Size) throw new ImageException($"the manifest {manifest} says that {blob.Digest} has {blob.Size} octets, but it has {good.Length}");
        sizes[blob.Digest] = good.Length;
    }

    private async Task<ImagePlatform?> PlatformOfAsync(ManifestDocument document, CancellationToken cancellation) =>
        document.Config is { MediaType: MediaTypes.OciConfig or MediaTypes.DockerConfig } config
        && await StoredContent.ReadAsync(store, config.Digest, ImageConfiguration.MaximumLength, cancellation) is { } content
            ? ImageConfiguration.TryParse(content)?.Platform
            : null;
}
