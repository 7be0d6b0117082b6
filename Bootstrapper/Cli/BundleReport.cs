using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Sextant.Bundle;

namespace Sextant.Cli;

/// <summary>What <c>--json</c> prints of a bundle.</summary>
/// <param name="Signer">The fingerprint of whoever signed it.</param>
/// <param name="Cluster">The cluster it was made for; null for none.</param>
/// <param name="Missing">What it lacks.</param>
/// <param name="Assets">Its assets.</param>
/// <param name="Images">Its images.</param>
/// <param name="Notes">What people should know.</param>
internal sealed record BundleReport(
    string Signer, string? Cluster, IReadOnlyList<string> Missing, IReadOnlyList<BundleReportItem> Assets, IReadOnlyList<BundleReportItem> Images, IReadOnlyList<string> Notes)
{
    /// <summary>The file's digest and size; null when the report is not about a file just written.</summary>
    public BundleReportItem? File { get; init; }

    /// <summary>The packages of its bill of materials; null when that was not looked at.</summary>
    public int? SbomPackages { get; init; }

    /// <summary>Whether this site trusts the signer; null when that was not looked at.</summary>
    public bool? IsTrusted { get; init; }

    /// <summary>Whether every digest was checked; null when the report is about a bundle just made or loaded, where all were.</summary>
    public bool? IsVerified { get; init; }

    public static BundleReport Of(BundleDocument list, BundleSigner signer, IReadOnlyList<string> notes)
    {
        var entries = list.Entries.ToDictionary(entry => entry.Path, StringComparer.Ordinal);
        return new BundleReport(
            signer.Fingerprint, list.Purpose.Cluster, list.Purpose.Missing,
            [.. list.Assets.Select(asset => entries[BundleLayout.Asset(asset.Path)] is var entry ? new BundleReportItem(asset.Path, entry.Size, $"sha256:{entry.Sha256}", entry.Version, entry.Licence) : null!)],
            [.. list.Images.Select(image => new BundleReportItem(
                image.Reference, BundleArguments.SizeOf(image, entries), image.Digest.ToString(), null, entries[BundleLayout.Blob(image.Digest)].Licence))],
            notes);
    }

    public string ToJson() => JsonSerializer.Serialize(this, BundleReportJson.Readable.BundleReport);
}

/// <summary>One asset, image or file.</summary>
/// <param name="Name">Its path or reference.</param>
/// <param name="Size">Size in octets.</param>
/// <param name="Digest">Its digest.</param>
/// <param name="Version">Upstream's version; null for none.</param>
/// <param name="Licence">SPDX expression; null where it is not about content.</param>
internal sealed record BundleReportItem(string Name, long Size, string Digest, string? Version, string? Licence);

/// <summary>What <c>assets key --json</c> prints.</summary>
/// <param name="Fingerprint">The key's fingerprint.</param>
/// <param name="PublicKey">The key, PEM.</param>
internal sealed record BundleKeyReport(string Fingerprint, string PublicKey);

[JsonSerializable(typeof(BundleReport)), JsonSerializable(typeof(BundleKeyReport))]
internal sealed partial class BundleReportJson : JsonSerializerContext
{
    public static BundleReportJson Readable { get; } = new(new JsonSerializerOptions
    {
        WriteIndented = true,
        NewLine = "\n",
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
