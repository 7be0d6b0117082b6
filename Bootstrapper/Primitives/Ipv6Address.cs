using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace Sextant.Primitives;

/// <summary>An IPv6 address as a value, without a zone. Printed as RFC 5952 says.</summary>
public readonly record struct Ipv6Address
{
    /// <summary>Length on the wire, in octets.</summary>
    public const int Length = 16;

    /// <summary>An address from its 128-bit value in host order.</summary>
    public Ipv6Address(UInt128 value) => Value = value;

    /// <summary>The 128-bit value in host order.</summary>
    public UInt128 Value { get; }

    /// <summary>Writes sixteen octets in network order.</summary>
    public void CopyTo(Span<byte> destination) => BinaryPrimitives.WriteUInt128BigEndian(destination, Value);

    /// <summary>The same address for the BCL's sockets.</summary>
    public IPAddress ToIPAddress()
    {
        Span<byte> octets = stackalloc byte[Length];
        CopyTo(octets);
        return new IPAddress(octets);
    }

    /// <summary>Reads an address; throws on anything else.</summary>
    public static Ipv6Address Parse(string text) =>
        TryParse(text, out var address) ? address : throw new FormatException($"'{text}' is not an IPv6 address such as 2001:db8::11.");

    /// <summary>Reads an address in any of its textual forms (RFC 4291 §2.2), without brackets, prefix length and zone.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Ipv6Address address)
    {
        address = default;
        if (text is null || !text.All(c => char.IsAsciiHexDigit(c) || c is ':' or '.')) return false;
        if (!IPAddress.TryParse(text, out var parsed) || parsed.AddressFamily is not AddressFamily.InterNetworkV6) return false;
        Span<byte> octets = stackalloc byte[Length];
        parsed.TryWriteBytes(octets, out _);
        address = new Ipv6Address(BinaryPrimitives.ReadUInt128BigEndian(octets));
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => ToIPAddress().ToString();
}
