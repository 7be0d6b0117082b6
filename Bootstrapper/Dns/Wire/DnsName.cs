using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Sextant.Dns.Wire;

/// <summary>
/// Names as they are on the wire, uncompressed: labels with their length in front, closed by the root's empty one (RFC 1035 §3.1). Comparison ignores the
/// case of ASCII letters (RFC 4343). These work on spans, because the names of queries are never copied.
/// </summary>
public static class DnsName
{
    /// <summary>Octets of the longest name (RFC 1035 §2.3.4).</summary>
    public const int Limit = 255;

    /// <summary>Octets of the longest label.</summary>
    public const int LabelLimit = 63;

    /// <summary>The root.</summary>
    public static ReadOnlySpan<byte> Root => [0];

    /// <summary>
    /// The name in wire form. Dots separate labels; one at the end changes nothing. There are no escapes: what a description names has neither dots nor
    /// octets beyond ASCII in a label.
    /// </summary>
    /// <param name="text"><c>node1.lab.example</c>; empty or <c>.</c> for the root.</param>
    /// <exception cref="FormatException">An empty label, one of more than 63 octets, a name of more than 255, or a character beyond ASCII.</exception>
    public static byte[] Encode(string text) => TryEncode(text, out var name) ? name : throw new FormatException($"'{text}' is not a DNS name.");

    /// <inheritdoc cref="Encode"/>
    public static bool TryEncode(string text, [NotNullWhen(true)] out byte[]? name)
    {
        name = null;
        var rest = text.EndsWith('.') ? text.AsSpan(0, text.Length - 1) : text;
        if (rest.IsEmpty)
        {
            name = [0];
            return true;
        }
        if (rest.Length > Limit - 2 || !Ascii.IsValid(rest)) return false;
        var octets = new byte[rest.Length + 2];
        foreach (var range in rest.Split('.'))
        {
            var label = rest[range];
            if (label.Length is 0 or > LabelLimit) return false;
            // Each label stands where it does in the text, one further; its length is where the dot was.
            var at = range.Start.GetOffset(rest.Length);
            octets[at] = (byte)label.Length;
            Encoding.ASCII.GetBytes(label, octets.AsSpan(at + 1));
        }
        name = octets;
        return true;
    }

    /// <summary>The name for people: without the dot at its end, <c>.</c> for the root, other octets than letters, digits, '-', '_' and '*' as <c>\DDD</c> (RFC 1035 §5.1).</summary>
    /// <param name="name">A whole name in wire form.</param>
    public static string Print(ReadOnlySpan<byte> name)
    {
        if (name.Length <= 1) return ".";
        var text = new StringBuilder(name.Length);
        for (var at = 0; at < name.Length && name[at] != 0; at += name[at] + 1)
        {
            if (at > 0) text.Append('.');
            foreach (var octet in name.Slice(at + 1, name[at]))
            {
                if (char.IsAsciiLetterOrDigit((char)octet) || octet is (byte)'-' or (byte)'_' or (byte)'*') text.Append((char)octet);
                else text.Append('\\').Append(octet.ToString("d3", System.Globalization.CultureInfo.InvariantCulture));
            }
        }
        return text.ToString();
    }

    /// <summary>The name without its first label; empty for the root.</summary>
    public static ReadOnlySpan<byte> Parent(ReadOnlySpan<byte> name) => name[0] == 0 ? default : name[(name[0] + 1)..];

    /// <summary>True when the two are the same name.</summary>
    public static bool Same(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other)
    {
        if (one.Length != other.Length) return false;
        for (var i = 0; i < one.Length; i++)
            if (Lower(one[i]) != Lower(other[i])) return false;
        return true;
    }

    /// <summary>True when the name is the zone's apex or below it.</summary>
    public static bool IsAtOrBelow(ReadOnlySpan<byte> name, ReadOnlySpan<byte> apex)
    {
        while (name.Length > apex.Length) name = Parent(name);
        return Same(name, apex);
    }

    /// <summary>A hash that is the same for all ways to write a name: FNV-1a, with the seed of a table that strangers must not be able to fill with collisions.</summary>
    public static int Hash(ReadOnlySpan<byte> name, uint seed = 2166136261)
    {
        var hash = seed;
        foreach (var octet in name) hash = (hash ^ Lower(octet)) * 16777619;
        return (int)(hash ^ hash >> 15);
    }

    /// <summary>An octet with an upper-case letter made lower-case. Lengths of labels, at most 63, are below the letters and stay.</summary>
    public static byte Lower(byte octet) => (uint)(octet - 'A') <= 'Z' - 'A' ? (byte)(octet | 0x20) : octet;
}

/// <summary>Names as keys of tables, looked up by the octets of a query without a copy.</summary>
public sealed class DnsNameComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
{
    /// <summary>The one there is.</summary>
    public static DnsNameComparer Instance { get; } = new();

    /// <inheritdoc/>
    public bool Equals(byte[]? x, byte[]? y) => ReferenceEquals(x, y) || (x is not null && y is not null && DnsName.Same(x, y));

    /// <inheritdoc/>
    public int GetHashCode(byte[] obj) => DnsName.Hash(obj);

    /// <inheritdoc/>
    public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => DnsName.Same(alternate, other);

    /// <inheritdoc/>
    public int GetHashCode(ReadOnlySpan<byte> alternate) => DnsName.Hash(alternate);

    /// <inheritdoc/>
    public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
}
