using Sextant.Primitives;

namespace Sextant.Builds;

/// <summary>What to take in.</summary>
/// <param name="Set">The set: <c>kubernetes</c>.</param>
/// <param name="Folder">Where its programs are.</param>
/// <param name="AssetFolder">The asset folder.</param>
/// <param name="StateFolder">The state folder, with the registry.</param>
/// <param name="Version">The version to take it in as; null for what the programs say.</param>
/// <param name="Modified">The time of everything in images and archives: the same programs give the same octets.</param>
public sealed record BuildRequest(string Set, string Folder, string AssetFolder, string StateFolder, string? Version, DateTimeOffset Modified);

/// <summary>How taking a build in ended.</summary>
public abstract record AddOutcome
{
    private AddOutcome() { }

    /// <summary>It is part of the site.</summary>
    /// <param name="Version">What the programs say they are; null when they say nothing.</param>
    /// <param name="Assets">Files.</param>
    /// <param name="Images">Images.</param>
    /// <param name="Notes">What people should know besides.</param>
    public sealed record Added(string? Version, IReadOnlyList<AddedAsset> Assets, IReadOnlyList<AddedImage> Images, IReadOnlyList<string> Notes) : AddOutcome;

    /// <summary>Nothing was changed.</summary>
    /// <param name="Problems">Why and what to do, one line each.</param>
    public sealed record Refused(IReadOnlyList<string> Problems) : AddOutcome;
}

/// <summary>A file that was taken in.</summary>
/// <param name="Path">The asset.</param>
/// <param name="Size">Octets.</param>
/// <param name="Sha256">Its digest, in hex.</param>
public sealed record AddedAsset(string Path, long Size, string Sha256);

/// <summary>An image that was made and taken in.</summary>
/// <param name="Reference">Its name.</param>
/// <param name="Size">Octets of everything in it.</param>
/// <param name="Digest">Its manifest's digest.</param>
public sealed record AddedImage(string Reference, long Size, Digest Digest);
