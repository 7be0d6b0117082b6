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
        var manifest = AssetManifest.Load(assets);
        var needs = SiteNeeds.Of(cluster, manifest);
        return new SitePins(
            needs.Assets.Select(asset => asset.Entry)
                .Where(entry => entry.Kind is AssetKind.Binary or AssetKind.Archive && entry.Source.Pinned is not null)
                .ToDictionary(entry => entry.Path, entry => new PinnedFile(entry.Path, entry.Source.Pinned!.Value.Hex), StringComparer.Ordinal),
            [.. needs.Images.Select(image => image.Reference)])
        {
            BootFiles = [.. from asset in needs.Assets let file = BootFile(asset.Entry, manifest) where file is not null select file],
        };
    }

    /// <summary>Why a plan cannot be made for the description's Kubernetes release, with what there is instead; null when programs and images of it are pinned.</summary>
    /// <param name="cluster">The description.</param>
    /// <param name="assets">The asset folder.</param>
    public static string? UnpinnedRelease(ClusterDescription cluster, string assets)
    {
        var pinned = PinnedReleases(AssetManifest.Load(assets));
        return pinned.Contains(cluster.Kubernetes.Version)
            ? null
            : $"{cluster.Kubernetes.Version} is not pinned{(pinned.Length == 0 ? "" : $", {string.Join(" and ", pinned)} {(pinned.Length == 1 ? "is" : "are")}")}; name one of these, or take in a build of your own with 'sextant assets add kubernetes DIR'";
    }

    /// <summary>The releases whose programs and images are both pinned.</summary>
    private static string[] PinnedReleases(AssetManifest manifest) =>
    [
        .. manifest.Entries.SelectMany(entry => entry.For.KubernetesVersions).Intersect(manifest.Images.SelectMany(image => image.For.KubernetesVersions), StringComparer.Ordinal)
            .Where(NeedConditions.IsOneRelease).Order(StringComparer.Ordinal),
    ];

    private static PinnedBootFile? BootFile(AssetEntry entry, AssetManifest manifest)
    {
        BootFileKind? kind = entry.Kind switch
        {
            AssetKind.Kernel => BootFileKind.Kernel,
            AssetKind.Initrd => BootFileKind.Initrd,
            AssetKind.Image => BootFileKind.Image,
            _ => null,
        };
        var key = (entry.Source as AssetSource.Download)?.Signature is { } signature ? manifest.Keys.Single(one => one.Name == signature.Key).File : null;
        return kind is { } known ? new PinnedBootFile(entry.Path, known, entry.Version, key) : null;
    }
}
