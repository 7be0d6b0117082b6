using Sextant.Primitives;

namespace Sextant.Assets;

/// <summary>Whether a file of another bootstrapper may be taken for one of the manifest.</summary>
internal abstract record PeerOffer
{
    private PeerOffer() { }

    /// <summary>It may, when it has this digest.</summary>
    /// <param name="File">What the other bootstrapper's index says of it.</param>
    /// <param name="Sha256">What it must be.</param>
    public sealed record Good(IndexEntry File, Digest Sha256) : PeerOffer;

    /// <summary>It may not.</summary>
    /// <param name="Reason">Why, for people.</param>
    public sealed record Refused(string Reason) : PeerOffer;

    /// <summary>Judges what the other bootstrapper's index says.</summary>
    /// <param name="entry">What the manifest says.</param>
    /// <param name="index">The other bootstrapper's index.</param>
    /// <param name="isAuthentic">Whether the index came over TLS, so that its digests are that bootstrapper's own.</param>
    public static PeerOffer Of(AssetEntry entry, AssetIndex index, bool isAuthentic)
    {
        if (index.Find(entry.Path) is not { } file) return new Refused("the other bootstrapper does not have it");
        if (!Digest.TryParse("sha256:" + file.Sha256, out var digest) || file.Size <= 0) return new Refused("the other bootstrapper's index says no digest or size of it");
        if (entry.Source.Pinned is { } pinned)
            return digest == pinned ? new Good(file, pinned) : new Refused($"the other bootstrapper has {digest}; {pinned} is pinned");
        if (entry.Version is { } version && file.Version != version) return new Refused($"the other bootstrapper has version {file.Version ?? "unknown"}; {version} is pinned");
        return isAuthentic
            ? new Good(file, digest)
            : new Refused("the manifest pins no digest of it, and nobody vouches for the other bootstrapper's over plain HTTP; use its https:// address with --ca");
    }
}
