using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Sextant.Primitives;

namespace Sextant.Registry;

/// <summary>What the list of referrers says of a manifest that is about another one (OCI distribution specification, "Listing referrers").</summary>
/// <param name="Digest">The manifest.</param>
/// <param name="ArtifactType">What the list is filtered by; empty for none.</param>
/// <param name="Json">The whole descriptor.</param>
public sealed record ReferrerDescriptor(Digest Digest, string ArtifactType, ReadOnlyMemory<byte> Json)
{
    /// <summary>The descriptor of a manifest: with its artifact type (else its configuration's type) and its annotations.</summary>
    internal static byte[] Of(ManifestDocument document, Digest digest, int length)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("mediaType", document.MediaType);
            json.WriteString("digest", digest.ToString());
            json.WriteNumber("size", length);
            if (document.ArtifactType is { } type) json.WriteString("artifactType", type);
            if (document.Annotations is { } annotations)
            {
                json.WritePropertyName("annotations");
                json.WriteRawValue(annotations);
            }
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }

    /// <summary>Reads a descriptor that <see cref="Of"/> made; false for anything else.</summary>
    internal static bool TryRead(byte[]? content, [NotNullWhen(true)] out ReferrerDescriptor? referrer)
    {
        referrer = null;
        if (content is null) return false;
        try
        {
            using var json = JsonDocument.Parse(content);
            if (json.RootElement.ValueKind != JsonValueKind.Object || !json.RootElement.TryGetProperty("digest", out var text) || !Digest.TryParse(text.GetString(), out var digest)) return false;
            var type = json.RootElement.TryGetProperty("artifactType", out var artifact) ? artifact.GetString() : null;
            referrer = new ReferrerDescriptor(digest, type ?? "", content);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
