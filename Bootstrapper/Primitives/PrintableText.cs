namespace Sextant.Primitives;

/// <summary>Text from others, made fit to be shown to people.</summary>
public static class PrintableText
{
    /// <summary>At most <paramref name="limit"/> characters of the text, control characters replaced by blanks, blanks at the ends removed.</summary>
    public static string Bounded(string text, int limit)
    {
        var end = Math.Min(text.Length, limit);
        if (end < text.Length && char.IsHighSurrogate(text[end - 1])) end--;
        return string.Create(end, text, static (span, source) =>
        {
            for (var i = 0; i < span.Length; i++) span[i] = IsPrintable(source, i) ? source[i] : ' ';
        }).Trim();
    }

    /// <summary>Controls, line and paragraph separators, text direction overrides and broken surrogates are not for logs and pages.</summary>
    private static bool IsPrintable(string text, int index)
    {
        var one = text[index];
        if (char.IsHighSurrogate(one)) return index + 1 < text.Length && char.IsLowSurrogate(text[index + 1]);
        if (char.IsLowSurrogate(one)) return index > 0 && char.IsHighSurrogate(text[index - 1]);
        return !char.IsControl(one) && one is not ('\u2028' or '\u2029' or '\u200e' or '\u200f') && one is not (>= '\u202a' and <= '\u202e' or >= '\u2066' and <= '\u2069');
    }
}
