using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Sextant.Primitives;

namespace Sextant.Registry;

/// <summary>The media types registries must tell apart.</summary>
public static class MediaTypes
{
    /// <summary>An OCI image manifest.</summary>
    public const string OciManifest = "application/vnd.oci.image.manifest.v1+json";
    /// <summary>An OCI image index.</summary>
    public const string OciIndex = "application/vnd.oci.image.index.v1+json";
    /// <summary>A Docker image manifest, version 2 schema 2.</summary>
    public const string DockerManifest = "application/vnd.docker.distribution.manifest.v2+json";
    /// <summary>A Docker manifest list.</summary>
    public const string DockerManifestList = "application/vnd.docker.distribution.manifest.list.v2+json";
    /// <summary>An OCI image configuration.</summary>
    public const string OciConfig = "application/vnd.oci.image.config.v1+json";
    /// <summary>A Docker image configuration.</summary>
    public const string DockerConfig = "application/vnd.docker.container.image.v1+json";
    /// <summary>An uncompressed OCI layer.</summary>
    public const string OciLayer = "application/vnd.oci.image.layer.v1.tar";

    /// <summary>True for the types whose content is a list of other manifests.</summary>
    public static bool IsIndex(string mediaType) => mediaType is OciIndex or DockerManifestList;
}

/// <summary>The platform an image of an index is for (OCI image specification, image-index.md).</summary>
/// <param name="Os"><c>linux</c></param>
/// <param name="Architecture"><c>amd64</c></param>
/// <param name="Variant"><c>v8</c>; empty for none.</param>
public sealed record ImagePlatform(string Os, string Architecture, string Variant)
{
    /// <summary><c>linux/amd64</c>, <c>linux/arm64/v8</c>.</summary>
    public override string ToString() => Variant.Length == 0 ? $"{Os}/{Architecture}" : $"{Os}/{Architecture}/{Variant}";
}

/// <summary>One content another one points at (OCI image specification, descriptor.md).</summary>
/// <param name="MediaType">Its type.</param>
/// <param name="Digest">Its identity.</param>
/// <param name="Size">Its size in octets.</param>
/// <param name="IsElsewhere">True when it has <c>urls</c>: it may be fetched there and need not be in the registry (foreign layers).</param>
/// <param name="Platform">The platform, in an index.</param>
public sealed record Descriptor(string MediaType, Digest Digest, long Size, bool IsElsewhere, ImagePlatform? Platform);

