using System.Formats.Tar;
using Sextant.Files;
using Sextant.Primitives;
using Sextant.Registry;

namespace Sextant.Images;

/// <summary>A file of an archive, now a blob that no repository has yet.</summary>
/// <param name="Digest">Its digest.</param>
/// <param name="Length">Its size in octets.</param>
/// <param name="Packing">How it is packed.</param>
internal sealed record SpooledFile(Digest Digest, long Length, Packing Packing);

/// <summary>
/// What came out of an image archive in one pass, in whatever order it came, a pipe included: files as blobs, those that say what the files are in
/// memory. Nothing is ever written under a name from the archive.
/// </summary>
internal sealed class ArchiveSpool
{
    /// <summary>The table of contents of <c>docker save</c>.</summary>
    public const string DockerManifest = "manifest.json";
    /// <summary>The table of contents of an OCI layout (OCI image specification, image-layout.md).</summary>
    public const string OciIndex = "index.json";
    /// <summary>What makes a folder an OCI layout.</summary>
    public const string OciLayout = "oci-layout";

    private const int MaximumDocument = 16 * 1024 * 1024;
    private const int MaximumEntries = 20_000;
    private const int MaximumLinks = 8;
    private const int MaximumTrailer = 1024 * 1024;

    private readonly Dictionary<string, SpooledFile> files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> links = new(StringComparer.Ordinal);
    private readonly Dictionary<string, byte[]> documents = new(StringComparer.Ordinal);

    private ArchiveSpool() { }

    /// <summary>Takes an archive in.</summary>
    /// <param name="store">Where its files go.</param>
    /// <param name="archive">The archive, packed or not.</param>
    /// <param name="onRead">Receives how many octets of it were read.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="ImageException">It is no archive, or damaged, or hostile; the message begins with what is wrong and names the entry.</exception>
    /// <exception cref="IOException">The disk does not take it.</exception>
    public static async Task<ArchiveSpool> ReadAsync(RegistryStore store, Stream archive, Action<long> onRead, CancellationToken cancellation)
    {
        var spool = new ArchiveSpool();
        using var source = await SourceStream.OpenAsync(archive, Compression.HeadLength, onRead, cancellation);
        if (source.Head.IsEmpty) throw new ImageException("is empty");
        using var content = Compression.Unpack(source, Compression.Of(source.Head));
        using var tar = new TarReader(content, leaveOpen: true);
        var last = "";
        try
        {
            while (await tar.GetNextEntryAsync(copyData: false, cancellation) is { } entry)
            {
                last = entry.Name;
                await spool.TakeAsync(store, entry, cancellation);
            }
            // Whoever writes into a pipe wants to be read to the end, padding included.
            var rest = new byte[MaximumTrailer];
            await content.ReadAtLeastAsync(rest, rest.Length, throwOnEndOfStream: false, cancellation);
        }
        catch (Exception damaged) when (damaged is InvalidDataException or EndOfStreamException or FormatException or ArgumentException or OverflowException or OutOfMemoryException)
        {
            throw new ImageException($"is no archive, or a damaged one{(last.Length == 0 ? "" : $", after the entry '{last}'")}: {damaged.Message}", damaged);
        }
        return spool;
    }

    /// <summary>A document of the archive; null when there is none of that name.</summary>
    public byte[]? Document(string name) => documents.GetValueOrDefault(name);

    /// <summary>A file of the archive, through links; null when there is none of that name.</summary>
    public SpooledFile? Find(string name)
    {
        for (var followed = 0; followed <= MaximumLinks; followed++)
        {
            if (Inside("", name) is not { } path) return null;
            if (files.TryGetValue(path, out var file)) return file;
            if (!links.TryGetValue(path, out var target)) return null;
            name = target;
        }
        return null;
    }

    /// <summary>True when the archive had the blob.</summary>
    public bool Has(Digest digest) => files.ContainsKey($"blobs/{digest.AlgorithmName}/{digest.Hex}");

