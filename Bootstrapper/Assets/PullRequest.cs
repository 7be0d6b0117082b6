using System.Security.Cryptography.X509Certificates;

namespace Sextant.Assets;

/// <summary>What to fetch into an asset folder, and how.</summary>
public sealed record PullRequest
{
    /// <summary>The manifest; its keys vouch for what is signed.</summary>
    public required AssetManifest Manifest { get; init; }

    /// <summary>The entries wanted.</summary>
    public required IReadOnlyList<AssetEntry> Entries { get; init; }

    /// <summary>Most downloads at a time.</summary>
    public int Parallel { get; init; } = 4;

    /// <summary>How long each is tried for.</summary>
    public PullPatience Patience { get; init; } = new();

    /// <summary>Another bootstrapper to take everything from; null takes each file from where the manifest says.</summary>
    public Uri? From { get; init; }

    /// <summary>The authorities that may vouch for <see cref="From"/>; null trusts those of the host.</summary>
    public X509Certificate2Collection? Authorities { get; init; }

    /// <summary>The recipes of today's templates; empty when there are none to compare with.</summary>
    public IReadOnlyList<string> Recipes { get; init; } = [];
}

/// <summary>How fetching ended.</summary>
public abstract record PullResult
{
    private PullResult() { }

    /// <summary>Every entry came to an end.</summary>
    /// <param name="Files">One for each entry, in their order.</param>
    public sealed record Done(IReadOnlyList<PullOutcome> Files) : PullResult;

    /// <summary>Nothing was tried.</summary>
    /// <param name="Reason">Why, for people.</param>
    public sealed record CannotPull(string Reason) : PullResult;
}

/// <summary>How one file ended.</summary>
/// <param name="Path">The asset.</param>
public abstract record PullOutcome(string Path)
{
    /// <summary>It was fetched, verified and published.</summary>
    /// <param name="File">What is served now.</param>
    public sealed record Fetched(AssetFile File) : PullOutcome(File.Path);

    /// <summary>It was there already; its content was read and is right.</summary>
    /// <param name="File">What is served.</param>
    public sealed record UpToDate(AssetFile File) : PullOutcome(File.Path);

    /// <summary>It is not fetched but made here.</summary>
    /// <param name="Path">The asset.</param>
    /// <param name="Command">What makes it: <c>sextant assets build debian</c>.</param>
    /// <param name="Why">Why it must be made.</param>
    public sealed record MustBeBuilt(string Path, string Command, string Why) : PullOutcome(Path);

    /// <summary>It could not be had; what was served before still is.</summary>
    /// <param name="Path">The asset.</param>
    /// <param name="Reason">Why, for people.</param>
    public sealed record Failed(string Path, string Reason) : PullOutcome(Path);
}
