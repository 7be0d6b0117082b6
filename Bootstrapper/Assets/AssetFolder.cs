using System.Security.Cryptography;
using Sextant.Files;
using Sextant.Primitives;

namespace Sextant.Assets;

/// <summary>A file ready to be published, still in the builder's own folder (on the same file system as the asset folder).</summary>
/// <param name="Path">The asset path it is for; must be in the manifest.</param>
/// <param name="From">Where it lies now.</param>
/// <param name="Recipe">Digest of what it was built by; empty for a file that was fetched as it is.</param>
/// <param name="BuiltFrom">The Debian packages in it, name to version.</param>
public sealed record BuiltAsset(string Path, string From, string Recipe, IReadOnlyDictionary<string, string> BuiltFrom)
{
    /// <summary>Upstream's version, or the package's; null when it has none.</summary>
    public string? Version { get; init; }

    /// <summary>Where it came from, for people; null takes what the manifest says.</summary>
    public string? Source { get; init; }
}

/// <summary>
/// The folder of boot loaders and images: <c>manifest.yaml</c> says what may exist, <c>index.json</c> what was built, and only a file that is in
/// both and has the size it was built with is served.
/// </summary>
/// <remarks>
/// A publication takes effect as a whole, by the replacement of the index: until then the earlier files are untouched, from then on the new ones
/// are found, under a hidden name with their digest until they have their own. A kernel never meets the modules of another build, wherever the
/// power fails.
/// </remarks>
public static class AssetFolder
{
    /// <summary>Reads the folder. Quick: looks at names and sizes, never at contents. What is wrong is in the catalogue's problems.</summary>
    public static AssetCatalog Load(string folder)
    {
        if (!Directory.Exists(folder))
            return new AssetCatalog([]) { Problems = [new AssetProblem(folder, "there is no such folder; run 'sextant assets build debian' and 'sextant assets pull'")] };
        var manifest = AssetManifest.Load(folder);
        var problems = new List<AssetProblem>(manifest.Problems);
        AssetIndex index;
        try
        {
            index = AssetIndex.Load(folder);
        }
        catch (InvalidDataException failure)
        {
            problems.Add(new AssetProblem(AssetIndex.FileName, $"cannot be read ({failure.Message}); remove it, then run 'sextant assets build' and 'sextant assets pull' again"));
            return new AssetCatalog([]) { Problems = problems };
        }
        var allowed = manifest.Entries.ToDictionary(entry => entry.Path, StringComparer.Ordinal);
        var files = new Dictionary<string, AssetFile>(StringComparer.Ordinal);
        foreach (var entry in index.Assets)
        {
            if (files.ContainsKey(entry.Path)) problems.Add(new AssetProblem(entry.Path, $"is twice in {AssetIndex.FileName}"));
            else if (!IsDigest(entry.Sha256)) problems.Add(new AssetProblem(entry.Path, $"has no SHA-256 in {AssetIndex.FileName}"));
            else if (!AssetPath.IsValid(entry.Path)) problems.Add(new AssetProblem(entry.Path, "is no asset path"));
            else if (!allowed.TryGetValue(entry.Path, out var rule)) problems.Add(new AssetProblem(entry.Path, $"is not in {AssetManifest.FileName}"));
            else if (Look(folder, entry, rule, out var reason) is { } file) files[entry.Path] = file;
            else problems.Add(new AssetProblem(entry.Path, reason));
        }
        return new AssetCatalog([.. files.Values]) { Problems = problems, Keys = manifest.Keys };
    }

    /// <summary>The file that whoever publishes locks alone: publications and builds in one folder take turns.</summary>
    internal static string LockOf(string folder) => Path.Combine(folder, ".lock");

    /// <summary>As <see cref="Publish(string, IReadOnlyList{BuiltAsset})"/>, after waiting for whoever builds or publishes there now.</summary>
    /// <exception cref="InvalidDataException">A path is not in the manifest, or the folder's index cannot be read.</exception>
    public static async Task PublishAsync(string folder, IReadOnlyList<BuiltAsset> built, CancellationToken cancellation)
    {
        using var turn = await FileLock.OwnAsync(LockOf(folder), cancellation);
        Publish(folder, built);
    }

    /// <summary>Puts built files into the folder, all or none (see the remarks), and removes what earlier interrupted builds left.</summary>
    /// <exception cref="InvalidDataException">A path is not in the manifest, or the folder's index cannot be read.</exception>
    public static void Publish(string folder, IReadOnlyList<BuiltAsset> built) => Publish(folder, built, _ => { });

