using Sextant.Assets;
using Sextant.Images;
using Sextant.Primitives;

namespace Sextant.Bundle;

/// <summary>
/// Which files a bundle has, and in which order: the list, its signature, the bill of materials, the manifest, then the rest by path. A list that names anything else
/// is refused, whoever signed it.
/// </summary>
/// <remarks>
/// <code>
/// bundle.json                     the list
/// bundle.json.sig                 its signature
/// sbom.spdx.json                  the bill of materials
/// assets/manifest.yaml            the manifest of the asset folder
/// assets/local.yaml               what of the content was built by the operator of the site that made the bundle; only when there is any
/// assets/…                        the assets
/// assets/keys/…                   the keys that the manifest names
/// images/oci-layout               an OCI image layout: skopeo, podman and containerd read it
/// images/index.json
/// images/blobs/sha256/…
/// </code>
/// </remarks>
internal static class BundleLayout
{
    public const string List = "bundle.json";
    public const string Signature = "bundle.json.sig";
    public const string Sbom = "sbom.spdx.json";
    public const string AssetsPrefix = "assets/";
    public const string Manifest = AssetsPrefix + AssetManifest.FileName;
    public const string Local = AssetsPrefix + LocalManifest.FileName;
    public const string KeysPrefix = AssetsPrefix + "keys/";
    public const string OciLayout = "images/oci-layout";
    public const string OciIndex = "images/index.json";

    /// <summary>The path of a blob or an image's manifest.</summary>
    public static string Blob(Digest digest) => $"images/blobs/{digest.AlgorithmName}/{digest.Hex}";

    /// <summary>The path of an asset.</summary>
    public static string Asset(string path) => AssetsPrefix + path;

    /// <summary>The digest that a path below <c>images/blobs/</c> names; null for another path.</summary>
    public static Digest? DigestOf(string path) =>
        path.Split('/') is ["images", "blobs", var algorithm, var hex] && Digest.TryParse($"{algorithm}:{hex}", out var digest) ? digest : null;

    /// <summary>The order of entries.</summary>
    public static int Compare(string left, string right) => Rank(left) - Rank(right) is not 0 and var rank ? rank : string.CompareOrdinal(left, right);

    /// <summary>What a reader must know before it copies anything comes first.</summary>
    private static int Rank(string path) => path switch { Sbom => 0, Manifest => 1, Local => 2, _ => 3 };

    /// <summary>Why a list cannot be followed: the rest of a sentence about it. Empty when it can.</summary>
    public static string FaultOf(BundleDocument list)
    {
        if (list.Format != BundleDocument.CurrentFormat) return $"has format {list.Format}";
        var entries = new Dictionary<string, BundleEntry>(StringComparer.Ordinal);
        var last = "";
        foreach (var entry in list.Entries)
        {
            if (!AssetPath.IsValid(entry.Path.StartsWith(AssetsPrefix, StringComparison.Ordinal) ? entry.Path[AssetsPrefix.Length..] : entry.Path)) return $"names '{Quoted(entry.Path)}', which is no path of a bundle";
            if (entry.Size < 0) return $"gives '{entry.Path}' a negative size";
            if (!Digest.TryParse($"sha256:{entry.Sha256}", out _)) return $"gives '{entry.Path}' no SHA-256";
            if (!entries.TryAdd(entry.Path, entry)) return $"names '{entry.Path}' twice";
            if (last.Length > 0 && Compare(last, entry.Path) > 0) return $"is not in order at '{entry.Path}'";
            last = entry.Path;
            if (DigestOf(entry.Path) is { Algorithm: DigestAlgorithm.Sha256 } digest && digest.Hex != entry.Sha256) return $"gives '{entry.Path}' another digest than its name";
        }
        foreach (var path in (string[])[Sbom, Manifest, OciLayout, OciIndex])
            if (!entries.ContainsKey(path)) return $"has no '{path}'";

        var used = new HashSet<string>([Sbom, Manifest, Local, OciLayout, OciIndex, .. entries.Keys.Where(path => path.StartsWith(KeysPrefix, StringComparison.Ordinal))], StringComparer.Ordinal);
        foreach (var asset in list.Assets)
        {
            if (!AssetPath.IsValid(asset.Path) || !entries.ContainsKey(Asset(asset.Path))) return $"has no content for the asset '{Quoted(asset.Path)}'";
            if (!used.Add(Asset(asset.Path))) return $"has another use for the asset '{asset.Path}'";
        }
        var references = new HashSet<string>(StringComparer.Ordinal);
        foreach (var image in list.Images)
        {
            if (!ImageReference.TryParse(image.Reference, out var reference, out _) || reference.ToString() != image.Reference) return $"names an image '{Quoted(image.Reference)}', which is no whole name";
            if (!references.Add(image.Reference)) return $"names the image {image.Reference} twice";
            if (image.Manifests.Count == 0 || image.Manifests[^1].Digest != image.Digest) return $"does not end the manifests of {image.Reference} with the one it names";
            foreach (var digest in image.Manifests.Select(manifest => manifest.Digest).Concat(image.Blobs))
            {
                if (!entries.ContainsKey(Blob(digest))) return $"has no content for {digest} of {image.Reference}";
                used.Add(Blob(digest));
            }
        }
        return entries.Keys.FirstOrDefault(path => !used.Contains(path)) is { } idle ? $"names '{idle}', which belongs to nothing" : "";
    }

    /// <summary>A text of a stranger, for a message: short, and only what can be printed.</summary>
    public static string Quoted(string text) =>
        string.Concat((text.Length > 120 ? text[..120] + "..." : text).Select(character => char.IsControl(character) ? '?' : character));
}
