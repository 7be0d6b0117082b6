using System.Globalization;

namespace Sextant.Registry;

/// <summary>The <c>Content-Range</c> of a chunk of an upload: <c>0-1023</c>, both inclusive (OCI distribution specification, "Pushing a blob in chunks").</summary>
/// <param name="First">The first octet's offset.</param>
/// <param name="Last">The last octet's offset.</param>
public readonly record struct ChunkRange(long First, long Last)
{
    private const string Unit = "bytes ";

    /// <summary>Its size in octets.</summary>
    public long Length => Last - First + 1;

    /// <summary>Reads the header. The form of RFC 9110 (<c>bytes 0-1023/*</c>), which some clients send, is taken as well.</summary>
    public static bool TryParse(string text, out ChunkRange range)
    {
        range = default;
        var span = text.AsSpan().Trim();
        if (span.StartsWith(Unit, StringComparison.OrdinalIgnoreCase))
        {
            span = span[Unit.Length..];
            if (span.IndexOf('/') is > -1 and var slash) span = span[..slash];
        }
        if (span.IndexOf('-') is not (> 0 and var hyphen)
            || !long.TryParse(span[..hyphen], NumberStyles.None, CultureInfo.InvariantCulture, out var first)
            || !long.TryParse(span[(hyphen + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var last)
            || last < first || last == long.MaxValue) return false;
        range = new ChunkRange(first, last);
        return true;
    }
}
