using Sextant.Primitives;

namespace Sextant.Assets;

/// <summary>How a file of the manifest stands in the folder, as far as names, sizes and the index tell.</summary>
public enum AssetState
{
    /// <summary>It is there, and it is the one the manifest pins.</summary>
    Present,
    /// <summary>It is not there.</summary>
    Missing,
    /// <summary>It is there and served, but the manifest pins another, or today's templates would make another.</summary>
    Stale,
    /// <summary>Something is there under its name and is not served.</summary>
    Damaged,
}

/// <summary>A file of the manifest and how it stands.</summary>
/// <param name="Entry">What the manifest says.</param>
/// <param name="State">How it stands.</param>
/// <param name="Remark">What differs or is wrong; null when nothing is.</param>
/// <param name="File">The file that is served; null when none is.</param>
public sealed record AssetStanding(AssetEntry Entry, AssetState State, string? Remark, AssetFile? File)
{
    /// <summary>Judges one entry.</summary>
    /// <param name="entry">What the manifest says.</param>
    /// <param name="catalog">What is served.</param>
    /// <param name="folder">The asset folder.</param>
    /// <param name="recipes">The recipes of today's templates; empty when there are none to compare with.</param>
    public static AssetStanding Of(AssetEntry entry, AssetCatalog catalog, string folder, IReadOnlyList<string> recipes)
    {
        if (catalog.Find(entry.Path) is { } file)
            return DifferenceOf(entry, file, recipes) is { } difference ? new(entry, AssetState.Stale, difference, file) : new(entry, AssetState.Present, null, file);
        var problem = catalog.Problems.FirstOrDefault(problem => problem.Path == entry.Path)?.Message;
        return problem is not null && Path.Exists(AssetPath.FullPath(folder, entry.Path))
            ? new AssetStanding(entry, AssetState.Damaged, problem, null)
            : new AssetStanding(entry, AssetState.Missing, null, null);
    }

    private static string? DifferenceOf(AssetEntry entry, AssetFile file, IReadOnlyList<string> recipes)
    {
        if (entry.Size is { } size && size != file.Length) return $"has {file.Length} octets, {size} are pinned";
        if (entry.Version is { } version && file.Entry?.Version is { } there && there != version) return $"is version {there}, {version} is pinned";
        return entry.Source switch
        {
            { Pinned: { } pinned } when pinned != Digest.FromSha256Hex(file.Sha256) => $"has another digest than the pinned {pinned}",
            AssetSource.Build when recipes.Count > 0 && file.Entry is { } built && !recipes.Contains(built.Recipe) => "was made by other templates than today's",
            _ => null,
        };
    }
}
