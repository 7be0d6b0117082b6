using Sextant.Primitives;
using Sextant.Registry;

namespace Sextant.Images;

/// <summary>An image that the registry has.</summary>
/// <param name="Repository">Where it lies.</param>
/// <param name="Tag">Its tag; null for one that only its digest leads to.</param>
/// <param name="Digest">Its manifest's digest.</param>
/// <param name="Size">What it takes in octets, each content counted once; several images may share some.</param>
/// <param name="Platforms">The platforms whose images are here; empty for what has none.</param>
public sealed record ListedImage(RepositoryName Repository, TagName? Tag, Digest Digest, long Size, IReadOnlyList<string> Platforms)
{
    /// <summary><c>registry.k8s.io/pause:3.10.2</c>; with the digest instead of a tag it does not have.</summary>
    public string Name => Tag is { } tag ? $"{Display}:{tag}" : $"{Display}@{Digest}";

    private string Display => ImageReference.OfStored(Repository, Tag, Digest) is { } reference ? $"{reference.Host}/{reference.Name}" : Repository.ToString();
}

/// <summary>What the registry has: every tag, and every manifest that neither a tag nor another manifest leads to.</summary>
public static class ImageListing
{
    /// <summary>Lists the images in the order of their names.</summary>
    public static async Task<IReadOnlyList<ListedImage>> ReadAsync(RegistryStore store, CancellationToken cancellation)
    {
        var images = new List<ListedImage>();
        foreach (var repository in store.Repositories())
        {
            var reader = new Reader(store, repository);
            var listed = new HashSet<Digest>();
            foreach (var digest in store.Manifests(repository))
                if (await reader.ReadAsync(digest, cancellation) is { } document) listed.UnionWith(document.Manifests.Select(child => child.Digest));
            var tagged = new HashSet<Digest>();
            foreach (var tag in store.Tags(repository))
                if (store.FindTag(repository, tag) is { } digest && store.HasManifest(repository, digest))
                {
                    tagged.Add(digest);
                    images.Add(await reader.ListAsync(tag, digest, cancellation));
                }
            foreach (var digest in store.Manifests(repository))
                if (!listed.Contains(digest) && !tagged.Contains(digest)) images.Add(await reader.ListAsync(null, digest, cancellation));
        }
        return images;
    }

    /// <summary>The repository and the manifest that an operator's words mean; null when the registry has no such image.</summary>
    /// <param name="store">The registry.</param>
    /// <param name="text">A whole name, or a repository here with tag or digest.</param>
    /// <param name="problem">Why the words mean nothing; null when they do.</param>
    public static (RepositoryName Repository, TagName? Tag, Digest Digest)? Find(RegistryStore store, string text, out string? problem)
    {
        problem = null;
        if (!ImageReference.TryParse(text, out var reference, out var wrong))
        {
            problem = wrong;
            return null;
        }
        // What was pushed here without a host lies under its plain name.
        foreach (var repository in reference.Own.Select(own => own.Here).Prepend(reference.Here))
            if (DigestOf(repository) is { } digest) return (repository, reference.Digest is null ? reference.Tag : null, digest);
        problem = $"the registry does not have {text}";
        return null;

        Digest? DigestOf(RepositoryName repository) =>
            reference.Digest is { } named ? store.HasManifest(repository, named) ? named : null
            : store.FindTag(repository, reference.Tag!.Value) is { } tagged && store.HasManifest(repository, tagged) ? tagged : null;
    }

    /// <summary>The tag that an operator's words mean, when it is there but leads to no manifest; null otherwise.</summary>
    public static (RepositoryName Repository, TagName Tag)? FindBrokenTag(RegistryStore store, string text)
    {
        if (!ImageReference.TryParse(text, out var reference, out _) || reference.Digest is not null || reference.Tag is not { } tag) return null;
        foreach (var repository in (RepositoryName[])[reference.Here, reference.Name])
            if (store.Tags(repository).Contains(tag) && !store.LeadsSomewhere(repository, tag)) return (repository, tag);
        return null;
    }

    private sealed class Reader(RegistryStore store, RepositoryName repository)
    {
        private readonly Dictionary<Digest, (ManifestDocument? Document, long Length)> known = [];

        public async Task<ManifestDocument?> ReadAsync(Digest digest, CancellationToken cancellation)
        {
            if (known.TryGetValue(digest, out var read)) return read.Document;
            var manifest = store.HasManifest(repository, digest) ? await store.FindManifestAsync(repository, new ManifestReference.ByDigest(digest), cancellation) : null;
            var document = manifest is not null && ManifestDocument.TryParse(manifest.Content, manifest.MediaType, out var parsed, out _) ? parsed : null;
            known[digest] = (document, manifest?.Content.Length ?? 0);
            return document;
        }

        public async Task<ListedImage> ListAsync(TagName? tag, Digest digest, CancellationToken cancellation)
        {
            var sizes = new Dictionary<Digest, long>();
            var platforms = new SortedSet<string>(StringComparer.Ordinal);
            await WalkAsync(digest, null, sizes, platforms, cancellation);
            return new ListedImage(repository, tag, digest, sizes.Values.Sum(), [.. platforms]);
        }

        private async Task WalkAsync(Digest digest, ImagePlatform? platform, Dictionary<Digest, long> sizes, SortedSet<string> platforms, CancellationToken cancellation)
        {
            if (sizes.ContainsKey(digest) || await ReadAsync(digest, cancellation) is not { } document) return;
            sizes[digest] = known[digest].Length;
            foreach (var blob in document.Blobs.Where(blob => store.HasBlob(repository, blob.Digest))) sizes[blob.Digest] = blob.Size;
            foreach (var child in document.Manifests) await WalkAsync(child.Digest, child.Platform, sizes, platforms, cancellation);
            if (MediaTypes.IsIndex(document.MediaType)) return;
            if (platform is null && document.Config is { MediaType: MediaTypes.OciConfig or MediaTypes.DockerConfig } config
                && await StoredContent.ReadAsync(store, config.Digest, ImageConfiguration.MaximumLength, cancellation) is { } content)
                platform = ImageConfiguration.TryParse(content)?.Platform;
            if (platform is { Architecture.Length: > 0 } && platform.Architecture != ImageIntake.UnknownArchitecture) platforms.Add(platform.ToString());
        }
    }
}
