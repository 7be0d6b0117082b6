using System.Text.Json;

namespace Sextant.Bundle;

/// <summary>The <c>index.json</c> of the bundle's OCI image layout (OCI image specification, image-layout.md), so that other tools can read the images.</summary>
internal static class OciIndex
{
    /// <summary>The index: each image under its whole name.</summary>
    public static byte[] Of(IEnumerable<PlannedImage> images)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteNumber("schemaVersion", 2);
            json.WriteString("mediaType", Registry.MediaTypes.OciIndex);
            json.WriteStartArray("manifests");
            foreach (var image in images)
            {
                json.WriteStartObject();
                json.WriteString("mediaType", image.Closure.MediaType);
                json.WriteString("digest", image.Closure.Image.Digest.ToString());
                json.WriteNumber("size", image.Closure.Manifests[image.Closure.Image.Digest].Length);
                json.WriteStartObject("annotations");
                json.WriteString("org.opencontainers.image.ref.name", image.Reference.ToString());
                json.WriteString("io.containerd.image.name", image.Reference.ToString());
                json.WriteEndObject();
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        buffer.WriteByte((byte)'\n');
        return buffer.ToArray();
    }
}
