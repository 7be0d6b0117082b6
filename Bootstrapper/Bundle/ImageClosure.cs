using Sextant.Images;
using Sextant.Primitives;
using Sextant.Registry;

namespace Sextant.Bundle;

/// <summary>What following an image through the registry gave.</summary>
internal abstract record ImageClosure
{
    private ImageClosure() { }

    /// <summary>Everything the image needs is here.</summary>
    /// <param name="Image">What the bundle's list says of it.</param>
    /// <param name="MediaType">The media type of its manifest.</param>
    /// <param name="Manifests">The content of its manifests, by digest.</param>
    /// <param name="Blobs">The sizes of its configurations and layers, by digest.</param>
    public sealed record Whole(BundledImage Image, string MediaType, IReadOnlyDictionary<Digest, ReadOnlyMemory<byte>> Manifests, IReadOnlyDictionary<Digest, long> Blobs) : ImageClosure;

    /// <summary>Something is missing or damaged.</summary>
    /// <param name="Problem">What: the rest of a sentence about the image.</param>
    public sealed record Broken(string Problem) : ImageClosure;

    /// <summary>Follows an image: an index to those of its manifests that are here – the one for the machines must be –, a manifest to its blobs and to the manifests about it.</summary>
    public static async Task<ImageClosure> FollowAsync(RegistryStore store, ImageReference reference, CancellationToken cancellation)
    {
        var walk = new Walk(store, reference.Here, cancellation);
        if (await store.FindManifestAsync(reference.Here, reference.Asked, cancellation) is not { } root)
            return new Broken("is not in the registry");
        if (reference is { Tag: { } tag, Digest: { } pinned } && store.FindTag(reference.Here, tag) != pinned)
            return new Broken($"has in the registry the digest {store.FindTag(reference.Here, tag)?.ToString() ?? "of nothing"} under its tag instead of {pinned}");
        return await walk.AddAsync(root) is { } problem
            ? new Broken(problem)
            : new Whole(new BundledImage(reference.ToString(), root.Digest, walk.Order, [.. walk.Blobs.Keys.Order()]), root.MediaType, walk.Manifests, walk.Blobs);
    }

    private sealed class Walk(RegistryStore store, RepositoryName repository, CancellationToken cancellation)
    {
        private readonly HashSet<Digest> seen = [];

        public List<BundledManifest> Order { get; } = [];
        public Dictionary<Digest, ReadOnlyMemory<byte>> Manifests { get; } = [];
        public Dictionary<Digest, long> Blobs { get; } = [];

        /// <summary>Adds a manifest after everything it lists, and after those about it. Says what is wrong, or null.</summary>
        public async Task<string?> AddAsync(StoredManifest manifest)
        {
            if (!seen.Add(manifest.Digest)) return null;
            if (!ManifestDocument.TryParse(manifest.Content, manifest.MediaType, out var document, out var fault)) return $"has a manifest {manifest.Digest} that {fault}";
            foreach (var blob in document.Blobs.Where(blob => !blob.IsElsewhere || store.HasBlob(repository, blob.Digest)))
            {
                if (!store.HasBlob(repository, blob.Digest)) return $"lacks its blob {blob.Digest}";
                var length = new FileInfo(store.Paths.Blob(blob.Digest)).Length;
                if (length != blob.Size) return $"is damaged: its blob {blob.Digest} has {length} octets instead of {blob.Size}";
                Blobs[blob.Digest] = length;
            }
            foreach (var listed in document.Manifests)
            {
                if (await FindAsync(listed.Digest) is { } found)
                {
                    if (await AddAsync(found) is { } problem) return problem;
                }
                else if (listed.Platform is null or { Os: "linux", Architecture: "amd64" }) return $"lacks its manifest {listed.Digest}{(listed.Platform is { } platform ? $" for {platform}" : "")}";
            }
            foreach (var referrer in await store.ReferrersAsync(repository, manifest.Digest, cancellation))
                if (await FindAsync(referrer.Digest) is { } about && await AddAsync(about) is { } problem) return problem;
            Order.Add(new BundledManifest(manifest.Digest, manifest.MediaType));
            Manifests[manifest.Digest] = manifest.Content;
            return null;
        }

        private Task<StoredManifest?> FindAsync(Digest digest) => store.FindManifestAsync(repository, new ManifestReference.ByDigest(digest), cancellation);
    }
}
