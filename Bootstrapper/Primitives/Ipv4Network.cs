using System.Globalization;

namespace Sextant.Primitives;

/// <summary>An IPv4 prefix such as 10.0.0.0/24: a network address and a prefix length of 0 to 32.</summary>
public readonly record struct Ipv4Network
{
    /// <summary>A network; host bits in <paramref name="address"/> are cleared.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The prefix length is not 0 to 32.</exception>
    public Ipv4Network(Ipv4Address address, int prefixLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(prefixLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(prefixLength, 32);
        PrefixLength = prefixLength;
        Address = new Ipv4Address(address.Value & MaskOf(prefixLength));
    }

    /// <summary>The network address (all host bits zero).</summary>
    public Ipv4Address Address { get; }

    /// <summary>The prefix length, 0 to 32.</summary>
    public int PrefixLength { get; }

    /// <summary>The subnet mask, 255.255.255.0 for a /24.</summary>
    public Ipv4Address Mask => new(MaskOf(PrefixLength));

    /// <summary>The last address, which is the broadcast address for prefixes up to /30.</summary>
    public Ipv4Address Last => new(Address.Value | ~MaskOf(PrefixLength));

    /// <summary>The addresses a host may have: without network and broadcast address up to /30, all of them from /31 (RFC 3021).</summary>
    public Ipv4Range Hosts => PrefixLength >= 31 ? new Ipv4Range(Address, Last) : new Ipv4Range(Address.Plus(1), new Ipv4Address(Last.Value - 1));

    /// <summary>True when the address lies in this network.</summary>
    public bool Contains(Ipv4Address address) => (address.Value & MaskOf(PrefixLength)) == Address.Value;

    /// <summary>True when the two networks share an address.</summary>
    public bool Overlaps(Ipv4Network other) => Contains(other.Address) || other.Contains(Address);

    /// <summary>Reads <c>a.b.c.d/len</c> strictly: the address must be the network's own (no host bits), as Kubernetes 1.36 demands.</summary>
    public static bool TryParse(string? text, out Ipv4Network network) => TryParse(text, out network, out var hostBits) && !hostBits;

    /// <summary>Reads <c>a.b.c.d/len</c>; says whether host bits were set.</summary>
    public static bool TryParse(string? text, out Ipv4Network network, out bool hostBitsSet)
    {
        network = default;
        hostBitsSet = false;
        if (text is null) return false;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0 || !Ipv4Address.TryParse(text.AsSpan(0, slash), out var address)) return false;
        var length = text.AsSpan(slash + 1);
        if (!int.TryParse(length, NumberStyles.None, CultureInfo.InvariantCulture, out var prefix) || prefix > 32 || (length.Length > 1 && length[0] == '0')) return false;
        network = new Ipv4Network(address, prefix);
        hostBitsSet = network.Address != address;
        return true;
    }

    /// <summary>Reads a network; throws on anything else.</summary>
    public static Ipv4Network Parse(string text) =>
        TryParse(text, out Ipv4Network network) ? network : throw new FormatException($"'{text}' is not an IPv4 network such as 10.0.0.0/24.");

    /// <inheritdoc/>
    public override string ToString() => $"{Address}/{PrefixLength}";

    private static uint MaskOf(int prefixLength) => prefixLength == 0 ? 0 : uint.MaxValue << (32 - prefixLength);
}
