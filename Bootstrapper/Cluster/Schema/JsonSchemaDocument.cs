using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sextant.Cluster.Schema;

/// <summary>The JSON Schema of the whole file, written from the section types that read it.</summary>
internal static class JsonSchemaDocument
{
    /// <summary>The schema as indented JSON with a line feed at its end.</summary>
    public static string Text { get; } = Write();

    private static string Write()
    {
        var root = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["$id"] = $"urn:sextant:cluster-desc:{ClusterDescription.SchemaVersion}",
            ["title"] = "Sextant cluster description",
            ["description"] = "cluster-desc.yaml: everything Sextant needs to know of a cluster. "
                + "What no schema can say, such as that addresses differ, `sextant validate` says.",
        };
        foreach (var (name, value) in SectionShape.Of<ClusterSection>().ToJsonSchema().ToList()) root[name] = value?.DeepClone();
        using var stream = new MemoryStream();
        // Relaxed: the text goes to a file, not into HTML, and people read it.
        var options = new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var writer = new Utf8JsonWriter(stream, options))
            root.WriteTo(writer);
        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }
}
