using System.Text;
using System.Text.Json;
using Sextant.Primitives;

namespace Sextant.Bundle;

/// <summary>One package of the bill of materials (SPDX 2.3 section 7); what is not known is said to be so.</summary>
/// <param name="Id">Its identifier in the document.</param>
/// <param name="Name">Its name.</param>
/// <param name="Version">Its version; null when it has none.</param>
/// <param name="Licence">The licence that whoever lists it declares.</param>
internal sealed record SbomPackage(string Id, string Name, string? Version, string Licence)
{
    /// <summary>Who supplies packages of Debian.</summary>
    public const string Debian = "Organization: Debian";

    public string? Sha256 { init => Checksum = value is null ? null : Digest.FromSha256Hex(value); }
    public Digest? Checksum { get; init; }
    public string? FileName { get; init; }
    public string Location { get; init; } = BundlePlan.NoAssertion;
    public string Supplier { get; init; } = BundlePlan.NoAssertion;
    public string SourceInfo { get; init; } = "";
    public string Comment { get; init; } = "";
    public string LicenceComment { get; init; } = "";
    public string? Purpose { get; init; }
    /// <summary>Its package URL.</summary>
    public string? Url { get; init; }

    /// <summary>An identifier: letters, digits, dots and hyphens are allowed, so the rest is told apart by a digest.</summary>
    public static string IdOf(string kind, string name) =>
        $"SPDXRef-{kind}-{string.Concat(name.Select(character => char.IsAsciiLetterOrDigit(character) || character is '.' or '-' ? character : '-'))}-{Digest.Sha256Of(Encoding.UTF8.GetBytes(name)).Hex[..8]}";

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("SPDXID", Id);
        json.WriteString("name", Name);
        if (Version is not null) json.WriteString("versionInfo", Version);
        if (FileName is not null) json.WriteString("packageFileName", FileName);
        json.WriteString("supplier", Supplier);
        json.WriteString("downloadLocation", Location);
        json.WriteBoolean("filesAnalyzed", false);
        if (Checksum is { } digest)
        {
            json.WriteStartArray("checksums");
            json.WriteStartObject();
            json.WriteString("algorithm", digest.Algorithm == DigestAlgorithm.Sha256 ? "SHA256" : "SHA512");
            json.WriteString("checksumValue", digest.Hex);
            json.WriteEndObject();
            json.WriteEndArray();
        }
        if (SourceInfo.Length > 0) json.WriteString("sourceInfo", SourceInfo);
        json.WriteString("licenseConcluded", BundlePlan.NoAssertion);
        json.WriteString("licenseDeclared", Licence);
        if (LicenceComment.Length > 0) json.WriteString("licenseComments", LicenceComment);
        json.WriteString("copyrightText", BundlePlan.NoAssertion);
        if (Comment.Length > 0) json.WriteString("summary", Comment);
        if (Purpose is not null) json.WriteString("primaryPackagePurpose", Purpose);
        if (Url is not null)
        {
            json.WriteStartArray("externalRefs");
            json.WriteStartObject();
            json.WriteString("referenceCategory", "PACKAGE-MANAGER");
            json.WriteString("referenceType", "purl");
            json.WriteString("referenceLocator", Url);
            json.WriteEndObject();
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }
}
