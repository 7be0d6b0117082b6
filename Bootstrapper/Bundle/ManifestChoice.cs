using System.Text;
using Sextant.Assets;
using Sextant.Images;
using Sextant.Primitives;

namespace Sextant.Bundle;

/// <summary>
/// Which <c>manifest.yaml</c> an asset folder has after a load. A manifest that people wrote is never replaced and never mixed with another one: it is
/// kept when it says of everything in the bundle what the bundle says, else the load is refused.
/// </summary>
internal abstract record ManifestChoice
{
    private ManifestChoice() { }

    /// <summary>The bundle's.</summary>
    public sealed record Install(AssetManifest Manifest) : ManifestChoice;

    /// <summary>The folder's.</summary>
    /// <param name="Manifest">What it says.</param>
    /// <param name="IsTheSame">True when the bundle's is the same text.</param>
    public sealed record Keep(AssetManifest Manifest, bool IsTheSame) : ManifestChoice;

    /// <summary>Neither.</summary>
    /// <param name="Problems">Why, one line each.</param>
    public sealed record Conflict(IReadOnlyList<string> Problems) : ManifestChoice;

    /// <summary>Chooses. Pure.</summary>
    /// <param name="folder">The folder's text; null when it has none.</param>
    /// <param name="lastInstalled">The digest of the text that the last load put there; null when none did.</param>
    /// <param name="local">The folder's local builds.</param>
    /// <param name="index">What is in the folder.</param>
    /// <param name="bundle">The bundle's text.</param>
    /// <param name="builds">The bundle's local builds; they take the place of the folder's of the same names.</param>
    /// <param name="list">What is in the bundle.</param>
    public static ManifestChoice Of(string? folder, Digest? lastInstalled, LocalManifest local, AssetIndex index, string bundle, LocalManifest builds, BundleDocument list)
    {
        var offered = builds.Over(AssetManifest.Parse(bundle));
        var after = local.With(builds.Content.Entries, builds.Content.Images);
        var entries = list.Entries.ToDictionary(entry => entry.Path, StringComparer.Ordinal);
        if (offered.Problems.Count > 0) return new Conflict([.. offered.Problems.Select(problem => $"the bundle's {problem}")]);
        if (Differences(offered) is { Count: > 0 } wrong) return new Conflict([.. wrong.Select(path => $"the bundle's {AssetManifest.FileName} does not have its asset {path} as it is")]);
        if (after.Content.Problems.Count > 0) return new Conflict([.. after.Content.Problems.Select(problem => problem.ToString())]);
        if (BuildsInTheWay() is { Count: > 0 } own)
            return new Conflict([.. own.Select(name => $"{LocalManifest.FileName} of the asset folder has a build of its own as {name}, and the bundle another one: remove the entry, and the bundle's is used")]);
        if (folder is null) return new Install(after.Over(offered));
        var present = after.Over(AssetManifest.Parse(folder));
        if (folder == bundle) return new Keep(present, IsTheSame: true);
        var known = after.Over(offered).Entries.Select(entry => entry.Path).ToHashSet(StringComparer.Ordinal);
        if (Digest.Sha256Of(Encoding.UTF8.GetBytes(folder)) == lastInstalled && index.Assets.All(asset => known.Contains(asset.Path))) return new Install(after.Over(offered));
        if (present.Problems.Count > 0) return new Conflict([.. present.Problems.Select(problem => problem.ToString())]);
        var differences = Differences(present);
        return differences.Count == 0
            ? new Keep(present, IsTheSame: false)
            : new Conflict([.. differences.Select(path =>
                $"{AssetManifest.FileName} of the asset folder has not the same entry for {path} as the bundle: take over the bundle's entry, or move {AssetManifest.FileName} away so that the bundle's is used")]);

        // Of what is in the bundle, what the folder has as a local build that is another one.
        List<string> BuildsInTheWay() =>
        [
            .. after.Content.Entries.Where(entry => entries.TryGetValue(BundleLayout.Asset(entry.Path), out var bundled) && !IsAllowed(entry, bundled)).Select(entry => entry.Path),
            .. after.Content.Images.Where(image => list.Images.Any(bundled => IsAnother(image, bundled))).Select(image => image.Reference),
        ];

        List<string> Differences(AssetManifest manifest) => [.. list.Assets.Select(asset => asset.Path).Where(path => !manifest.Entries.Any(entry =>
            entry.Path == path && Alike(entry, offered.Entries.FirstOrDefault(other => other.Path == path)) && IsAllowed(entry, entries[BundleLayout.Asset(path)])))];
    }

    private static bool Alike(AssetEntry one, AssetEntry? other) => other is not null && one.Kind == other.Kind && one.ByTftp == other.ByTftp && one.Version == other.Version;

    private static bool IsAnother(ImageEntry rule, BundledImage bundled) =>
        rule.Digest is { } pinned && pinned != bundled.Digest && ImageReference.TryParse(rule.Reference, out var named, out _)
        && ImageReference.Parse(bundled.Reference) is var reference && reference.Here == named.Here && reference.Tag == named.Tag;

    private static bool IsAllowed(AssetEntry rule, BundleEntry entry) => rule.Source.Pinned is not { } pinned || pinned.Hex == entry.Sha256;
}
