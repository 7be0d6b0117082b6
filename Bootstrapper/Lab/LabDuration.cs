using System.Globalization;

namespace Sextant.Lab;

/// <summary>Times as people write them on a command line: <c>90s</c>, <c>15m</c>, <c>2h</c>.</summary>
public static class LabDuration
{
    /// <summary>Reads a whole number of seconds, minutes or hours, 1 second to 24 hours.</summary>
    public static bool TryParse(string? text, out TimeSpan duration)
    {
        duration = default;
        if (text is null || text.Length < 2) return false;
        if (!int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count < 1) return false;
        var unit = text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3600, _ => 0 };
        if (unit == 0 || (long)count * unit > 24 * 3600) return false;
        duration = TimeSpan.FromSeconds((long)count * unit);
        return true;
    }

    /// <summary>An elapsed time for tables: <c>0:07</c>, <c>12:34</c>, <c>1:02:03</c>. Fractions of a second are cut off.</summary>
    public static string Format(TimeSpan elapsed)
    {
        var total = Math.Max(0, (long)elapsed.TotalSeconds);
        return total < 3600
            ? string.Create(CultureInfo.InvariantCulture, $"{total / 60}:{total % 60:00}")
            : string.Create(CultureInfo.InvariantCulture, $"{total / 3600}:{total / 60 % 60:00}:{total % 60:00}");
    }
}
