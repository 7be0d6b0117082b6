using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Sextant.Assets;
using Sextant.Primitives;

namespace Sextant.Bundle;

/// <summary>
/// The bill of materials, SPDX 2.3 in JSON: the bundle contains assets and images, an asset contains the Debian packages it was made of. It states what
/// the manifest and the folder's index know and nothing else; it has no time, because the same content must give the same octets.
/// </summary>
internal static class Sbom
{
    private const string Document = "SPDXRef-DOCUMENT";
    private const string Root = "SPDXRef-Bundle";

    /// <summary>The document.</summary>
    /// <param name="cluster">The cluster description's name; null for none.</param>
    /// <param name="assets">The assets.</param>
    /// <param name="images">The images.</param>
    /// <param name="entries">Every other file of the bundle: the document's name space is theirs alone.</param>
    public static byte[] Of(string? cluster, IReadOnlyList<PlannedAsset> assets, IReadOnlyList<PlannedImage> images, IReadOnlyList<BundleEntry> entries)
    {
        var identity = Digest.Sha256Of(Encoding.UTF8.GetBytes(string.Concat(entries.Select(entry => $"{entry.Path}\0{entry.Sha256}\n"))));
        var name = cluster is null ? "sextant-bundle" : $"sextant-bundle-{cluster}";
        var packages = new List<SbomPackage> { new(Root, name, null, BundlePlan.NoAssertion) { Comment = "Everything the machines of a site need, on the bootstrapper.", Purpose = "ARCHIVE" } };
        var contains = new List<(string From, string To)>();
        var debian = new SortedDictionary<string, SbomPackage>(StringComparer.Ordinal);
        foreach (var asset in assets)
        {
            var package = Of(asset);
            packages.Add(package);
            contains.Add((Root, package.Id));
            foreach (var (packageName, version) in asset.Listed.BuiltFrom)
            {
                var part = OfDebian(packageName, version);
                debian.TryAdd(part.Id, part);
                contains.Add((package.Id, part.Id));
            }
        }
        foreach (var image in images)
        {
            var package = Of(image);
            packages.Add(package);
            contains.Add((Root, package.Id));
        }
        packages.AddRange(debian.Values);

        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("spdxVersion", "SPDX-2.3");
            json.WriteString("dataLicense", "CC0-1.0");
            json.WriteString("SPDXID", Document);
            json.WriteString("name", name);
            json.WriteString("documentNamespace", $"https://spdx.org/spdxdocs/{name}-{identity.Hex}");
            json.WriteStartObject("creationInfo");
            json.WriteString("created", "1970-01-01T00:00:00Z");
            json.WriteStartArray("creators");
            json.WriteStringValue("Tool: sextant");
            json.WriteEndArray();
            json.WriteString("comment", "The time is not recorded, so that the same content gives the same document.");
            json.WriteEndObject();
            WriteLicences(json, packages);
            json.WriteStartArray("packages");
            foreach (var package in packages) package.Write(json);
            json.WriteEndArray();
            json.WriteStartArray("relationships");
            WriteRelationship(json, Document, "DESCRIBES", Root);
            foreach (var (from, to) in contains) WriteRelationship(json, from, "CONTAINS", to);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        buffer.WriteByte((byte)'\n');
        return buffer.ToArray();
    }

    private static SbomPackage Of(PlannedAsset asset) => new(SbomPackage.IdOf("Asset", asset.File.Path), asset.File.Path, asset.Version, asset.Rule.Licence)
    {
        Sha256 = asset.File.Sha256,
        FileName = Path.GetFileName(asset.File.Path),
        Location = asset.Rule.Source switch
        {
            AssetSource.Download download => download.Url.AbsoluteUri,
            AssetSource.DetachedSignature signature => signature.Signed.Url.AbsoluteUri,
            _ => BundlePlan.NoAssertion,
        },
        Supplier = asset.Rule.Source is AssetSource.Package ? SbomPackage.Debian : BundlePlan.NoAssertion,
        SourceInfo = asset.Listed.Source,
        Comment = asset.Rule.Description,
        Purpose = asset.Rule.Kind switch
        {
            AssetKind.Loader => "FIRMWARE",
            AssetKind.Kernel or AssetKind.Initrd or AssetKind.Image => "OPERATING_SYSTEM",
            AssetKind.Binary => "APPLICATION",
            AssetKind.Archive => "ARCHIVE",
            AssetKind.Signature => "OTHER",
            _ => throw new ArgumentOutOfRangeException(nameof(asset)),
        },
    };

    private static SbomPackage Of(PlannedImage image)
    {
        var name = $"{image.Reference.Host}/{image.Reference.Name}";
        var digest = image.Closure.Image.Digest;
        var simple = image.Reference.Name.ToString().Split('/')[^1];
        var tag = image.Reference.Tag is { } known ? $"&tag={known}" : "";
        return new SbomPackage(SbomPackage.IdOf("Image", image.Reference.ToString()), name, image.Reference.Tag?.ToString() ?? digest.ToString(), image.Licence)
        {
            Checksum = digest,
            Comment = image.Description,
            Purpose = "CONTAINER",
            Url = $"pkg:oci/{simple}@{Uri.EscapeDataString(digest.ToString())}?repository_url={Uri.EscapeDataString(name)}{tag}",
        };
    }

    private static SbomPackage OfDebian(string name, string version) => new(SbomPackage.IdOf("Debian", $"{name}_{version}"), name, version, BundlePlan.NoAssertion)
    {
        Supplier = SbomPackage.Debian,
        Url = $"pkg:deb/debian/{Uri.EscapeDataString(name)}@{Uri.EscapeDataString(version)}",
        LicenceComment = $"The package states its licences in /usr/share/doc/{name}/copyright.",
    };

    /// <summary>Every licence that is not on SPDX's list must be explained once (SPDX 2.3 section 10).</summary>
    private static void WriteLicences(Utf8JsonWriter json, IEnumerable<SbomPackage> packages)
    {
        var own = packages.SelectMany(package => package.Licence.Split([' ', '(', ')', '+'], StringSplitOptions.RemoveEmptyEntries))
            .Where(word => word.StartsWith("LicenseRef-", StringComparison.Ordinal)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
        if (own.Length == 0) return;
        json.WriteStartArray("hasExtractedLicensingInfos");
        foreach (var licence in own)
        {
            json.WriteStartObject();
            json.WriteString("licenseId", licence);
            json.WriteString("name", licence["LicenseRef-".Length..]);
            json.WriteString("extractedText", licence == "LicenseRef-Debian-main"
                ? "Packages of Debian main, each under its own free licence: see the packages this one contains, and /usr/share/doc/<package>/copyright inside the file."
                : "Software under several licences, which its publisher states inside the file.");
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteRelationship(Utf8JsonWriter json, string from, string type, string to)
    {
        json.WriteStartObject();
        json.WriteString("spdxElementId", from);
        json.WriteString("relationshipType", type);
        json.WriteString("relatedSpdxElement", to);
        json.WriteEndObject();
    }
}
