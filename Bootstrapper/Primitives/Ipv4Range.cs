namespace Sextant.Primitives;

/// <summary>An inclusive range of IPv4 addresses, written <c>10.0.0.100-10.0.0.199</c>.</summary>
public readonly record struct Ipv4Range
{
    /// <summary>A range of one address or more.</summary>
    /// <exception cref="ArgumentException">The first address is above the last.</exception>
    public Ipv4Range(Ipv4Address first, Ipv4Address last)
    {
        if (first > last) throw new ArgumentException("The first address of a range is above its last.", nameof(first));
        First = first;
        Last = last;
    }

    /// <summary>The lowest address.</summary>
    public Ipv4Address First { get; }

    /// <summary>The highest address.</summary>
    public Ipv4Address Last { get; }

    /// <summary>How many addresses the range has.</summary>
    public long Count => (long)Last.Value - First.Value + 1;

    /// <summary>True when the address lies in the range.</summary>
    public bool Contains(Ipv4Address address) => address >= First && address <= Last;

    /// <summary>Reads <c>first-last</c>, blanks around the hyphen allowed.</summary>
    public static bool TryParse(string? text, out Ipv4Range range)
    {
        range = default;
        var hyphen = text?.IndexOf('-', StringComparison.Ordinal) ?? -1;
        if (text is null || hyphen < 0) return false;
        if (!Ipv4Address.TryParse(text.AsSpan(0, hyphen).Trim(), out var first) || !Ipv4Address.TryParse(text.AsSpan(hyphen + 1).Trim(), out var last)) return false;
        if (first > last) return false;
        range = new Ipv4Range(first, last);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{First}-{Last}";
}
