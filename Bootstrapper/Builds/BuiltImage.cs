using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using Sextant.Files;
using Sextant.Primitives;
using Sextant.Registry;

namespace Sextant.Builds;

/// <summary>Makes an image of one layer as an OCI layout (OCI image specification: image-layout.md, config.md, manifest.md).</summary>
internal static class BuiltImage
{
    private const string GzippedLayer = MediaTypes.OciLayer + "+gzip";
    private const string SearchPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>Everything in the layer: the program, what goes with it, and the little that programs expect of any system.</summary>
    /// <param name="shape">What the image is to be.</param>
    /// <param name="program">The program on this machine.</param>
    /// <param name="companions">Those of its companions that are there, on this machine.</param>
    /// <param name="closure">Tools and libraries.</param>
    public static IReadOnlyList<LayerEntry> LayerOf(ImageShape shape, string program, IReadOnlyList<string> companions, IReadOnlyList<LayerEntry> closure)
    {
        var home = Path.GetDirectoryName(shape.Place)!;
        (string Name, string User, string Group)[] accounts = [("root", "0", "0"), .. shape.User?.Split(':') is [var user, var group] ? new[] { (Path.GetFileName(shape.Place), user, group) } : []];
        return
        [
            new LayerEntry.Copied(shape.Place, program, IsProgram: true) { MayBindLowPorts = shape.MayBindLowPorts },
            .. companions.Select(one => new LayerEntry.Copied(Path.Combine(home, Path.GetFileName(one)), one, IsProgram: true)),
            new LayerEntry.Written("/etc/passwd", string.Concat(accounts.Select(one => $"{one.Name}:x:{one.User}:{one.Group}::/:/sbin/nologin\n"))),
            new LayerEntry.Written("/etc/group", string.Concat(accounts.Select(one => $"{one.Name}:x:{one.Group}:\n"))),
            new LayerEntry.OpenFolder("/tmp"),
            .. closure,
        ];
    }

    /// <summary>Writes the layout. The same content gives the same octets.</summary>
    /// <param name="folder">Where to; made.</param>
    /// <param name="shape">What the image is to be.</param>
    /// <param name="layer">Its content.</param>
    /// <param name="version">What the program says of itself; null when it says nothing.</param>
    /// <param name="modified">The time of everything in it.</param>
    /// <param name="onRead">Told octets of programs that were read.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>The digest of its manifest.</returns>
    public static async Task<Digest> WriteAsync(
        string folder, ImageShape shape, IReadOnlyList<LayerEntry> layer, string? version, DateTimeOffset modified, Action<long> onRead, CancellationToken cancellation)
    {
        var blobs = Path.Combine(folder, "blobs", "sha256");
        Directory.CreateDirectory(blobs);
        var packed = Path.Combine(folder, "layer");
        var unpacked = await PackAsync(packed, layer, modified, onRead, cancellation);
        var (digest, size) = (VerifiedFiles.DigestOf(packed, DigestAlgorithm.Sha256), new FileInfo(packed).Length);
        File.Move(packed, Path.Combine(blobs, digest.Hex));
        var config = Put(Json(json => WriteConfig(json, shape, unpacked, version, modified)));
        var manifest = Put(Json(json =>
        {
            json.WriteNumber("schemaVersion", 2);
            json.WriteString("mediaType", MediaTypes.OciManifest);
            json.WriteStartObject("config");
            WriteDescriptor(json, MediaTypes.OciConfig, config);
            json.WriteStartArray("layers");
            json.WriteStartObject();
            WriteDescriptor(json, GzippedLayer, (digest, size));
            json.WriteEndArray();
        }));
        await File.WriteAllTextAsync(Path.Combine(folder, "oci-layout"), """{"imageLayoutVersion":"1.0.0"}""", cancellation);
        await File.WriteAllBytesAsync(Path.Combine(folder, "index.json"), Json(json =>
        {
            json.WriteNumber("schemaVersion", 2);
            json.WriteStartArray("manifests");
            json.WriteStartObject();
            WriteDescriptor(json, MediaTypes.OciManifest, manifest);
            json.WriteEndArray();
        }), cancellation);
        return manifest.Digest;

        (Digest Digest, long Size) Put(byte[] content)
        {
            var name = Digest.Sha256Of(content);
            File.WriteAllBytes(Path.Combine(blobs, name.Hex), content);
            return (name, content.Length);
        }
    }

    /// <summary>Writes an archive, compressed; gives the digest of what it unpacks to.</summary>
    public static async Task<Digest> PackAsync(string path, IReadOnlyList<LayerEntry> entries, DateTimeOffset modified, Action<long> onRead, CancellationToken cancellation)
    {
        using var sha256 = SHA256.Create();
        await using (var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write))
        await using (var gzip = new GZipStream(file, CompressionLevel.Optimal))
        await using (var hashed = new CryptoStream(gzip, sha256, CryptoStreamMode.Write))
            await LayerTar.WriteAsync(hashed, entries, modified, onRead, cancellation);
        return Digest.FromSha256Hex(Convert.ToHexStringLower(sha256.Hash!));
    }

    private static void WriteConfig(Utf8JsonWriter json, ImageShape shape, Digest layer, string? version, DateTimeOffset modified)
    {
        json.WriteString("created", modified.UtcDateTime);
        json.WriteString("architecture", "amd64");
        json.WriteString("os", "linux");
        json.WriteStartObject("config");
        if (shape.User is { } user) json.WriteString("User", user);
        WriteTexts(json, "Env", [SearchPath]);
        if (shape.HasEntryPoint) WriteTexts(json, "Entrypoint", [shape.Place]);
        if (shape.Arguments.Count > 0) WriteTexts(json, "Cmd", shape.Arguments);
        json.WriteString("WorkingDir", "/");
        json.WriteStartObject("Labels");
        json.WriteString("org.opencontainers.image.title", Path.GetFileName(shape.Place));
        if (version is not null) json.WriteString("org.opencontainers.image.version", version);
        json.WriteEndObject();
        if (shape.StopSignal is { } signal) json.WriteString("StopSignal", signal);
        json.WriteEndObject();
        json.WriteStartObject("rootfs");
        json.WriteString("type", "layers");
        WriteTexts(json, "diff_ids", [layer.ToString()]);
        json.WriteEndObject();
        json.WriteStartArray("history");
        json.WriteStartObject();
        json.WriteString("created", modified.UtcDateTime);
        json.WriteString("created_by", "sextant assets add");
        json.WriteEndObject();
        json.WriteEndArray();
    }

    /// <summary>The rest of an object that was begun.</summary>
    private static void WriteDescriptor(Utf8JsonWriter json, string mediaType, (Digest Digest, long Size) content)
    {
        json.WriteString("mediaType", mediaType);
        json.WriteString("digest", content.Digest.ToString());
        json.WriteNumber("size", content.Size);
        json.WriteEndObject();
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, IReadOnlyList<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts) json.WriteStringValue(text);
        json.WriteEndArray();
    }

    private static byte[] Json(Action<Utf8JsonWriter> write)
    {
        using var octets = new MemoryStream();
        using (var json = new Utf8JsonWriter(octets, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        return octets.ToArray();
    }
}
