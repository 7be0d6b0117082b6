using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sextant.Primitives;

/// <summary>An IPv4 address as a value: ordered, hashable, four octets, no allocation. Read strictly: dotted quad, no leading zeros.</summary>
[JsonConverter(typeof(Ipv4AddressJsonConverter))]
public readonly record struct Ipv4Address : IComparable<Ipv4Address>
{
    /// <summary>Length on the wire, in octets.</summary>
    public const int Length = 4;

    /// <summary>0.0.0.0.</summary>
    public static readonly Ipv4Address Any = new(0);

    /// <summary>255.255.255.255.</summary>
    public static readonly Ipv4Address Broadcast = new(0xffffffff);

    /// <summary>An address from its 32-bit value in host order (10.0.0.1 is 0x0a000001).</summary>
    public Ipv4Address(uint value) => Value = value;

    /// <summary>The 32-bit value in host order.</summary>
    public uint Value { get; }

    /// <summary>True for 0.0.0.0.</summary>
    public bool IsAny => Value == 0;

    /// <summary>Reads the first four octets, in network order.</summary>
    public static Ipv4Address FromOctets(ReadOnlySpan<byte> octets) => new(BinaryPrimitives.ReadUInt32BigEndian(octets));

    /// <summary>Writes four octets in network order.</summary>
    public void CopyTo(Span<byte> destination) => BinaryPrimitives.WriteUInt32BigEndian(destination, Value);

    /// <summary>The address <paramref name="offset"/> after this one, wrapping at 2^32.</summary>
    public Ipv4Address Plus(uint offset) => new(unchecked(Value + offset));

    /// <summary>The same address for the BCL's sockets.</summary>
    public IPAddress ToIPAddress()
    {
        Span<byte> octets = stackalloc byte[Length];
        CopyTo(octets);
        return new IPAddress(octets);
    }

    /// <summary>From a BCL address, IPv4-mapped IPv6 included; null when it is a real IPv6 address.</summary>
    public static Ipv4Address? FromIPAddress(IPAddress? address)
    {
        if (address is null) return null;
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        Span<byte> octets = stackalloc byte[Length];
        return address.TryWriteBytes(octets, out var written) && written == Length ? FromOctets(octets) : null;
    }

    /// <summary>Reads a dotted quad; throws on anything else.</summary>
    public static Ipv4Address Parse(string text) =>
        TryParse(text, out var address) ? address : throw new FormatException($"'{text}' is not an IPv4 address such as 10.0.0.1.");

    /// <summary>Reads a dotted quad with four decimal parts of 0-255 and no leading zeros (a leading zero means octal to some readers).</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Ipv4Address address) => TryParse(text.AsSpan(), out address);

    /// <inheritdoc cref="TryParse(string?, out Ipv4Address)"/>
    public static bool TryParse(ReadOnlySpan<char> text, out Ipv4Address address)
    {
        address = default;
        uint value = 0;
        for (var part = 0; part < Length; part++)
        {
            var digits = 0;
            uint octet = 0;
            while (digits < text.Length && char.IsAsciiDigit(text[digits]))
            {
                octet = octet * 10 + (uint)(text[digits] - '0');
                if (++digits > 3) return false;
            }
            if (digits == 0 || octet > 255 || (digits > 1 && text[0] == '0')) return false;
            value = value << 8 | octet;
            text = text[digits..];
            if (part == Length - 1) continue;
            if (text.IsEmpty || text[0] != '.') return false;
            text = text[1..];
        }
        if (!text.IsEmpty) return false;
        address = new Ipv4Address(value);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Value >> 24}.{Value >> 16 & 255}.{Value >> 8 & 255}.{Value & 255}";

    /// <inheritdoc/>
    public int CompareTo(Ipv4Address other) => Value.CompareTo(other.Value);

    /// <summary>Orders by numeric value.</summary>
    public static bool operator <(Ipv4Address left, Ipv4Address right) => left.Value < right.Value;
    /// <summary>Orders by numeric value.</summary>
    public static bool operator >(Ipv4Address left, Ipv4Address right) => left.Value > right.Value;
    /// <summary>Orders by numeric value.</summary>
    public static bool operator <=(Ipv4Address left, Ipv4Address right) => left.Value <= right.Value;
    /// <summary>Orders by numeric value.</summary>
    public static bool operator >=(Ipv4Address left, Ipv4Address right) => left.Value >= right.Value;
}

/// <summary>Writes an IPv4 address as its dotted quad.</summary>
public sealed class Ipv4AddressJsonConverter : JsonConverter<Ipv4Address>
{
    /// <inheritdoc/>
    public override Ipv4Address Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Ipv4Address.TryParse(reader.GetString(), out var address) ? address : throw new JsonException("not an IPv4 address");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, Ipv4Address value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
