using Sextant.Files;
using Sextant.Primitives;

namespace Sextant.Assets;

/// <summary>What reading a file of the folder showed.</summary>
public enum AssetVerdict
{
    /// <summary>Its content has the digest of the index.</summary>
    Good,
    /// <summary>It has another content, or it is something that is never served.</summary>
    Corrupt,
    /// <summary>It is not there.</summary>
    Missing,
}

/// <summary>A file that the index speaks of, after it was read.</summary>
/// <param name="Path">The asset.</param>
/// <param name="Verdict">What reading it showed.</param>
/// <param name="Size">Size in octets by the index.</param>
/// <param name="Sha256">Digest by the index, in lower-case hex.</param>
/// <param name="Remedy">What is wrong and what to do about it; null when nothing is.</param>
public sealed record VerifiedAsset(string Path, AssetVerdict Verdict, long Size, string Sha256, string? Remedy);

/// <summary>Reads every file of an asset folder from end to end.</summary>
public static class AssetVerification
{
    /// <summary>One verdict for each file of the index, in its order. Problems of the index and the manifest themselves are in the catalogue.</summary>
    /// <param name="folder">The asset folder.</param>
    /// <param name="catalog">What it serves.</param>
    /// <param name="progress">Told each file.</param>
    /// <param name="cancellation">Ends it between two files.</param>
    public static async Task<IReadOnlyList<VerifiedAsset>> RunAsync(string folder, AssetCatalog catalog, IProgress<WorkProgress> progress, CancellationToken cancellation)
    {
        var entries = AssetManifest.Load(folder).Entries.ToDictionary(entry => entry.Path, StringComparer.Ordinal);
        var verified = new List<VerifiedAsset>();
        foreach (var file in catalog.Files)
        {
            cancellation.ThrowIfCancellationRequested();
            progress.Report(new WorkProgress(file.Path, 0, file.Length));
            var fault = await Task.Run(() => FaultOf(file), cancellation);
            progress.Report(new WorkProgress(file.Path, file.Length, file.Length));
            verified.Add(fault is null
                ? new VerifiedAsset(file.Path, AssetVerdict.Good, file.Length, file.Sha256, null)
                : new VerifiedAsset(file.Path, AssetVerdict.Corrupt, file.Length, file.Sha256, $"{fault}; {AssetFolder.Again(entries[file.Path])}"));
        }
        // What the index knows and the catalogue does not serve.
        foreach (var entry in IndexOf(folder).Where(entry => catalog.Find(entry.Path) is null))
        {
            var isThere = AssetPath.IsValid(entry.Path) && System.IO.Path.Exists(AssetPath.FullPath(folder, entry.Path));
            var message = catalog.Problems.FirstOrDefault(problem => problem.Path == entry.Path)?.Message ?? "is not served";
            verified.Add(new VerifiedAsset(entry.Path, isThere ? AssetVerdict.Corrupt : AssetVerdict.Missing, entry.Size, entry.Sha256, message));
        }
        return verified;
    }

    private static string? FaultOf(AssetFile file)
    {
        try
        {
            return VerifiedFiles.DigestOf(file.FullPath, DigestAlgorithm.Sha256).Hex == file.Sha256 ? null : "has another content than its digest says";
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return $"cannot be read ({failure.Message})";
        }
    }

    private static IReadOnlyList<IndexEntry> IndexOf(string folder)
    {
        try
        {
            return AssetIndex.Load(folder).Assets;
        }
        catch (InvalidDataException)
        {
            return []; // The catalogue's problems say so.
        }
    }
}
