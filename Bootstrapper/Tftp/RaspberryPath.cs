namespace Sextant.Tftp;

/// <summary>
/// What the boot ROM of a Raspberry Pi asks for: each file first in a folder named for the board, and then without it. The boards of a site boot the same
/// files, so they lie once, in the asset folder's <c>raspberrypi/</c>.
/// </summary>
public static class RaspberryPath
{
    /// <summary>Where the files lie.</summary>
    public const string Folder = "raspberrypi/";

    private const int SerialLength = 8, MacLength = 17;

    /// <summary>
    /// The asset that stands for a path; null when the path is none of a Raspberry Pi. The folder is the serial number's last eight hexadecimal digits, or the MAC
    /// address with hyphens where the board's EEPROM is set so (TFTP_PREFIX=2).
    /// </summary>
    public static string? AssetOf(string path)
    {
        var slash = path.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0) return null;
        var board = path.AsSpan(0, slash);
        return IsSerial(board) || IsMac(board) ? Folder + path[(slash + 1)..] : null;
    }

    private static bool IsSerial(ReadOnlySpan<char> text) => text.Length == SerialLength && AreHex(text);

    private static bool IsMac(ReadOnlySpan<char> text)
    {
        if (text.Length != MacLength) return false;
        for (var i = 0; i < text.Length; i++)
            if (i % 3 == 2 ? text[i] != '-' : !char.IsAsciiHexDigit(text[i])) return false;
        return true;
    }

    private static bool AreHex(ReadOnlySpan<char> text)
    {
        foreach (var character in text)
            if (!char.IsAsciiHexDigit(character)) return false;
        return true;
    }
}
