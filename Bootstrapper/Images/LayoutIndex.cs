using System.Text.Json;
using Sextant.Primitives;
using Sextant.Registry;

namespace Sextant.Images;

/// <summary>An image of an OCI layout.</summary>
/// <param name="Digest">Its manifest.</param>
/// <param name="MediaType">What the manifest is; null when the layout does not say.</param>
/// <param name="Name">What the layout calls it: a whole name, a tag, or null.</param>
internal sealed record LayoutImage(Digest Digest, string? MediaType, string? Name);

/// <summary>The table of contents of an OCI layout, <c>index.json</c>, and the names of what it lists.</summary>
internal static class LayoutIndex
{
    /// <summary>What containerd and Docker write: the whole name.</summary>
    private const string FullName = "io.containerd.image.name";
    /// <summary>What everybody writes: a whole name (podman) or only the tag (OCI image specification, annotations.md).</summary>
    private const string ReferenceName = "org.opencontainers.image.ref.name";

    /// <summary>Reads it.</summary>
    /// <exception cref="ImageException">It is none.</exception>
    public static IReadOnlyList<LayoutImage> Read(byte[] content)
    {
        if (!ManifestDocument.TryParse(content, MediaTypes.OciIndex, out var index, out var problem)) throw new ImageException($"{ArchiveSpool.OciIndex} {problem}");
        using var json = JsonDocument.Parse(content);
        var elements = json.RootElement.GetProperty("manifests");
        try
        {
            return [.. index.Manifests.Select((manifest, i) => new LayoutImage(manifest.Digest, manifest.MediaType.Length == 0 ? null : manifest.MediaType, NameOf(elements[i])))];
        }
        catch (InvalidOperationException wrong)
        {
            throw new ImageException($"{ArchiveSpool.OciIndex} has text that is no Unicode", wrong);
        }
    }

    /// <summary>The names the images get.</summary>
    /// <param name="images">The images of the layout.</param>
    /// <param name="given">The name the operator gave; null for none.</param>
    /// <exception cref="ImageException">An image has no name, or the operator's name is for several.</exception>
    public static IReadOnlyList<(LayoutImage Image, ImageReference Reference)> Name(IReadOnlyList<LayoutImage> images, ImageReference? given)
    {
        if (images.Count == 0) throw new ImageException($"{ArchiveSpool.OciIndex} lists no image");
        if (given is not null)
        {
            if (images.DistinctBy(image => image.Digest).Count() > 1) throw new ImageException($"holds {images.Count} images; --name can name only one");
            return [(images[0], given)];
        }
        var named = new List<(LayoutImage, ImageReference)>();
        foreach (var image in images)
        {
            if (image.Name is null || !IsWhole(image.Name)) continue;
            named.Add((image, ImageReference.TryParse(image.Name, out var reference, out var problem) ? reference : throw new ImageException($"{ArchiveSpool.OciIndex}: {problem}")));
        }
        var nameless = images.Where(image => !named.Any(one => one.Item1.Digest == image.Digest)).ToArray();
        if (nameless.Length > 0)
        {
            var called = nameless[0].Name is { } tag ? $" is called only '{tag}'" : " has no name";
            throw new ImageException($"the image {nameless[0].Digest}{called}: name it with --name, such as --name registry.example/app:{nameless[0].Name ?? "1.0"}");
        }
        return named;
    }

    /// <summary>A tag has neither slash nor colon; Docker's short name <c>app:1</c> has a colon.</summary>
    private static bool IsWhole(string name) => name.AsSpan().ContainsAny("/:");

    private static string? NameOf(JsonElement descriptor)
    {
        if (!descriptor.TryGetProperty("annotations", out var annotations) || annotations.ValueKind != JsonValueKind.Object) return null;
        foreach (var key in (string[])[FullName, ReferenceName])
            if (annotations.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } name) return name;
        return null;
    }
}
