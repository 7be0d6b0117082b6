using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Sextant.Primitives;

namespace Sextant.Bundle;

/// <summary>One file of a bundle.</summary>
/// <param name="Path">Its path in the archive.</param>
/// <param name="Size">Size in octets.</param>
/// <param name="Sha256">Digest in lower-case hex.</param>
/// <param name="Licence">SPDX expression, or <c>NOASSERTION</c>.</param>
/// <param name="Version">Upstream's version; null when there is none.</param>
public sealed record BundleEntry(string Path, long Size, string Sha256, string Licence, string? Version);

/// <summary>An asset of a bundle: what the receiving folder's index is to say of it.</summary>
/// <param name="Path">Its path in the asset folder; its content is the entry <c>assets/{path}</c>.</param>
/// <param name="Recipe">Digest of what it was built by.</param>
/// <param name="Source">Where it came from, for people.</param>
/// <param name="BuiltFrom">The Debian packages in it, name to version.</param>
public sealed record BundledAsset(string Path, string Recipe, string Source, SortedDictionary<string, string> BuiltFrom);

/// <summary>A manifest of an image; its content is an entry below <c>images/blobs/</c>.</summary>
/// <param name="Digest">Its digest.</param>
/// <param name="MediaType">What it was pushed as.</param>
public sealed record BundledManifest(Digest Digest, string MediaType);

/// <summary>An image of a bundle.</summary>
/// <param name="Reference">Its name with the registry's host: <c>registry.k8s.io/pause:3.10.2</c>.</param>
/// <param name="Digest">The digest of the manifest that the name stands for.</param>
/// <param name="Manifests">Its manifests in the order they can be put into a registry: what others list comes before them, the named one last.</param>
/// <param name="Blobs">Its configurations and layers, in the order of their digests.</param>
public sealed record BundledImage(string Reference, Digest Digest, IReadOnlyList<BundledManifest> Manifests, IReadOnlyList<Digest> Blobs);

/// <summary>What a bundle was made for.</summary>
/// <param name="Cluster">The cluster description's name; null when it was made without one.</param>
/// <param name="Assets">The assets the cluster needs.</param>
/// <param name="Images">The images the cluster needs.</param>
/// <param name="Missing">What of that, and what else the cluster needs, the bundle lacks, one line each. Empty when it is complete.</param>
public sealed record BundlePurpose(string? Cluster, IReadOnlyList<string> Assets, IReadOnlyList<string> Images, IReadOnlyList<string> Missing);

/// <summary><c>bundle.json</c>, the first file of a bundle: what is in it, in the order it comes, and the key the list is signed with.</summary>
/// <param name="Format">The version of the format.</param>
/// <param name="Key">The public key, PEM.</param>
/// <param name="Purpose">What it was made for.</param>
/// <param name="Assets">Its assets, by path.</param>
/// <param name="Images">Its images, by reference.</param>
/// <param name="Entries">Every file after <c>bundle.json</c> and its signature.</param>
public sealed record BundleDocument(
    int Format, string Key, BundlePurpose Purpose, IReadOnlyList<BundledAsset> Assets, IReadOnlyList<BundledImage> Images, IReadOnlyList<BundleEntry> Entries)
{
    /// <summary>The format this product reads and writes.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The longest list accepted, in octets.</summary>
    public const int MaximumLength = 64 * 1024 * 1024;

    /// <summary>The list as it stands in the bundle. The same list gives the same octets.</summary>
    public byte[] ToJson() => [.. JsonSerializer.SerializeToUtf8Bytes(this, BundleJson.Strict.BundleDocument), (byte)'\n'];

    /// <summary>Reads only the format's version, which every format has; null when this is no bundle's list.</summary>
    public static int? FormatOf(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("format", out var format)
                && format.ValueKind == JsonValueKind.Number && format.TryGetInt32(out var number) && number > 0 ? number : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Reads a list strictly: unknown, repeated or missing members are faults.</summary>
    /// <returns>Null with the reason: the rest of a sentence about the list.</returns>
    public static BundleDocument? Parse(ReadOnlySpan<byte> json, out string problem)
    {
        try
        {
            problem = "is empty";
            return JsonSerializer.Deserialize(json, BundleJson.Strict.BundleDocument) is { } document && (problem = BundleLayout.FaultOf(document)).Length == 0 ? document : null;
        }
        catch (JsonException failure)
        {
            problem = $"cannot be read: {failure.Message}";
            return null;
        }
    }
}

[JsonSerializable(typeof(BundleDocument))]
internal sealed partial class BundleJson : JsonSerializerContext
{
    public static BundleJson Strict { get; } = new(new JsonSerializerOptions
    {
        WriteIndented = true,
        NewLine = "\n",
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        AllowDuplicateProperties = false,
    });
}
