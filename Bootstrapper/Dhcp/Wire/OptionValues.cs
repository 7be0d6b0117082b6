using System.Text;
using Sextant.Primitives;

namespace Sextant.Dhcp.Wire;

/// <summary>Values with a layout of their own: lists of domain names and of routes. Readers never throw on input.</summary>
internal static class OptionValues
{
    private const int LongestName = 255, LongestLabel = 63, PointerBits = 0xc0;

    /// <summary>
    /// Domain names as DNS writes them (RFC 1035 §4.1.4), each a chain of labels with a zero at its end, or with a pointer to where the rest stands
    /// already, counted from the first octet of the option's value:
    /// <code>
    /// +---+-----+---+-------+---+    +---+-----+----+---+
    /// | 3 | lab | 7 |example| 0 |    | 2 | r2  | c0 | 4 |   "lab.example", "r2.example"
    /// +---+-----+---+-------+---+    +---+-----+----+---+
    /// </code>
    /// </summary>
    public static byte[] Domains(IReadOnlyList<string> domains)
    {
        var octets = new List<byte>();
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var domain in domains)
        {
            var rest = domain;
            while (rest.Length > 0)
            {
                if (seen.TryGetValue(rest, out var at))
                {
                    octets.Add((byte)(PointerBits | at >> 8));
                    octets.Add((byte)at);
                    break;
                }
                // Pointers have fourteen bits.
                if (octets.Count < 1 << 14) seen[rest] = octets.Count;
                var dot = rest.IndexOf('.', StringComparison.Ordinal);
                var label = dot < 0 ? rest : rest[..dot];
                octets.Add((byte)label.Length);
                octets.AddRange(Encoding.ASCII.GetBytes(label));
                rest = dot < 0 ? "" : rest[(dot + 1)..];
                if (rest.Length == 0) octets.Add(0);
            }
        }
        return [.. octets];
    }

    /// <summary>Reads <see cref="Domains"/>. Pointers lead backwards only, so that reading ends.</summary>
    public static bool TryReadDomains(ReadOnlySpan<byte> octets, out IReadOnlyList<string> domains)
    {
        domains = [];
        var names = new List<string>();
        for (var at = 0; at < octets.Length;)
        {
            if (!TryReadName(octets, ref at, out var name)) return false;
            names.Add(name);
        }
        domains = names;
        return names.Count > 0;
    }

    /// <summary>
    /// Routes (RFC 3442): the prefix length, as many octets of the network as that needs, the router.
    /// <code>
    /// +----+----+----+----+----+----+----+
    /// | 16 | 10 | 2  | 10 | 0  | 0  |253 |   10.2.0.0/16 via 10.0.0.253
    /// +----+----+----+----+----+----+----+
    /// </code>
    /// </summary>
    public static byte[] Routes(IReadOnlyList<Ipv4Route> routes)
    {
        var octets = new List<byte>();
        Span<byte> address = stackalloc byte[Ipv4Address.Length];
        foreach (var route in routes)
        {
            octets.Add((byte)route.To.PrefixLength);
            route.To.Address.CopyTo(address);
            octets.AddRange(address[..Significant(route.To.PrefixLength)]);
            route.Via.CopyTo(address);
            octets.AddRange(address);
        }
        return [.. octets];
    }

    /// <summary>Reads <see cref="Routes"/>.</summary>
    public static bool TryReadRoutes(ReadOnlySpan<byte> octets, out IReadOnlyList<Ipv4Route> routes)
    {
        routes = [];
        var read = new List<Ipv4Route>();
        Span<byte> network = stackalloc byte[Ipv4Address.Length];
        while (!octets.IsEmpty)
        {
            var length = octets[0];
            if (length > 32 || octets.Length < 1 + Significant(length) + Ipv4Address.Length) return false;
            network.Clear();
            octets.Slice(1, Significant(length)).CopyTo(network);
            octets = octets[(1 + Significant(length))..];
            read.Add(new Ipv4Route(new Ipv4Network(Ipv4Address.FromOctets(network), length), Ipv4Address.FromOctets(octets)));
            octets = octets[Ipv4Address.Length..];
        }
        routes = read;
        return read.Count > 0;
    }

    private static int Significant(int prefixLength) => (prefixLength + 7) / 8;

    private static bool TryReadName(ReadOnlySpan<byte> octets, ref int at, out string name)
    {
        name = "";
        var text = new StringBuilder();
        var (from, end) = (at, -1);
        while (from < octets.Length && text.Length <= LongestName)
        {
            var length = octets[from];
            if (length == 0)
            {
                at = end < 0 ? from + 1 : end;
                name = text.ToString();
                return text.Length > 0;
            }
            if ((length & PointerBits) == PointerBits)
            {
                if (from + 1 >= octets.Length) return false;
                var target = (length & ~PointerBits) << 8 | octets[from + 1];
                if (target >= from) return false;
                if (end < 0) end = from + 2;
                from = target;
                continue;
            }
            if (length > LongestLabel || from + 1 + length > octets.Length) return false;
            if (text.Length > 0) text.Append('.');
            text.Append(Encoding.Latin1.GetString(octets.Slice(from + 1, length)));
            from += 1 + length;
        }
        return false;
    }
}
