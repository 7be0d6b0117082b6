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
    internal static ReferrerDescriptor Of(ManifestDocument document, Digest digest, int length)
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
        return new ReferrerDescriptor(digest, document.ArtifactType ?? "", buffer.ToArray());
    }
}
