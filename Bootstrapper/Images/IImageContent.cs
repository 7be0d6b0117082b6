using Sextant.Primitives;
using Sextant.Registry;

namespace Sextant.Images;

/// <summary>A manifest as its source has it.</summary>
/// <param name="Digest">Its digest, computed of the content.</param>
/// <param name="MediaType">What the source calls it; null when it does not say.</param>
/// <param name="Content">Its octets.</param>
internal sealed record SourceManifest(Digest Digest, string? MediaType, byte[] Content);

/// <summary>Where an image's parts come from: an archive, a folder, another registry.</summary>
internal interface IImageContent
{
    /// <summary>A manifest.</summary>
    /// <param name="digest">Which; the content given has it.</param>
    /// <param name="mediaType">What whoever points at it says it is; null when nobody does.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>Null when the source does not have it.</returns>
    /// <exception cref="ImageException">The source fails, or has something else under that digest.</exception>
    Task<SourceManifest?> ReadManifestAsync(Digest digest, string? mediaType, CancellationToken cancellation);

    /// <summary>Makes a blob one of a repository here.</summary>
    /// <returns>False when the source does not have it.</returns>
    /// <exception cref="ImageException">The source fails, or has something else under that digest.</exception>
    /// <exception cref="IOException">The disk does not take it.</exception>
    Task<bool> GiveBlobAsync(RepositoryName to, Descriptor blob, CancellationToken cancellation);
}

/// <summary>What is wrong with an image's source: an archive, a registry, what the operator asked for. The message says what, where, and what to do.</summary>
public sealed class ImageException : Exception
{
    /// <summary>With a message for people.</summary>
    public ImageException(string message) : base(message) { }

    /// <summary>With a message for people, and what was behind it.</summary>
    public ImageException(string message, Exception inner) : base(message, inner) { }

    /// <summary>Without a message; not used.</summary>
    public ImageException() { }
}

/// <summary>An image that is here now.</summary>
/// <param name="Reference">Its name.</param>
/// <param name="Digest">Its manifest's digest.</param>
/// <param name="Size">What it takes in octets: every manifest, configuration and layer of it that is here, each counted once.</param>
/// <param name="Platforms">The platforms whose images are here; empty for what has none.</param>
public sealed record TakenImage(ImageReference Reference, Digest Digest, long Size, IReadOnlyList<string> Platforms);
