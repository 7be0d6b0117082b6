using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using Sextant.Files;
using Sextant.Primitives;
using Sextant.Registry;

namespace Sextant.Images;

/// <summary>
/// What <c>docker save</c> and <c>podman save</c> write: layers, configurations and a <c>manifest.json</c> that joins them. It has no registry's manifest, so
/// one is made: always the same for the same image. Layers are kept as they are, and their type says what they are.
/// </summary>
internal static class DockerArchive
{
    private const int BufferSize = 256 * 1024;

    /// <summary>An image of the archive.</summary>
    /// <param name="Config">The file with its configuration.</param>
    /// <param name="Names">Its names; may be none.</param>
    /// <param name="Layers">The files with its layers, bottom first.</param>
    internal sealed record Image(string Config, IReadOnlyList<string> Names, IReadOnlyList<string> Layers);

    /// <summary>Reads <c>manifest.json</c>.</summary>
    /// <exception cref="ImageException">It is none.</exception>
    public static IReadOnlyList<Image> Read(byte[] content)
    {
        try
        {
            using var json = JsonDocument.Parse(content);
            var images = new List<Image>();
            foreach (var element in json.RootElement.EnumerateArray())
                images.Add(new Image(element.GetProperty("Config").GetString() ?? "", Texts(element, "RepoTags"), Texts(element, "Layers")));
            return images.Count > 0 ? images : throw new ImageException($"{ArchiveSpool.DockerManifest} lists no image");
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new ImageException($"{ArchiveSpool.DockerManifest} is not what 'docker save' writes: {wrong.Message}", wrong);
        }
    }

    /// <summary>The names an archive's images get.</summary>
    /// <exception cref="ImageException">An image has no name, or the operator's name is for several.</exception>
    public static IReadOnlyList<(Image Image, ImageReference Reference)> Name(IReadOnlyList<Image> images, ImageReference? given)
    {
        if (given is not null) return images.Count == 1 ? [(images[0], given)] : throw new ImageException($"holds {images.Count} images; --name can name only one");
        var named = new List<(Image, ImageReference)>();
        foreach (var image in images)
        {
            if (image.Names.Count == 0) throw new ImageException($"the image '{image.Config}' has no name: name it with --name, such as --name registry.example/app:1.0");
            foreach (var name in image.Names)
                named.Add((image, ImageReference.TryParse(name, out var reference, out var problem) ? reference : throw new ImageException($"{ArchiveSpool.DockerManifest}: {problem}")));
        }
        return named;
    }

    /// <summary>Makes an image's manifest, after its layers were compared with what its configuration says they are.</summary>
    /// <exception cref="ImageException">Files are missing or do not belong together.</exception>
    public static async Task<SourceManifest> MakeManifestAsync(RegistryStore store, ArchiveSpool spool, Image image, CancellationToken cancellation)
    {
        if (spool.Find(image.Config) is not { } config) throw new ImageException($"the configuration '{image.Config}' is missing");
        if (config.Length > ImageConfiguration.MaximumLength
            || await StoredContent.ReadAsync(store, config.Digest, ImageConfiguration.MaximumLength, cancellation) is not { } content
            || ImageConfiguration.TryParse(content) is not { } configuration) throw new ImageException($"'{image.Config}' is no image's configuration");
        if (configuration.DiffIds.Count != image.Layers.Count)
            throw new ImageException($"'{image.Config}' speaks of {configuration.DiffIds.Count} layers, and {ArchiveSpool.DockerManifest} lists {image.Layers.Count}");
        var layers = new List<SpooledFile>();
        foreach (var (name, diffId) in image.Layers.Zip(configuration.DiffIds))
        {
            if (spool.Find(name) is not { } layer) throw new ImageException($"the layer '{name}' of '{image.Config}' is missing");
            var unpacked = layer.Packing == Packing.None && diffId.Algorithm == layer.Digest.Algorithm ? layer.Digest : await UnpackedAsync(store, layer, name, diffId.Algorithm, cancellation);
            if (unpacked != diffId) throw new ImageException($"the layer '{name}' has another content than '{image.Config}' says: {unpacked} instead of {diffId}");
            layers.Add(layer);
        }
        var manifest = Write(config, layers);
        return new SourceManifest(Digest.Sha256Of(manifest), MediaTypes.OciManifest, manifest);
    }

    private static async Task<Digest> UnpackedAsync(RegistryStore store, SpooledFile layer, string name, DigestAlgorithm algorithm, CancellationToken cancellation)
    {
        if (await store.OpenBlobAsync(layer.Digest, cancellation) is not VerifiedFile.Good good) throw new ImageException($"{layer.Digest} was removed from the registry meanwhile; do the same again");
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            using var file = new FileStream(good.Handle, FileAccess.Read, bufferSize: 1);
            using var content = Compression.Unpack(file, layer.Packing);
            using var hash = IncrementalHash.CreateHash(Digest.HashOf(algorithm));
            while (await content.ReadAsync(buffer, cancellation) is > 0 and var read) hash.AppendData(buffer, 0, read);
            return Digest.Of(algorithm, hash);
        }
        catch (InvalidDataException damaged)
        {
            throw new ImageException($"the layer '{name}' is damaged: {damaged.Message}", damaged);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The manifest, in one fixed form: whoever changes it changes the digest of every image that is loaded.</summary>
    private static byte[] Write(SpooledFile config, IReadOnlyList<SpooledFile> layers)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("schemaVersion", 2);
            json.WriteString("mediaType", MediaTypes.OciManifest);
            json.WriteStartObject("config");
            WriteDescriptor(MediaTypes.OciConfig, config);
            json.WriteStartArray("layers");
            foreach (var layer in layers)
            {
                json.WriteStartObject();
                WriteDescriptor(Compression.LayerType(layer.Packing), layer);
            }
            json.WriteEndArray();
            json.WriteEndObject();

            void WriteDescriptor(string mediaType, SpooledFile file)
            {
                json.WriteString("mediaType", mediaType);
                json.WriteString("digest", file.Digest.ToString());
                json.WriteNumber("size", file.Length);
                json.WriteEndObject();
            }
        }
        return buffer.ToArray();
    }

    private static string[] Texts(JsonElement element, string name) =>
        element.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray().Select(item => item.GetString() ?? "")] : [];
}
