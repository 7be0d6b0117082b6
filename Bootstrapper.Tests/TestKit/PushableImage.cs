using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Sextant.Primitives;
using Sextant.Registry;

namespace Sextant.Tests.TestKit;

/// <summary>A small image made of random octets: the same seed gives the same image.</summary>
internal sealed class PushableImage
{
    private PushableImage(byte[] config, IReadOnlyList<byte[]> layers)
    {
        (Config, Layers) = (config, layers);
        Manifest = Encoding.UTF8.GetBytes($$"""
            {"schemaVersion":2,"mediaType":"{{MediaTypes.OciManifest}}",
             "config":{"mediaType":"{{MediaTypes.OciConfig}}","digest":"{{Digest.Sha256Of(config)}}","size":{{config.Length}}},
             "layers":[{{string.Join(',', layers.Select(layer => $$"""{"mediaType":"{{MediaTypes.OciLayer}}+gzip","digest":"{{Digest.Sha256Of(layer)}}","size":{{layer.Length}}}"""))}}]}
            """);
    }

    public byte[] Config { get; }

    public IReadOnlyList<byte[]> Layers { get; }

    public byte[] Manifest { get; }

    public Digest Digest => Digest.Sha256Of(Manifest);

    public IEnumerable<byte[]> Blobs => Layers.Prepend(Config);

    /// <summary>An image whose layers are archives with one file each, so that engines can unpack them.</summary>
    /// <param name="seed">What makes it different from others.</param>
    /// <param name="layerLengths">Octets of the file in each layer.</param>
    public static PushableImage Make(int seed, params int[] layerLengths)
    {
        var random = new Random(seed);
        var archives = layerLengths.Select((length, index) => Archive($"file{index}", length, random)).ToArray();
        var diffs = string.Join(',', archives.Select(archive => $"\"{Digest.Sha256Of(archive)}\""));
        return new PushableImage(Encoding.UTF8.GetBytes($$$"""{"architecture":"amd64","os":"linux","config":{"Labels":{"seed":"{{{seed}}}"}},"rootfs":{"type":"layers","diff_ids":[{{{diffs}}}]}}"""), [.. archives.Select(Compress)]);
    }

    /// <summary>Writes it as an OCI image layout (image-layout.md) with one tag.</summary>
    public void WriteLayout(string folder, string tag)
    {
        var blobs = Directory.CreateDirectory(Path.Combine(folder, "blobs", "sha256")).FullName;
        foreach (var blob in Blobs.Append(Manifest)) File.WriteAllBytes(Path.Combine(blobs, Digest.Sha256Of(blob).Hex), blob);
        File.WriteAllText(Path.Combine(folder, "oci-layout"), """{"imageLayoutVersion":"1.0.0"}""");
        File.WriteAllText(Path.Combine(folder, "index.json"), $$$"""
            {"schemaVersion":2,"manifests":[{"mediaType":"{{{MediaTypes.OciManifest}}}","digest":"{{{Digest}}}","size":{{{Manifest.Length}}},
             "annotations":{"org.opencontainers.image.ref.name":"{{{tag}}}"}}]}
            """);
    }

    /// <summary>Puts it into a registry's folder, where a running service finds it at once.</summary>
    public async Task StoreAsync(RegistryStore store, RepositoryName repository, TagName tag)
    {
        foreach (var blob in Blobs)
        {
            using var upload = store.BeginUpload(repository);
            await upload.AppendAsync(new MemoryStream(blob), null, default);
            if (await upload.CommitAsync(Digest.Sha256Of(blob), default) is not UploadEnd.Stored and var end) throw new InvalidOperationException($"{end}");
        }
        if (await store.PutManifestAsync(repository, Manifest, MediaTypes.OciManifest, DigestAlgorithm.Sha256, [tag], default) is not ManifestPut.Stored and var put)
            throw new InvalidOperationException($"{put}");
    }

    /// <summary>Clients compress layers that are not compressed, and then it is another image.</summary>
    private static byte[] Compress(byte[] archive)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest)) gzip.Write(archive);
        return compressed.ToArray();
    }

    private static byte[] Archive(string name, int length, Random random)
    {
        var content = new byte[length];
        random.NextBytes(content);
        using var archive = new MemoryStream();
        using (var writer = new TarWriter(archive, leaveOpen: true))
            writer.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content), ModificationTime = DateTimeOffset.UnixEpoch });
        return archive.ToArray();
    }
}
