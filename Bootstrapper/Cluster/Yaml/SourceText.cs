using System.Buffers;
using System.Text;

namespace Sextant.Cluster.Yaml;

/// <summary>What must hold of the text before YAML is thought of: UTF-8, and no characters that no one sees.</summary>
internal static class SourceText
{
    /// <summary>Decodes a file; null when it is not UTF-8, which is reported at the first wrong octet.</summary>
    public static string? Decode(ReadOnlySpan<byte> octets, ProblemList problems)
    {
        if (octets.StartsWith<byte>([0xff, 0xfe]) || octets.StartsWith<byte>([0xfe, 0xff]))
        {
            problems.Error(1, 1, "", "the file is UTF-16; save it as UTF-8");
            return null;
        }
        if (octets.StartsWith<byte>([0xef, 0xbb, 0xbf])) octets = octets[3..];
        for (var rest = octets; !rest.IsEmpty;)
        {
            if (Rune.DecodeFromUtf8(rest, out _, out var length) == OperationStatus.Done)
            {
                rest = rest[length..];
                continue;
            }
            var (line, column) = PositionAfter(Encoding.UTF8.GetString(octets[..^rest.Length]));
            problems.Error(line, column, "", $"the file is not UTF-8: octet 0x{rest[0]:x2} here");
            return null;
        }
        return Encoding.UTF8.GetString(octets);
    }

    /// <summary>Reports the first character YAML does not print (YAML 1.2.2, section 5.1): control characters and halves of surrogate pairs.</summary>
    public static bool Check(string text, ProblemList problems)
    {
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1])) i++;
            else if ((c < ' ' && c is not ('\t' or '\n' or '\r')) || c is >= '\x7f' and <= '\x9f' and not '\x85' || char.IsSurrogate(c) || c is '\ufffe' or '\uffff')
            {
                var (line, column) = PositionAfter(text.AsSpan(0, i));
                problems.Error(line, column, "", c == 0 ? "a NUL character; is this a text file?" : $"the control character U+{(int)c:X4} may not stand in a YAML file");
                return false;
            }
        }
        return true;
    }

    /// <summary>The first tab in the indentation of the lines from <paramref name="first"/> to <paramref name="last"/>; null when there is none.</summary>
    public static (int Line, int Column)? FindTabIndent(string text, int first, int last)
    {
        var line = 0;
        foreach (var content in text.AsSpan().EnumerateLines())
        {
            if (++line < first) continue;
            if (line > last) return null;
            var indent = content.IndexOfAnyExcept(' ');
            if (indent >= 0 && content[indent] == '\t') return (line, indent + 1);
        }
        return null;
    }

    private static (int Line, int Column) PositionAfter(ReadOnlySpan<char> before)
    {
        var line = before.Count('\n') + 1;
        return (line, before.Length - before.LastIndexOf('\n'));
    }
}
