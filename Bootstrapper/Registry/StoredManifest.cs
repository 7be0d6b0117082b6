using Sextant.Files;
using Sextant.Primitives;

namespace Sextant.Registry;

/// <summary>A manifest as it was pushed.</summary>
/// <param name="Digest">Its digest.</param>
/// <param name="MediaType">What it was pushed as.</param>
/// <param name="Content">Its octets.</param>
public sealed record StoredManifest(Digest Digest, string MediaType, ReadOnlyMemory<byte> Content);

/// <summary>What opening a manifest gave.</summary>
public abstract record OpenedManifest
{
    private OpenedManifest() { }

    /// <summary>It is there and good.</summary>
    /// <param name="Digest">Its digest.</param>
    /// <param name="MediaType">What it was pushed as.</param>
    /// <param name="File">Its content; whoever receives it disposes the handle.</param>
    public sealed record Good(Digest Digest, string MediaType, VerifiedFile.Good File) : OpenedManifest;

    /// <summary>The repository has none by that reference.</summary>
    public sealed record Absent : OpenedManifest;

    /// <summary>Its file, or the one that says that the repository has it, is damaged.</summary>
    /// <param name="Digest">Its digest.</param>
    /// <param name="Path">The damaged file.</param>
    public sealed record Corrupt(Digest Digest, string Path) : OpenedManifest;
}

/// <summary>How the pushing of a manifest went.</summary>
public abstract record ManifestPut
{
    private ManifestPut() { }

    /// <summary>It is there, on disk, and so are its tags.</summary>
    /// <param name="Digest">Its digest.</param>
    /// <param name="Subject">The manifest it is about; null for none.</param>
    public sealed record Stored(Digest Digest, Digest? Subject) : ManifestPut;

    /// <summary>It is none.</summary>
    /// <param name="Problem">Why: the rest of a sentence about the manifest.</param>
    public sealed record Invalid(string Problem) : ManifestPut;

    /// <summary>Blobs it points at are not in the repository.</summary>
    /// <param name="Missing">Which.</param>
    public sealed record BlobsMissing(IReadOnlyList<Digest> Missing) : ManifestPut;
}
