using Sextant.Cluster;
using Sextant.Primitives;

namespace Sextant.Assets;

/// <summary>A file the cluster needs on the bootstrapper.</summary>
/// <param name="Entry">What the manifest says of it.</param>
/// <param name="Reason">Why, for people: <c>Kubernetes 1.36.4 on every node</c>.</param>
public sealed record NeededAsset(AssetEntry Entry, string Reason);

/// <summary>A container image the cluster needs on the bootstrapper.</summary>
/// <param name="Reference">Its name with the registry's host, and its tag or digest.</param>
/// <param name="Digest">The image manifest's digest; null when neither the asset manifest nor the description states it.</param>
/// <param name="Reason">Why, for people.</param>
public sealed record NeededImage(string Reference, Digest? Digest, string Reason)
{
    /// <summary>What the operator's own build was taken in as; null for an image that others have, too.</summary>
    public string? LocalSet { get; init; }
}

/// <summary>
/// What a cluster needs on the bootstrapper so that its machines need nothing from anywhere else. A pure function of the cluster description and the
/// manifest.
/// </summary>
/// <param name="Assets">Files, in the order of the manifest.</param>
/// <param name="Images">Container images, in the order of the manifest.</param>
/// <param name="Unpinned">What the description asks for and the manifest does not have, for people; empty when the site can be complete.</param>
public sealed record SiteNeeds(IReadOnlyList<NeededAsset> Assets, IReadOnlyList<NeededImage> Images, IReadOnlyList<string> Unpinned)
{
    /// <summary>Addons that are part of every Kubernetes cluster here: their images belong to the Kubernetes release.</summary>
    private static readonly string[] AlwaysOn = ["coredns", "flannel", "kube-proxy"];

    /// <summary>What the cluster needs of what the manifest pins, and what is pinned nowhere.</summary>
    public static SiteNeeds Of(ClusterDescription cluster, AssetManifest manifest) => new(
        [.. from entry in manifest.Entries let reason = ReasonOf(entry.For, cluster) where reason is not null select new NeededAsset(entry, entry.Source is AssetSource.Local ? $"{reason}, {entry.Source}" : reason)],
        [.. ImagesOf(cluster, manifest)],
        [.. UnpinnedOf(cluster, manifest)]);

    /// <summary>Those of the cluster, then those the operator wants besides.</summary>
    private static IEnumerable<NeededImage> ImagesOf(ClusterDescription cluster, AssetManifest manifest)
    {
        var wanted = cluster.Registry.Images.ToHashSet(StringComparer.Ordinal);
        foreach (var image in manifest.Images)
        {
            var reason = ReasonOf(image.For, cluster);
            if (wanted.Remove(image.Reference)) reason ??= "registry.images of the description";
            if (reason is not null) yield return new NeededImage(image.Reference, image.Digest, image.LocalSet is null ? reason : $"{reason}, local build") { LocalSet = image.LocalSet };
        }
        foreach (var reference in cluster.Registry.Images.Where(wanted.Contains))
        {
            var at = reference.LastIndexOf('@');
            Digest? digest = at >= 0 && Primitives.Digest.TryParse(reference[(at + 1)..], out var given) ? given : null;
            yield return new NeededImage(reference, digest, "registry.images of the description");
        }
    }

    /// <summary>The reason in words; null when a condition is not met or there is none.</summary>
    private static string? ReasonOf(NeedConditions conditions, ClusterDescription cluster)
    {
        if (conditions.IsEmpty) return null;
        var reasons = new List<string>();
        if (conditions.OperatingSystems.Count > 0)
        {
            if (!conditions.OperatingSystems.Contains(cluster.OperatingSystem.Name)) return null;
            reasons.Add($"{NameOf(cluster.OperatingSystem.Name)} on every node");
        }
        if (conditions.KubernetesVersions.Count > 0)
        {
            if (!conditions.IsForKubernetes(cluster.Kubernetes.Version)) return null;
            reasons.Add($"Kubernetes {cluster.Kubernetes.Version} on every node");
        }
        if (conditions.Addons.Count > 0)
        {
            var addons = conditions.Addons.Intersect(cluster.Addons, StringComparer.Ordinal).ToArray();
            if (addons.Length == 0) return null;
            reasons.Add($"addon {string.Join(", ", addons)}");
        }
        if (conditions.VirtualAddress)
        {
            if (cluster.Api.VirtualAddress is null && cluster.Ingress.VirtualAddress is null) return null;
            reasons.Add("a virtual address");
        }
        if (conditions.Boot.Count > 0)
        {
            // The description does not say which firmware the machines have: each must find its loader. It does say who goes by Secure Boot's way.
            var firmwares = conditions.Boot.Where(boot => boot is not BootFirmware.SecureBoot || UsesSecureBoot(cluster)).ToArray();
            if (firmwares.Length == 0) return null;
            reasons.Add($"machines with {string.Join(" or ", firmwares.Select(NameOf))} firmware");
        }
        return string.Join(", ", reasons);
    }

    private static bool UsesSecureBoot(ClusterDescription cluster) =>
        cluster.Boot.Chain is BootChain.SecureBoot || cluster.Nodes.Any(node => node.Boot.Chain is BootChain.SecureBoot);

    private static IEnumerable<string> UnpinnedOf(ClusterDescription cluster, AssetManifest manifest)
    {
        var conditions = manifest.Entries.Select(entry => entry.For).ToList();
        var images = manifest.Images.Select(image => image.For).ToList();
        if (!conditions.Any(needs => needs.OperatingSystems.Contains(cluster.OperatingSystem.Name)))
            yield return $"{AssetManifest.FileName} has no files of {NameOf(cluster.OperatingSystem.Name)}, the system of every node";
        var version = cluster.Kubernetes.Version;
        if (!conditions.Any(needs => needs.KubernetesVersions.Contains(version)))
            yield return $"{AssetManifest.FileName} has no binaries of Kubernetes {version}{Known(conditions)}; 'sextant assets add kubernetes DIR' takes in a build of your own";
        if (!images.Any(needs => needs.KubernetesVersions.Contains(version)))
            yield return $"{AssetManifest.FileName} has no container images of Kubernetes {version}{Known(images)}";
        foreach (var addon in cluster.Addons.Except(AlwaysOn, StringComparer.Ordinal))
            if (!images.Any(needs => needs.Addons.Contains(addon))) yield return $"{AssetManifest.FileName} has no container images of the addon {addon}";
    }

    private static string Known(IEnumerable<NeedConditions> conditions)
    {
        var versions = conditions.SelectMany(needs => needs.KubernetesVersions).Where(NeedConditions.IsOneRelease).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
        return versions.Length == 0 ? "" : $"; it has {string.Join(", ", versions)}";
    }

    private static string NameOf(OperatingSystemName system) => system switch
    {
        OperatingSystemName.Debian => "Debian",
        OperatingSystemName.Flatcar => "Flatcar",
        OperatingSystemName.FedoraCoreos => "Fedora CoreOS",
        OperatingSystemName.Rocky => "Rocky Linux",
        _ => throw new ArgumentOutOfRangeException(nameof(system)),
    };

    private static string NameOf(BootFirmware boot) => boot switch
    {
        BootFirmware.Bios => "BIOS",
        BootFirmware.Uefi => "UEFI",
        BootFirmware.SecureBoot => "Secure Boot",
        _ => throw new ArgumentOutOfRangeException(nameof(boot)),
    };
}
