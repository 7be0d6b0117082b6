using System.Globalization;
using System.Text;

namespace Sextant.Bundle;

/// <summary>
/// The headers of a bundle's entries (POSIX.1-2001 pax interchange format): one form for each path and size, so that a bundle's octets follow from its
/// content and a reader, which knows beforehand what must come, compares octets instead of interpreting them.
/// </summary>
/// <remarks>
/// <code>
/// name 0 (100) | mode 100 | uid 108 | gid 116 | size 124 | mtime 136 | sum 148 | type 156 | link 157 | magic 257 | version 263 | … | prefix 345 (155)
/// </code>
/// Regular files of mode 0644, owner 0, time 0. What does not fit – a name of more than 100 octets, a size beyond eleven octal digits – stands in an
/// extended header before it.
/// </remarks>
internal static class BundleTar
{
    /// <summary>Everything in an archive is padded to this many octets.</summary>
    public const int BlockSize = 512;

    /// <summary>An archive ends with two empty blocks.</summary>
    public const int EndLength = 2 * BlockSize;

    private const int NameLength = 100;
    private const long LargestSize = 0x1_FFFF_FFFF; // 11 octal digits

    /// <summary>The octets before the content of an entry.</summary>
    /// <param name="path">Its path: ASCII, relative.</param>
    /// <param name="size">The content's length in octets.</param>
    public static byte[] HeaderOf(string path, long size)
    {
        var extended = new StringBuilder();
        if (path.Length > NameLength) extended.Append(PaxRecord("path", path));
        if (size > LargestSize) extended.Append(PaxRecord("size", size.ToString(CultureInfo.InvariantCulture)));
        var header = Block(path.Length > NameLength ? path[^NameLength..] : path, size > LargestSize ? 0 : size, '0');
        if (extended.Length == 0) return header;
        var records = Encoding.ASCII.GetBytes(extended.ToString());
        var all = new byte[BlockSize + records.Length + PaddingAfter(records.Length) + BlockSize];
        Block("PaxHeader", records.Length, 'x').CopyTo(all, 0);
        records.CopyTo(all, BlockSize);
        header.CopyTo(all, all.Length - BlockSize);
        return all;
    }

    /// <summary>How many empty octets follow a content.</summary>
    public static int PaddingAfter(long size) => (int)((BlockSize - size % BlockSize) % BlockSize);

    /// <summary>The size a plain header states; null when it is none that <see cref="HeaderOf"/> makes for that path.</summary>
    public static long? SizeIn(ReadOnlySpan<byte> header, string path)
    {
        long size = 0;
        foreach (var digit in header.Slice(124, 11))
        {
            if (digit is < (byte)'0' or > (byte)'7') return null;
            size = size * 8 + digit - '0';
        }
        return header.SequenceEqual(HeaderOf(path, size)) ? size : null;
    }

    /// <summary>The name in a header, as far as it is printable, for messages.</summary>
    public static string NameIn(ReadOnlySpan<byte> header)
    {
        var name = header[..NameLength];
        var end = name.IndexOf((byte)0);
        var text = Encoding.Latin1.GetString(end < 0 ? name : name[..end]);
        return string.Concat(text.Select(character => char.IsAsciiLetterOrDigit(character) || char.IsAsciiLetter(character) || "._+-/".Contains(character, StringComparison.Ordinal) ? character : '?'));
    }

    private static byte[] Block(string name, long size, char type)
    {
        var block = new byte[BlockSize];
        Put(0, name);
        Put(100, "0000644");
        Put(108, "0000000");
        Put(116, "0000000");
        Put(124, Octal(size, 11));
        Put(136, Octal(0, 11));
        Put(148, "        ");
        block[156] = (byte)type;
        Put(257, "ustar");
        Put(263, "00");
        Put(148, Octal(block.Sum(octet => octet), 6));
        block[154] = 0;
        return block;

        void Put(int at, string text) => Encoding.ASCII.GetBytes(text, block.AsSpan(at));
    }

    private static string Octal(long value, int digits) => Convert.ToString(value, 8).PadLeft(digits, '0');

    /// <summary><c>length key=value\n</c>, where the length counts itself.</summary>
    private static string PaxRecord(string key, string value)
    {
        var rest = $" {key}={value}\n";
        var length = rest.Length + 1;
        while (length != rest.Length + length.ToString(CultureInfo.InvariantCulture).Length) length++;
        return length.ToString(CultureInfo.InvariantCulture) + rest;
    }
}
