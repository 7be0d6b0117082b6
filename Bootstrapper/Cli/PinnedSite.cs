using Sextant.Assets;
using Sextant.Cluster;
using Sextant.Planning;

namespace Sextant.Cli;

/// <summary>What the asset manifest pins for a cluster, in the words of its plan.</summary>
public static class PinnedSite
{
    /// <summary>The pins of a description.</summary>
    /// <param name="cluster">The description.</param>
    /// <param name="assets">The asset folder.</param>
    public static SitePins Of(ClusterDescription cluster, string assets)
    {
        var needs = SiteNeeds.Of(cluster, AssetManifest.Load(assets));
        return new SitePins(
            needs.Assets.Select(asset => asset.Entry)
                .Where(entry => entry.Kind is AssetKind.Binary or AssetKind.Archive && entry.Source.Pinned is not null)
                .ToDictionary(entry => entry.Path, entry => new PinnedFile(entry.Path, entry.Source.Pinned!.Value.Hex), StringComparer.Ordinal),
            [.. needs.Images.Select(image => image.Reference)]);
    }
}
