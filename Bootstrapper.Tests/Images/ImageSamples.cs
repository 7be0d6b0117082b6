using System.Formats.Tar;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sextant.Primitives;
using Sextant.Registry;

namespace Sextant.Tests.Images;

/// <summary>Small images and their archives, made in memory.</summary>
internal static class ImageSamples
{
    /// <summary>An image: contents by digest, and the manifest that is its identity.</summary>
    public sealed record Sample(byte[] Manifest, string MediaType, IReadOnlyDictionary<Digest, byte[]> Blobs)
    {
        public Digest Digest => Digest.Sha256Of(Manifest);
    }

    /// <summary>A layer: a tar of one file whose content depends on the seed.</summary>
    public static byte[] Layer(int seed, int length = 40_000)
    {
        var content = new byte[length];
        new Random(seed).NextBytes(content);
        return Tar(("file", content));
    }

    public static byte[] Configuration(string architecture, params byte[][] layers) => Json(new JsonObject
    {
        ["architecture"] = architecture,
        ["os"] = "linux",
        ["config"] = new JsonObject(),
        ["rootfs"] = new JsonObject { ["type"] = "layers", ["diff_ids"] = new JsonArray([.. layers.Select(layer => (JsonNode)Digest.Sha256Of(layer).ToString())]) },
    });

    /// <summary>An OCI image of plain layers.</summary>
    public static Sample Image(int seed, string architecture = "amd64", int layers = 2, int length = 40_000)
    {
        var contents = Enumerable.Range(0, layers).Select(i => Layer((seed * 100) + i, length)).ToArray();
        var configuration = Configuration(architecture, contents);
        var manifest = Json(new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = MediaTypes.OciManifest,
            ["config"] = Descriptor(MediaTypes.OciConfig, configuration),
            ["layers"] = new JsonArray([.. contents.Select(layer => Descriptor(MediaTypes.OciLayer, layer))]),
        });
        return new Sample(manifest, MediaTypes.OciManifest, contents.Append(configuration).DistinctBy(blob => Digest.Sha256Of(blob)).ToDictionary(blob => Digest.Sha256Of(blob)));
    }

    /// <summary>An index of images; its blobs are those of all of them and their manifests.</summary>
    public static Sample Index(params (string Architecture, Sample Image)[] images)
    {
        var index = Json(new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = MediaTypes.OciIndex,
            ["manifests"] = new JsonArray([.. images.Select(one =>
            {
                var descriptor = Descriptor(one.Image.MediaType, one.Image.Manifest);
                descriptor["platform"] = new JsonObject { ["os"] = "linux", ["architecture"] = one.Architecture };
                return descriptor;
            })]),
        });
        var blobs = images.SelectMany(one => one.Image.Blobs.Append(KeyValuePair.Create(one.Image.Digest, one.Image.Manifest))).DistinctBy(blob => blob.Key).ToDictionary();
        return new Sample(index, MediaTypes.OciIndex, blobs);
    }

    public static JsonNode Descriptor(string mediaType, byte[] content) =>
        new JsonObject { ["mediaType"] = mediaType, ["digest"] = Digest.Sha256Of(content).ToString(), ["size"] = content.Length };

    /// <summary>The files of an OCI layout with images under names; null for one without.</summary>
    public static List<(string Name, byte[] Content)> Layout(params (string? Name, Sample Image)[] images)
    {
        var files = new List<(string, byte[])> { ("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}"u8.ToArray()) };
        foreach (var (digest, content) in images.SelectMany(one => one.Image.Blobs.Append(KeyValuePair.Create(one.Image.Digest, one.Image.Manifest))).DistinctBy(blob => blob.Key))
            files.Add(($"blobs/{digest.AlgorithmName}/{digest.Hex}", content));
        files.Add(("index.json", Json(new JsonObject
        {
            ["schemaVersion"] = 2,
            ["manifests"] = new JsonArray([.. images.Select(one =>
            {
                var descriptor = Descriptor(one.Image.MediaType, one.Image.Manifest);
                if (one.Name is { } name) descriptor["annotations"] = new JsonObject { ["org.opencontainers.image.ref.name"] = name };
                return descriptor;
            })]),
        })));
        return files;
    }

    /// <summary>The files of what <c>docker save</c> writes of one image; its manifest comes last.</summary>
    public static List<(string Name, byte[] Content)> Docker(string[]? names, string architecture, params byte[][] layers)
    {
        var configuration = Configuration(architecture, layers);
        var config = Digest.Sha256Of(configuration).Hex + ".json";
        var files = layers.Select((layer, i) => ($"layer{i}/layer.tar", layer)).ToList();
        files.Add((config, configuration));
        files.Add(("manifest.json", Json(new JsonArray(new JsonObject
        {
            ["Config"] = config,
            ["RepoTags"] = names is null ? null : new JsonArray([.. names.Select(name => (JsonNode)name)]),
            ["Layers"] = new JsonArray([.. layers.Select((_, i) => (JsonNode)$"layer{i}/layer.tar")]),
        }))));
        return files;
    }

    public static byte[] Tar(params IEnumerable<(string Name, byte[] Content)> files) => TarOf([.. files.Select(file => FileEntry(file.Name, file.Content))]);

    public static byte[] TarOf(params TarEntry[] entries)
    {
        using var buffer = new MemoryStream();
        using (var tar = new TarWriter(buffer, TarEntryFormat.Ustar, leaveOpen: true))
            foreach (var entry in entries) tar.WriteEntry(entry);
        return buffer.ToArray();
    }

    public static TarEntry FileEntry(string name, byte[] content) =>
        new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content), ModificationTime = DateTimeOffset.UnixEpoch };

    public static TarEntry Link(TarEntryType type, string name, string target) => new UstarTarEntry(type, name) { LinkName = target, ModificationTime = DateTimeOffset.UnixEpoch };

    public static byte[] Json(JsonNode node) => Encoding.UTF8.GetBytes(node.ToJsonString(new JsonSerializerOptions()));
}
