using System.Text;

namespace Sextant.Cluster;

/// <summary>Finds the word that was probably meant.</summary>
internal static class Suggestion
{
    private const int LongestWord = 40;

    /// <summary>The known word nearest to <paramref name="given"/>; null when none is near.</summary>
    public static string? Nearest(string given, IEnumerable<string> known)
    {
        if (given.Length is 0 or > LongestWord) return null;
        var word = SnakeCase(given);
        return known
            .Select(candidate => (Candidate: candidate, Distance: Distance(word, SnakeCase(candidate))))
            .Where(pair => IsNear(word, pair.Candidate, pair.Distance))
            .OrderBy(pair => pair.Distance)
            .ThenBy(pair => pair.Candidate, StringComparer.Ordinal)
            .Select(pair => pair.Candidate)
            .FirstOrDefault();
    }

    /// <summary><c>; did you mean 'x'?</c>, or the known words when none is near.</summary>
    public static string For(string given, IReadOnlyCollection<string> known) =>
        Nearest(given, known) is { } near ? $"; did you mean '{near}'?" : $"; known are {string.Join(", ", known)}";

    /// <summary><c>httpPort</c>, <c>http-port</c> and <c>HTTP port</c> as <c>http_port</c>.</summary>
    public static string SnakeCase(string text)
    {
        var result = new StringBuilder(text.Length + 4);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c is '-' or ' ' or '.') c = '_';
            if (char.IsAsciiLetterUpper(c) && i > 0 && char.IsAsciiLetterLower(text[i - 1])) result.Append('_');
            result.Append(char.ToLowerInvariant(c));
        }
        return result.ToString();
    }

    private static bool IsNear(string word, string candidate, int distance) =>
        distance <= Math.Max(1, Math.Max(word.Length, candidate.Length) / 3) && distance < word.Length
        || (word.Length >= 4 && SnakeCase(candidate).Split('_').Contains(word));

    /// <summary>Insertions, deletions, replacements and swaps of neighbours that turn one word into the other (optimal string alignment).</summary>
    private static int Distance(string left, string right)
    {
        var table = new int[left.Length + 1, right.Length + 1];
        for (var i = 0; i <= left.Length; i++) table[i, 0] = i;
        for (var j = 0; j <= right.Length; j++) table[0, j] = j;
        for (var i = 1; i <= left.Length; i++)
        {
            for (var j = 1; j <= right.Length; j++)
            {
                var replace = table[i - 1, j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
                var best = Math.Min(Math.Min(table[i - 1, j], table[i, j - 1]) + 1, replace);
                if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1]) best = Math.Min(best, table[i - 2, j - 2] + 1);
                table[i, j] = best;
            }
        }
        return table[left.Length, right.Length];
    }
}