    /// <summary>As <see cref="Publish(string, IReadOnlyList{BuiltAsset})"/>; tells each step before it is taken, so that a test can stop there.</summary>
    internal static void Publish(string folder, IReadOnlyList<BuiltAsset> built, Action<string> before)
    {
        var allowed = AssetManifest.Load(folder).Entries.ToDictionary(entry => entry.Path, StringComparer.Ordinal);
        var entries = new List<IndexEntry>();
        foreach (var asset in built)
        {
            if (!allowed.TryGetValue(asset.Path, out var rule)) throw new InvalidDataException($"{asset.Path} is not in {AssetManifest.FileName}");
            if (AssetPath.FirstLink(folder, asset.Path) is { } link) throw new InvalidDataException($"{link} is a symbolic link");
            before($"stage {asset.Path}");
            var sha256 = VerifiedFiles.DigestOf(asset.From, DigestAlgorithm.Sha256).Hex;
            var pending = AssetPath.PendingPath(folder, asset.Path, sha256);
            Directory.CreateDirectory(Path.GetDirectoryName(pending)!);
            Durable.Rename(asset.From, pending);
            entries.Add(new IndexEntry(asset.Path, rule.Kind, new FileInfo(pending).Length, sha256, rule.ByTftp, asset.Recipe,
                new(asset.BuiltFrom.ToDictionary(), StringComparer.Ordinal), asset.Version ?? rule.Version, asset.Source ?? rule.Source.ToString()));
        }
        before("index");
        Durable.FlushFolder(folder);
        AssetIndex.Load(folder).With(entries).Save(folder);
        foreach (var entry in entries)
        {
            before($"name {entry.Path}");
            Settle(folder, entry);
            RemovePending(folder, entry.Path);
        }
        before("end");
    }

    private static AssetFile? Look(string folder, IndexEntry entry, AssetEntry rule, out string reason)
    {
        if (AssetPath.FirstLink(folder, entry.Path) is { } link)
        {
            reason = $"is not served: {link} is a symbolic link";
            return null;
        }
        var file = new FileInfo(Settle(folder, entry));
        reason = !file.Exists ? $"is missing; {Again(rule)}"
            : file.Length != entry.Size ? $"has {file.Length} octets instead of {entry.Size}; {Again(rule)}"
            : "";
        return reason.Length > 0 ? null
            : new AssetFile(entry.Path, file.FullName, entry.Size, entry.Sha256, new DateTimeOffset(file.LastWriteTimeUtc), rule.ByTftp) { Entry = entry };
    }

    /// <summary>Gives a published file its own name if it has not got it yet; says under which name it is.</summary>
    private static string Settle(string folder, IndexEntry entry)
    {
        var full = AssetPath.FullPath(folder, entry.Path);
        var pending = AssetPath.PendingPath(folder, entry.Path, entry.Sha256);
        if (!File.Exists(pending)) return full;
        try
        {
            Durable.Rename(pending, full);
            return full;
        }
        catch (FileNotFoundException)
        {
            return full; // a build finished it in the meantime
        }
        catch (Exception failure) when (failure is UnauthorizedAccessException or IOException)
        {
            return pending; // a folder that may only be read
        }
    }

    private static void RemovePending(string folder, string path)
    {
        var full = AssetPath.FullPath(folder, path);
        foreach (var stray in Directory.EnumerateFiles(Path.GetDirectoryName(full)!, $".{Path.GetFileName(full)}.*"))
            if (Path.GetExtension(stray).Length == 1 + 2 * SHA256.HashSizeInBytes && Path.GetFileNameWithoutExtension(stray) == "." + Path.GetFileName(full)) File.Delete(stray);
    }

    /// <summary>What people do to get a file again.</summary>
    internal static string Again(AssetEntry entry) => entry.Source switch
    {
        AssetSource.Build => $"make it again with '{CommandFor(entry)}'",
        AssetSource.Local => $"take it in again with '{CommandFor(entry)}'",
        _ => $"fetch it again with '{CommandFor(entry)}'",
    };

    /// <summary>The command by which people get a file.</summary>
    internal static string CommandFor(AssetEntry entry) => entry.Source switch
    {
        AssetSource.Build build => $"sextant assets build {build.What}",
        AssetSource.Local local => $"sextant assets add {local.Set} DIR",
        _ => $"sextant assets pull --only {entry.Path}",
    };

    private static bool IsDigest(string text) => text.Length == 2 * SHA256.HashSizeInBytes && text.All(char.IsAsciiHexDigitLower);
}
