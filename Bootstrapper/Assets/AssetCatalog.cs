namespace Sextant.Assets;

/// <summary>A file the appliance may serve.</summary>
/// <param name="Path">Its name in URLs and over TFTP, relative, with forward slashes: <c>debian/vmlinuz</c>, <c>snponly.efi</c>.</param>
/// <param name="FullPath">Where it lies.</param>
/// <param name="Length">Size in bytes.</param>
/// <param name="Sha256">Digest in lower-case hex; also its strong entity tag.</param>
/// <param name="LastModified">Modification time (UTC).</param>
/// <param name="ByTftp">Whether TFTP may serve it (boot loaders).</param>
public sealed record AssetFile(string Path, string FullPath, long Length, string Sha256, DateTimeOffset LastModified, bool ByTftp)
{
    /// <summary>What <c>index.json</c> says of it; null in a catalogue that was not read from a folder.</summary>
    public IndexEntry? Entry { get; init; }
}

/// <summary>Why a file of the asset folder is not served, or the folder cannot be used as it is.</summary>
/// <param name="Path">The asset's path, or the name of the file that says wrong things (<c>manifest.yaml</c>, <c>index.json</c>).</param>
/// <param name="Message">What is wrong and what to do about it.</param>
public sealed record AssetProblem(string Path, string Message)
{
    /// <summary><c>path: message</c>.</summary>
    public override string ToString() => $"{Path}: {Message}";
}

/// <summary>What is on the box and may be served: nothing else ever is. Immutable.</summary>
public sealed class AssetCatalog(IReadOnlyList<AssetFile> files)
{
    private readonly Dictionary<string, AssetFile> byPath = files.ToDictionary(file => file.Path, StringComparer.Ordinal);

    /// <summary>Every file.</summary>
    public IReadOnlyList<AssetFile> Files { get; } = files;

    /// <summary>What the folder holds, or should hold, and what cannot be served; empty when all is well.</summary>
    public IReadOnlyList<AssetProblem> Problems { get; init; } = [];

    /// <summary>The keys that vouch for files of the folder; machines fetch them to check what they install.</summary>
    public IReadOnlyList<AssetKey> Keys { get; init; } = [];

    /// <summary>What the folder's index says of the files that are served: the answer of <c>GET /assets/.index</c>.</summary>
    public AssetIndex Index => new([.. Files.Select(file => file.Entry).OfType<IndexEntry>().OrderBy(entry => entry.Path, StringComparer.Ordinal)]);

    /// <summary>The file of that exact path; null when there is none.</summary>
    public AssetFile? Find(string path) => byPath.GetValueOrDefault(path);
}
