using System.Text;

namespace Sextant.Lab;

/// <summary>The end of a log that somebody else is writing.</summary>
public static class LogTail
{
    private const int Window = 64 * 1024;

    /// <summary>The last lines of a file, without control sequences; empty when the file is not there.</summary>
    public static string Read(string file, int lines)
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            stream.Seek(-Math.Min(Window, stream.Length), SeekOrigin.End);
            var octets = new byte[Window];
            var length = stream.ReadAtLeast(octets, Window, throwOnEndOfStream: false);
            return Last(Encoding.UTF8.GetString(octets, 0, length), lines);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return "";
        }
    }

    /// <summary>The last lines of a text that are not blank, without the control sequences of terminals (ECMA-48) that firmware draws its screens with.</summary>
    public static string Last(string text, int lines) => string.Join(
        Environment.NewLine,
        Printable(text).Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0).TakeLast(lines));

    private static string Printable(string text)
    {
        var printable = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] == '\x1b') at = EndOfSequence(text, at);
            else if (text[at] == '\r') printable.Append('\n');
            else if (text[at] is '\n' or '\t' || !char.IsControl(text[at])) printable.Append(text[at]);
        }
        return printable.ToString();
    }

    /// <summary>The index of the last character of the control sequence that starts at <paramref name="at"/>.</summary>
    private static int EndOfSequence(string text, int at)
    {
        if (at + 1 >= text.Length || text[at + 1] != '[') return Math.Min(at + 1, text.Length - 1);
        for (at += 2; at < text.Length && text[at] is < '@' or > '~'; at++) { }
        return at;
    }
}
