using Sextant.Assets;
using Sextant.Cluster;
using Sextant.Images;

namespace Sextant.Bundle;

/// <summary>What a bundle is to have for a cluster. Pure.</summary>
/// <param name="Assets">Files, in the order of the manifest.</param>
/// <param name="Images">Images, by name.</param>
/// <param name="Unpinned">What nothing in the manifest provides, for people.</param>
internal sealed record BundleNeeds(IReadOnlyList<NeededAsset> Assets, IReadOnlyList<WantedImage> Images, IReadOnlyList<string> Unpinned)
{
    public static readonly BundleNeeds None = new([], [], []);

    public static BundleNeeds Of(ClusterDescription cluster, AssetManifest manifest)
    {
        var needs = SiteNeeds.Of(cluster, manifest);
        var wanted = WantedImages.Of(needs);
        return new BundleNeeds(
            needs.Assets, [.. wanted.Images.OrderBy(image => image.Reference.ToString(), StringComparer.Ordinal)], [.. needs.Unpinned, .. wanted.Faults]);
    }
}
