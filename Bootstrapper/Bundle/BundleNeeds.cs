using Sextant.Assets;
using Sextant.Cluster;
using Sextant.Images;

namespace Sextant.Bundle;

/// <summary>An image a cluster needs, under its whole name.</summary>
/// <param name="Reference">The name, pinned by digest when the manifest or the description pins it.</param>
/// <param name="Reason">Why, for people.</param>
internal sealed record WantedImage(ImageReference Reference, string Reason);

/// <summary>What a bundle is to have for a cluster: what the manifest says it needs, and the images its description lists besides. Pure.</summary>
/// <param name="Assets">Files, in the order of the manifest.</param>
/// <param name="Images">Images, each once, by name.</param>
/// <param name="Unpinned">What nothing in the manifest provides, for people.</param>
internal sealed record BundleNeeds(IReadOnlyList<NeededAsset> Assets, IReadOnlyList<WantedImage> Images, IReadOnlyList<string> Unpinned)
{
    public static readonly BundleNeeds None = new([], [], []);

    public static BundleNeeds Of(ClusterDescription cluster, AssetManifest manifest)
    {
        var needs = SiteNeeds.Of(cluster, manifest);
        var images = new SortedDictionary<string, WantedImage>(StringComparer.Ordinal);
        var faults = new List<string>();
        foreach (var needed in needs.Images)
        {
            if (!ImageReference.TryParse(needed.Reference, out var reference, out var problem)) faults.Add(problem);
            else if (needed.Digest is { } digest) Add(reference.Pinned(digest), needed.Reason);
            else Add(reference, needed.Reason);
        }
        foreach (var listed in cluster.Registry.Images)
        {
            if (ImageReference.TryParse(listed, out var reference, out var problem)) Add(reference, "registry.images");
            else faults.Add(problem);
        }
        return new BundleNeeds(needs.Assets, [.. images.Values], [.. needs.Unpinned, .. faults]);

        void Add(ImageReference reference, string reason) => images.TryAdd(reference.ToString(), new WantedImage(reference, reason));
    }
}
