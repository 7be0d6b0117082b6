using System.Globalization;

namespace Sextant.Primitives;

/// <summary>
/// What a <c>Range</c> header asks of a file (RFC 9110 section 14). Only single ranges of bytes are served; everything a server may ignore (other
/// units, several ranges, bad syntax) is answered with the whole file.
/// </summary>
public abstract record ByteRange
{
    private ByteRange() { }

    /// <summary>The whole file.</summary>
    public sealed record Whole : ByteRange;

    /// <summary>From <paramref name="First"/> to <paramref name="Last"/>, both 0-based and inclusive.</summary>
    public sealed record Part(long First, long Last) : ByteRange;

    /// <summary>Nothing of the file lies in the range (416).</summary>
    public sealed record Unsatisfiable : ByteRange;

    /// <summary>The last position lies before the first. Servers may ignore that or refuse it (RFC 9110 section 14.2).</summary>
    public sealed record Inverted : ByteRange;

    /// <summary>Reads the header's value; null means there is none.</summary>
    /// <param name="header">For example <c>bytes=0-499</c>, <c>bytes=500-</c>, <c>bytes=-500</c>.</param>
    /// <param name="length">Size of the file in bytes.</param>
    public static ByteRange Parse(string? header, long length)
    {
        const string unit = "bytes=";
        if (header is null || !header.StartsWith(unit, StringComparison.OrdinalIgnoreCase)) return new Whole();
        var specs = header[unit.Length..].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return specs is [var only] ? ParseOne(only, length) : new Whole();
    }

    private static ByteRange ParseOne(string spec, long length)
    {
        var hyphen = spec.IndexOf('-', StringComparison.Ordinal);
        if (hyphen < 0) return new Whole();
        var left = spec.AsSpan(0, hyphen);
        var right = spec.AsSpan(hyphen + 1);
        if (left.IsEmpty)
        {
            if (!TryReadPosition(right, out var suffix)) return new Whole();
            return suffix == 0 || length == 0 ? new Unsatisfiable() : new Part(Math.Max(0, length - suffix), length - 1);
        }
        if (!TryReadPosition(left, out var first)) return new Whole();
        var last = long.MaxValue;
        if (!right.IsEmpty && !TryReadPosition(right, out last)) return new Whole();
        if (last < first) return new Inverted();
        return first >= length ? new Unsatisfiable() : new Part(first, Math.Min(last, length - 1));
    }

    /// <summary>1*DIGIT; a number too large for any file counts as the largest one, because only its order matters.</summary>
    private static bool TryReadPosition(ReadOnlySpan<char> text, out long position)
    {
        position = 0;
        if (text.IsEmpty || text.ContainsAnyExceptInRange('0', '9')) return false;
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out position)) position = long.MaxValue;
        return true;
    }
}
