using System.Diagnostics.CodeAnalysis;
using System.Text;
using Sextant.Primitives;

namespace Sextant.Registry;

/// <summary>
/// The file that says that a repository has a manifest: two lines, the media type it was pushed as and the digest of that text. A media type need not be in
/// the manifest itself, so nothing else would tell a damaged one.
/// </summary>
internal static class ManifestLink
{
    /// <summary>The file's content.</summary>
    public static byte[] Of(string mediaType) => Encoding.UTF8.GetBytes($"{mediaType}\n{SealOf(mediaType)}");

    /// <summary>Reads the file.</summary>
    /// <param name="content">Its content.</param>
    /// <param name="mediaType">The media type.</param>
    /// <returns>False when it is damaged.</returns>
    public static bool TryRead(ReadOnlySpan<byte> content, [NotNullWhen(true)] out string? mediaType)
    {
        mediaType = Encoding.UTF8.GetString(content).Split('\n') is [var type, var seal] && seal == SealOf(type).ToString() ? type : null;
        return mediaType is not null;
    }

    private static Digest SealOf(string mediaType) => Digest.Sha256Of(Encoding.UTF8.GetBytes(mediaType));
}
