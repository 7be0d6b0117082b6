using System.Globalization;

namespace Sextant.Primitives;

/// <summary>Numbers of octets for people, in decimal units.</summary>
public static class Octets
{
    /// <summary>1 octet, 900 octets, 67 kB, 81 MB, 1.2 GB: rounded.</summary>
    /// <param name="count">0 or more.</param>
    public static string Text(long count) => count switch
    {
        1 => "1 octet",
        < 10_000 => count.ToString(CultureInfo.InvariantCulture) + " octets",
        < 10_000_000 => (count / 1e3).ToString("f0", CultureInfo.InvariantCulture) + " kB",
        < 1_000_000_000 => (count / 1e6).ToString("f0", CultureInfo.InvariantCulture) + " MB",
        _ => (count / 1e9).ToString("f1", CultureInfo.InvariantCulture) + " GB",
    };
}
