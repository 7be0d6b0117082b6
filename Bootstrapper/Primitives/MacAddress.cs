using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sextant.Primitives;

/// <summary>An EUI-48 hardware address (IEEE 802). Printed as <c>52:54:00:12:34:56</c>; read with <c>:</c>, <c>-</c> or no separators.</summary>
[JsonConverter(typeof(MacAddressJsonConverter))]
public readonly record struct MacAddress : IComparable<MacAddress>, ISpanParsable<MacAddress>
{
    /// <summary>Length on the wire, in octets.</summary>
    public const int Length = 6;

    private readonly ulong bits;

    private MacAddress(ulong bits) => this.bits = bits;

    /// <summary>Reads the first six octets of <paramref name="octets"/>, in network order.</summary>
    /// <exception cref="ArgumentException">Fewer than six octets.</exception>
    public static MacAddress FromOctets(ReadOnlySpan<byte> octets)
    {
        if (octets.Length < Length) throw new ArgumentException("A MAC address has six octets.", nameof(octets));
        ulong value = 0;
        for (var i = 0; i < Length; i++) value = value << 8 | octets[i];
        return new MacAddress(value);
    }

    /// <summary>Writes six octets in network order.</summary>
    public void CopyTo(Span<byte> destination)
    {
        for (var i = 0; i < Length; i++) destination[i] = (byte)(bits >> (8 * (Length - 1 - i)));
    }

    /// <summary>True for group addresses (the I/G bit), which no machine can own.</summary>
    public bool IsMulticast => (bits >> 40 & 1) != 0;

    /// <summary>True for 00:00:00:00:00:00.</summary>
    public bool IsZero => bits == 0;

    /// <summary><c>52-54-00-12-34-56</c>: the form that is safe in URLs and file names.</summary>
    public string ToHyphenString() => Format('-');

    /// <inheritdoc/>
    public override string ToString() => Format(':');

    /// <inheritdoc/>
    public int CompareTo(MacAddress other) => bits.CompareTo(other.bits);

    /// <summary>Orders by numeric value.</summary>
    public static bool operator <(MacAddress left, MacAddress right) => left.bits < right.bits;
    /// <summary>Orders by numeric value.</summary>
    public static bool operator >(MacAddress left, MacAddress right) => left.bits > right.bits;
    /// <summary>Orders by numeric value.</summary>
    public static bool operator <=(MacAddress left, MacAddress right) => left.bits <= right.bits;
    /// <summary>Orders by numeric value.</summary>
    public static bool operator >=(MacAddress left, MacAddress right) => left.bits >= right.bits;

    /// <inheritdoc cref="TryParse(ReadOnlySpan{char}, out MacAddress)"/>
    public static MacAddress Parse(string text) =>
        TryParse(text, out var mac) ? mac : throw new FormatException($"'{text}' is not a MAC address such as 52:54:00:12:34:56.");

    /// <summary>Accepts <c>52:54:00:12:34:56</c>, <c>52-54-00-12-34-56</c> and <c>525400123456</c>, in either case.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out MacAddress mac)
    {
        mac = default;
        Span<char> digits = stackalloc char[12];
        if (text.Length == 12) text.CopyTo(digits);
        else if (text.Length == 17 && text[2] is ':' or '-')
        {
            for (var i = 0; i < Length; i++)
            {
                if (i > 0 && text[i * 3 - 1] != text[2]) return false;
                digits[i * 2] = text[i * 3];
                digits[i * 2 + 1] = text[i * 3 + 1];
            }
        }
        else return false;
        if (!ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)) return false;
        mac = new MacAddress(value);
        return true;
    }

    static MacAddress IParsable<MacAddress>.Parse(string s, IFormatProvider? provider) => Parse(s);
    static bool IParsable<MacAddress>.TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out MacAddress result) => TryParse(s, out result);
    static MacAddress ISpanParsable<MacAddress>.Parse(ReadOnlySpan<char> s, IFormatProvider? provider) => Parse(s.ToString());
    static bool ISpanParsable<MacAddress>.TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out MacAddress result) => TryParse(s, out result);

    private string Format(char separator) => string.Create(17, (bits, separator), static (span, state) =>
    {
        const string hex = "0123456789abcdef";
        for (var i = 0; i < Length; i++)
        {
            var octet = (int)(state.bits >> (8 * (Length - 1 - i))) & 0xff;
            span[i * 3] = hex[octet >> 4];
            span[i * 3 + 1] = hex[octet & 15];
            if (i < Length - 1) span[i * 3 + 2] = state.separator;
        }
    });
}

/// <summary>Writes a MAC address as its colon form.</summary>
public sealed class MacAddressJsonConverter : JsonConverter<MacAddress>
{
    /// <inheritdoc/>
    public override MacAddress Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        MacAddress.TryParse(reader.GetString(), out var mac) ? mac : throw new JsonException("not a MAC address");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, MacAddress value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
