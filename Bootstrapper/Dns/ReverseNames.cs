using System.Globalization;
using Sextant.Dns.Wire;
using Sextant.Primitives;

namespace Sextant.Dns;

/// <summary>The names under in-addr.arpa (RFC 1035 §3.5) and ip6.arpa (RFC 3596 §2.5), where addresses are read backwards.</summary>
public static class ReverseNames
{
    private static readonly byte[] Ipv4Suffix = DnsName.Encode("in-addr.arpa");

    /// <summary><c>11.0.0.10.in-addr.arpa</c> of 10.0.0.11.</summary>
    public static string Of(Ipv4Address address)
    {
        var value = address.Value;
        return string.Create(CultureInfo.InvariantCulture, $"{value & 255}.{value >> 8 & 255}.{value >> 16 & 255}.{value >> 24}.in-addr.arpa");
    }

    /// <summary>32 nibbles, the last one first, and <c>ip6.arpa</c>.</summary>
    public static string Of(Ipv6Address address) => Nibbles(address, 32);

    /// <summary>The zone of an address's /64, the part of the address that networks have in common.</summary>
    public static string ZoneOf(Ipv6Address address) => Nibbles(address, 16);

    /// <summary>
    /// The zones a subnet's addresses are in: the reverse tree is cut at octets, so a /20 has sixteen, and one that is smaller than /24 has a part of one
    /// (RFC 2317 §1).
    /// </summary>
    public static IEnumerable<string> ZonesOf(Ipv4Network subnet)
    {
        var octets = Math.Clamp((subnet.PrefixLength + 7) / 8, 1, 3);
        var step = 1u << (32 - 8 * octets);
        for (var network = subnet.Address.Value & ~(step - 1); ; network += step)
        {
            var whole = Of(new Ipv4Address(network));
            for (var skipped = octets; skipped < 4; skipped++) whole = whole[(whole.IndexOf('.', StringComparison.Ordinal) + 1)..];
            yield return whole;
            if (network >= (subnet.Last.Value & ~(step - 1))) yield break;
        }
    }

    /// <summary>The address whose name under in-addr.arpa this is, or is below.</summary>
    /// <param name="name">A name in wire form.</param>
    /// <param name="address">The address.</param>
    public static bool TryRead(ReadOnlySpan<byte> name, out Ipv4Address address)
    {
        address = default;
        Span<byte> starts = stackalloc byte[DnsName.Limit / 2 + 1];
        var labels = 0;
        for (var at = 0; name[at] != 0; at += name[at] + 1) starts[labels++] = (byte)at;
        if (labels < 6 || !DnsName.Same(name[starts[labels - 2]..], Ipv4Suffix)) return false;
        uint value = 0;
        for (var i = 0; i < 4; i++)
        {
            var label = name.Slice(starts[labels - 3 - i] + 1, name[starts[labels - 3 - i]]);
            if (label.Length > 3 || (label.Length > 1 && label[0] == '0')) return false;
            uint octet = 0;
            foreach (var digit in label)
            {
                if (!char.IsAsciiDigit((char)digit)) return false;
                octet = octet * 10 + digit - '0';
            }
            if (octet > 255) return false;
            value = value << 8 | octet;
        }
        address = new Ipv4Address(value);
        return true;
    }

    private static string Nibbles(Ipv6Address address, int count)
    {
        var digits = address.Value.ToString("x32", CultureInfo.InvariantCulture)[..count];
        return string.Join('.', digits.Reverse()) + ".ip6.arpa";
    }
}