    private async Task TakeAsync(RegistryStore store, TarEntry entry, CancellationToken cancellation)
    {
        if (Inside("", entry.Name) is not { } name) throw new ImageException($"has the entry '{entry.Name}', which leads out of the archive; do not trust it");
        if (files.Count + links.Count + documents.Count >= MaximumEntries) throw new ImageException($"has more than {MaximumEntries} entries; it is no archive of images");
        switch (entry.EntryType)
        {
            case TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile when name is DockerManifest or OciIndex or OciLayout:
                documents[name] = await ReadDocumentAsync(entry, cancellation);
                return;
            case TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile:
                if (IsLegacy(name)) return;
                links.Remove(name);
                files[name] = await SpoolAsync(store, name, entry, cancellation);
                return;
            case TarEntryType.SymbolicLink or TarEntryType.HardLink:
                var folder = entry.EntryType == TarEntryType.SymbolicLink ? Path.GetDirectoryName(name) ?? "" : "";
                links[name] = Inside(folder, entry.LinkName)
                    ?? throw new ImageException($"has the entry '{entry.Name}', a link to '{entry.LinkName}' outside of the archive; do not trust it");
                files.Remove(name);
                return;
            case TarEntryType.Directory or TarEntryType.GlobalExtendedAttributes:
                return;
            default:
                throw new ImageException($"has the entry '{entry.Name}' of type {entry.EntryType}, which no archive of images has");
        }
    }

    /// <summary>What Docker before 1.10 needed; <c>manifest.json</c> says it all.</summary>
    private static bool IsLegacy(string name) => name is "repositories" || name.EndsWith("/json", StringComparison.Ordinal) || name.EndsWith("/VERSION", StringComparison.Ordinal);

    private static async Task<byte[]> ReadDocumentAsync(TarEntry entry, CancellationToken cancellation)
    {
        if (entry.Length > MaximumDocument) throw new ImageException($"has a '{entry.Name}' of {entry.Length} octets; {MaximumDocument} are the most");
        var content = new byte[entry.Length];
        if (entry.DataStream is { } data) await data.ReadExactlyAsync(content, cancellation);
        return content;
    }

    private static async Task<SpooledFile> SpoolAsync(RegistryStore store, string name, TarEntry entry, CancellationToken cancellation)
    {
        using var data = await SourceStream.OpenAsync(entry.DataStream ?? Stream.Null, Compression.HeadLength, onRead: null, cancellation);
        var packing = Compression.Of(data.Head);
        Digest? expected = null;
        if (name.StartsWith("blobs/", StringComparison.Ordinal) && name.Split('/') is [_, var algorithm, var hex])
        {
            if (!Digest.TryParse($"{algorithm}:{hex}", out var digest)) throw new ImageException($"has the entry '{entry.Name}', whose name is no digest that Sextant knows");
            expected = digest;
            if (await store.OpenBlobAsync(digest, cancellation) is VerifiedFile.Good good)
            {
                good.Handle.Dispose();
                if (good.Length != entry.Length) throw new ImageException($"has the entry '{entry.Name}' with another content than its digest says");
                return new SpooledFile(digest, good.Length, packing);
            }
        }
        // When another process is at the same blob, this one has an upload of its own.
        using var upload = store.BeginLooseUpload(expected) ?? store.BeginLooseUpload(null)!;
        upload.Truncate(0);
        if (expected is { } announced) upload.Expect(announced.Algorithm);
        try
        {
            await upload.AppendAsync(data, entry.Length, cancellation);
        }
        catch (IOException full) when (Durable.IsDiskFull(full))
        {
            var lacking = new ImageException(DiskRoom.Full(store.Folder, $"'{name}'", entry.Length - upload.Length), full);
            upload.Cancel();
            throw lacking;
        }
        if (upload.Length != entry.Length)
        {
            upload.Cancel();
            throw new ImageException($"ends inside the entry '{entry.Name}', after {upload.Length} of {entry.Length} octets; it is cut off");
        }
        if (expected is null)
        {
            var stored = await upload.CommitAsync(cancellation);
            return new SpooledFile(stored.Digest, stored.Length, packing);
        }
        return await upload.CommitAsync(expected.Value, cancellation) switch
        {
            UploadEnd.Stored(var digest, var length) => new SpooledFile(digest, length, packing),
            UploadEnd.WrongDigest(var actual) => throw new ImageException($"has the entry '{entry.Name}' with another content than its name says: {actual}"),
            var other => throw new InvalidOperationException($"no such end of an upload: {other}"),
        };
    }

    /// <summary>A path of the archive without <c>.</c>, <c>..</c> and doubled slashes; null when it leads out of it.</summary>
    private static string? Inside(string folder, string path)
    {
        if (path.StartsWith('/') || path.Contains('\0', StringComparison.Ordinal)) return null;
        var parts = new List<string>(folder.Split('/', StringSplitOptions.RemoveEmptyEntries));
        foreach (var part in path.Split('/'))
        {
            if (part is "" or ".") continue;
            if (part != "..") parts.Add(part);
            else if (parts.Count == 0) return null;
            else parts.RemoveAt(parts.Count - 1);
        }
        return string.Join('/', parts);
    }
}
