using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Sextant.Storage;

namespace Sextant.Assets;

/// <summary>
/// The asset folder as a catalogue: every regular file below it but hidden ones, the manifest and its documentation. Digests are kept in the store
/// by name, size and modification time, so that only new files are read at a start.
/// </summary>
public static class AssetFolder
{
    private const string Prefix = "asset/";

    /// <summary>Reads the folder. A folder that does not exist is an empty catalogue: machines can then be seen, but not installed.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static async Task<AssetCatalog> ReadAsync(string folder, IStore store)
    {
        if (!Directory.Exists(folder)) return new AssetCatalog([]);
        var known = store.Read(Prefix).ToDictionary(pair => pair.Key, pair => Encoding.ASCII.GetString(pair.Value), StringComparer.Ordinal);
        var files = new List<AssetFile>();
        var learned = new List<Change>();
        foreach (var (path, info) in Enumerate(folder))
        {
            var key = Prefix + path;
            var stamp = string.Create(CultureInfo.InvariantCulture, $"{info.Length} {info.LastWriteTimeUtc.Ticks} ");
            if (known.TryGetValue(key, out var entry) && entry.StartsWith(stamp, StringComparison.Ordinal))
            {
                files.Add(Of(path, info, entry[stamp.Length..]));
                continue;
            }
            using var content = info.OpenRead();
            var digest = Convert.ToHexStringLower(await SHA256.HashDataAsync(content));
            learned.Add(new Change(key, Encoding.ASCII.GetBytes(stamp + digest)));
            files.Add(Of(path, info, digest));
        }
        var present = files.Select(file => Prefix + file.Path).ToHashSet(StringComparer.Ordinal);
        learned.AddRange(known.Keys.Where(key => !present.Contains(key)).Select(key => new Change(key, null)));
        if (learned.Count > 0) await store.CommitAsync(learned);
        return new AssetCatalog(files);
    }

    private static IEnumerable<(string Path, FileInfo Info)> Enumerate(string folder) =>
        from file in new DirectoryInfo(folder).EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint })
        let path = Path.GetRelativePath(folder, file.FullName).Replace(Path.DirectorySeparatorChar, '/')
        where !path.Split('/').Any(part => part.StartsWith('.')) && path is not ("manifest.yaml" or "README.md")
        orderby path
        select (path, file);

    private static AssetFile Of(string path, FileInfo info, string sha256) =>
        new(path, info.FullName, info.Length, sha256, info.LastWriteTimeUtc, IsLoader(path));

    /// <summary>Boot loaders lie at the top; kernels and images, which are too large for TFTP, in a folder of their operating system.</summary>
    private static bool IsLoader(string path) => !path.Contains('/', StringComparison.Ordinal) && Path.GetExtension(path) is (".efi" or ".kpxe" or ".pxe");
}
