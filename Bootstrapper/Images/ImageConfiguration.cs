using System.Text.Json;
using Sextant.Primitives;
using Sextant.Registry;

namespace Sextant.Images;

/// <summary>What matters here of an image's configuration (OCI image specification, config.md).</summary>
/// <param name="Platform">What it runs on.</param>
/// <param name="DiffIds">The digests of its unpacked layers, bottom first.</param>
internal sealed record ImageConfiguration(ImagePlatform Platform, IReadOnlyList<Digest> DiffIds)
{
    /// <summary>The largest configuration that is looked into, in octets.</summary>
    public const int MaximumLength = 8 * 1024 * 1024;

    /// <summary>Reads one; null when it is none.</summary>
    public static ImageConfiguration? TryParse(byte[] content)
    {
        try
        {
            using var json = JsonDocument.Parse(content);
            var root = json.RootElement;
            if (root.ValueKind != JsonValueKind.Object) return null;
            var layers = new List<Digest>();
            if (root.TryGetProperty("rootfs", out var rootfs) && rootfs.ValueKind == JsonValueKind.Object
                && rootfs.TryGetProperty("diff_ids", out var list) && list.ValueKind == JsonValueKind.Array)
                foreach (var item in list.EnumerateArray())
                {
                    if (item.ValueKind != JsonValueKind.String || !Digest.TryParse(item.GetString(), out var digest)) return null;
                    layers.Add(digest);
                }
            return new ImageConfiguration(new ImagePlatform(Text("os"), Text("architecture"), Text("variant")), layers);

            string Text(string name) => root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException)
        {
            // The second is what text says that is no Unicode.
            return null;
        }
    }
}
