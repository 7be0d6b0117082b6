using System.Globalization;
using System.Text;

namespace Sextant.Cluster;

/// <summary>Text of the file inside a message: short, and without characters that act on a terminal.</summary>
internal static class Quoted
{
    /// <summary>The text in single quotes.</summary>
    public static string Of(string text) => $"'{Bare(text)}'";

    /// <summary>The text without quotes, at most <paramref name="longest"/> characters of it.</summary>
    public static string Bare(string text, int longest = 60)
    {
        var result = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (result.Length >= longest) return result.Append('…').ToString();
            var category = Rune.GetUnicodeCategory(rune);
            if (category is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
                or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned)
                result.Append(rune.Value switch { '\n' => "\\n", '\r' => "\\r", '\t' => "\\t", var value => $"\\u{value:x4}" });
            else result.Append(rune);
        }
        return result.ToString();
    }
}