/// <summary>What a registry reads out of a manifest. The content itself is kept octet by octet.</summary>
/// <param name="MediaType">What it is.</param>
/// <param name="ArtifactType">Its <c>artifactType</c>, else its configuration's media type; null for an index without one.</param>
/// <param name="Config">The configuration; null for an index.</param>
/// <param name="Layers">The layers; empty for an index.</param>
/// <param name="Manifests">The manifests of an index.</param>
/// <param name="Subject">The manifest this one is about; null for none.</param>
/// <param name="Annotations">The annotations as JSON object text; null for none.</param>
public sealed record ManifestDocument(
    string MediaType, string? ArtifactType, Descriptor? Config, IReadOnlyList<Descriptor> Layers, IReadOnlyList<Descriptor> Manifests, Descriptor? Subject,
    string? Annotations)
{
    /// <summary>The largest manifest accepted, in octets (OCI distribution specification, "Pushing manifests").</summary>
    public const int MaximumLength = 4 * 1024 * 1024;

    /// <summary>Every blob it points at: configuration and layers.</summary>
    public IEnumerable<Descriptor> Blobs => Config is null ? Layers : Layers.Prepend(Config);

    /// <summary>Reads a manifest of any type. Never throws on its content.</summary>
    /// <param name="content">The manifest.</param>
    /// <param name="contentType">What the sender calls it, without parameters; null when it says nothing.</param>
    /// <param name="document">What was read.</param>
    /// <param name="problem">Why nothing was.</param>
    public static bool TryParse(ReadOnlyMemory<byte> content, string? contentType, [NotNullWhen(true)] out ManifestDocument? document, out string problem)
    {
        document = null;
        try
        {
            using var json = JsonDocument.Parse(content);
            problem = Read(json.RootElement, contentType, out document);
        }
        catch (JsonException failure)
        {
            problem = $"is no JSON: {failure.Message}";
        }
        catch (InvalidOperationException)
        {
            // The reader finds out only when a text is asked for.
            problem = "has text that is not Unicode";
        }
        return document is not null;
    }

    private static string Read(JsonElement root, string? contentType, out ManifestDocument? document)
    {
        document = null;
        if (root.ValueKind != JsonValueKind.Object) return "is no JSON object";
        if (Text(root, "mediaType") is { } own && contentType is not null && own != contentType) return $"says its mediaType is {own}, but was sent as {contentType}";
        if (root.TryGetProperty("schemaVersion", out var version) && (version.ValueKind != JsonValueKind.Number || !version.TryGetInt32(out var number) || number != 2))
            return "has a schemaVersion other than 2";
        var mediaType = Text(root, "mediaType") ?? contentType ?? (root.TryGetProperty("manifests", out _) ? MediaTypes.OciIndex : MediaTypes.OciManifest);
        var isIndex = MediaTypes.IsIndex(mediaType);
        if (isIndex && root.TryGetProperty("layers", out _)) return "is an index with layers";
        if (!isIndex && root.TryGetProperty("manifests", out _) && root.TryGetProperty("layers", out _)) return "has both layers and manifests";
        if (!TryReadOne(root, "config", out var config, out var problem) || !TryReadOne(root, "subject", out var subject, out problem)
            || !TryReadMany(root, "layers", out var layers, out problem) || !TryReadMany(root, "manifests", out var manifests, out problem)) return problem;
        if (mediaType is MediaTypes.OciManifest or MediaTypes.DockerManifest && config is null) return "is an image manifest without config";
        if (isIndex && !root.TryGetProperty("manifests", out _)) return "is an index without manifests";
        var annotations = root.TryGetProperty("annotations", out var map) && map.ValueKind == JsonValueKind.Object ? map.GetRawText() : null;
        document = new ManifestDocument(mediaType, Text(root, "artifactType") is { Length: > 0 } type ? type : config?.MediaType, config, layers, manifests, subject, annotations);
        return "";
    }

    private static bool TryReadOne(JsonElement root, string name, out Descriptor? descriptor, out string problem)
    {
        descriptor = null;
        problem = "";
        if (!root.TryGetProperty(name, out var element) || element.ValueKind == JsonValueKind.Null) return true;
        return TryReadDescriptor(element, name, out descriptor, out problem);
    }

    private static bool TryReadMany(JsonElement root, string name, out IReadOnlyList<Descriptor> descriptors, out string problem)
    {
        descriptors = [];
        problem = "";
        if (!root.TryGetProperty(name, out var list) || list.ValueKind == JsonValueKind.Null) return true;
        problem = $"has '{name}' that is no list";
        if (list.ValueKind != JsonValueKind.Array) return false;
        var read = new List<Descriptor>();
        foreach (var element in list.EnumerateArray())
        {
            if (!TryReadDescriptor(element, $"{name}[{read.Count}]", out var descriptor, out problem)) return false;
            read.Add(descriptor);
        }
        descriptors = read;
        return true;
    }

    private static bool TryReadDescriptor(JsonElement element, string at, [NotNullWhen(true)] out Descriptor? descriptor, out string problem)
    {
        descriptor = null;
        problem = $"has at '{at}' no descriptor";
        if (element.ValueKind != JsonValueKind.Object) return false;
        problem = $"has at '{at}' no usable digest";
        if (!Digest.TryParse(Text(element, "digest"), out var digest)) return false;
        problem = $"has at '{at}' no usable size";
        if (!element.TryGetProperty("size", out var size) || size.ValueKind != JsonValueKind.Number || !size.TryGetInt64(out var octets) || octets < 0) return false;
        problem = "";
        var elsewhere = element.TryGetProperty("urls", out var urls) && urls.ValueKind == JsonValueKind.Array && urls.GetArrayLength() > 0;
        descriptor = new Descriptor(Text(element, "mediaType") ?? "", digest, octets, elsewhere, PlatformOf(element));
        return true;
    }

    private static ImagePlatform? PlatformOf(JsonElement descriptor) =>
        descriptor.TryGetProperty("platform", out var platform) && platform.ValueKind == JsonValueKind.Object
            ? new ImagePlatform(Text(platform, "os") ?? "", Text(platform, "architecture") ?? "", Text(platform, "variant") ?? "")
            : null;

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
