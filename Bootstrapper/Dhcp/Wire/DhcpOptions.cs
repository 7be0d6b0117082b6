using System.Buffers.Binary;
using System.Collections;
using System.Text;
using Sextant.Primitives;

namespace Sextant.Dhcp.Wire;

/// <summary>A message's options, each code once, in the order they came. Immutable. Every reader answers <see cref="OptionRead"/> and never throws.</summary>
public sealed class DhcpOptions(IReadOnlyList<DhcpOption> options) : IReadOnlyList<DhcpOption>
{
    /// <summary>No options.</summary>
    public static readonly DhcpOptions Empty = new([]);

    /// <inheritdoc/>
    public int Count => options.Count;

    /// <inheritdoc/>
    public DhcpOption this[int index] => options[index];

    /// <summary>True when the option is there, well-formed or not.</summary>
    public bool Has(OptionCode code) => TryGet(code, out _);

    /// <summary>The option's octets; empty when absent.</summary>
    public bool TryGet(OptionCode code, out ReadOnlyMemory<byte> value)
    {
        for (var i = 0; i < options.Count; i++)
        {
            if (options[i].Code != code) continue;
            value = options[i].Value;
            return true;
        }
        value = default;
        return false;
    }

    /// <summary>An option of one octet.</summary>
    public OptionRead Read(OptionCode code, out byte value)
    {
        var read = ReadExactly(code, 1, out var octets);
        value = read is OptionRead.Present ? octets[0] : (byte)0;
        return read;
    }

    /// <summary>An option of a 16-bit number.</summary>
    public OptionRead Read(OptionCode code, out ushort value)
    {
        var read = ReadExactly(code, 2, out var octets);
        value = read is OptionRead.Present ? BinaryPrimitives.ReadUInt16BigEndian(octets) : (ushort)0;
        return read;
    }

    /// <summary>An option of a 32-bit number.</summary>
    public OptionRead Read(OptionCode code, out uint value)
    {
        var read = ReadExactly(code, 4, out var octets);
        value = read is OptionRead.Present ? BinaryPrimitives.ReadUInt32BigEndian(octets) : 0;
        return read;
    }

    /// <summary>An option of one address.</summary>
    public OptionRead Read(OptionCode code, out Ipv4Address value)
    {
        var read = Read(code, out uint number);
        value = new Ipv4Address(number);
        return read;
    }

    /// <summary>An option of addresses (one or more).</summary>
    public OptionRead Read(OptionCode code, out IReadOnlyList<Ipv4Address> values)
    {
        values = [];
        if (!TryGet(code, out var octets)) return OptionRead.Absent;
        if (!OptionTable.Allows(OptionShape.AddressList, octets.Length)) return OptionRead.Malformed;
        var addresses = new Ipv4Address[octets.Length / Ipv4Address.Length];
        for (var i = 0; i < addresses.Length; i++) addresses[i] = Ipv4Address.FromOctets(octets.Span[(i * Ipv4Address.Length)..]);
        values = addresses;
        return OptionRead.Present;
    }

    /// <summary>An option of domain names (RFC 3397 §2), without final dots.</summary>
    public OptionRead Read(OptionCode code, out IReadOnlyList<string> domains)
    {
        domains = [];
        if (!TryGet(code, out var octets)) return OptionRead.Absent;
        return OptionValues.TryReadDomains(octets.Span, out domains) ? OptionRead.Present : OptionRead.Malformed;
    }

    /// <summary>An option of routes (RFC 3442).</summary>
    public OptionRead Read(OptionCode code, out IReadOnlyList<Ipv4Route> routes)
    {
        routes = [];
        if (!TryGet(code, out var octets)) return OptionRead.Absent;
        return OptionValues.TryReadRoutes(octets.Span, out routes) ? OptionRead.Present : OptionRead.Malformed;
    }

    /// <summary>An option of text: up to its first NUL (PXE firmware closes strings with one), Latin-1.</summary>
    public OptionRead Read(OptionCode code, out string value)
    {
        value = "";
        if (!TryGet(code, out var octets)) return OptionRead.Absent;
        value = TextOf(octets.Span);
        return OptionRead.Present;
    }

    /// <summary>An option of 16-bit numbers (one or more).</summary>
    public OptionRead Read(OptionCode code, out IReadOnlyList<ushort> values)
    {
        values = [];
        if (!TryGet(code, out var octets)) return OptionRead.Absent;
        if (!OptionTable.Allows(OptionShape.UInt16List, octets.Length)) return OptionRead.Malformed;
        var numbers = new ushort[octets.Length / 2];
        for (var i = 0; i < numbers.Length; i++) numbers[i] = BinaryPrimitives.ReadUInt16BigEndian(octets.Span[(i * 2)..]);
        values = numbers;
        return OptionRead.Present;
    }

    /// <summary>Option 53.</summary>
    public OptionRead Read(out DhcpMessageType type)
    {
        var read = Read(OptionCode.MessageType, out byte octet);
        type = (DhcpMessageType)octet;
        return read is OptionRead.Present && !Enum.IsDefined(type) ? OptionRead.Malformed : read;
    }

    /// <summary>
    /// The value of a sub-option inside an encapsulating option (43, 82, 175). Sub-option 255 ends the list; a length past the end makes the whole
    /// option malformed.
    /// </summary>
    public OptionRead ReadSub(OptionCode outer, byte code, out ReadOnlyMemory<byte> value)
    {
        value = default;
        if (!TryGet(outer, out var octets)) return OptionRead.Absent;
        var found = OptionRead.Absent;
        var rest = octets;
        while (!rest.IsEmpty && rest.Span[0] != (byte)OptionCode.End)
        {
            if (rest.Span[0] == (byte)OptionCode.Pad)
            {
                rest = rest[1..];
                continue;
            }
            if (rest.Length < 2 || rest.Length < 2 + rest.Span[1]) return OptionRead.Malformed;
            if (rest.Span[0] == code && found is OptionRead.Absent)
            {
                value = rest.Slice(2, rest.Span[1]);
                found = OptionRead.Present;
            }
            rest = rest[(2 + rest.Span[1])..];
        }
        return found;
    }

    /// <inheritdoc/>
    public IEnumerator<DhcpOption> GetEnumerator() => options.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Octets as text, up to the first NUL.</summary>
    internal static string TextOf(ReadOnlySpan<byte> octets)
    {
        var end = octets.IndexOf((byte)0);
        return Encoding.Latin1.GetString(end < 0 ? octets : octets[..end]);
    }

    private OptionRead ReadExactly(OptionCode code, int length, out ReadOnlySpan<byte> octets)
    {
        octets = default;
        if (!TryGet(code, out var value)) return OptionRead.Absent;
        if (value.Length != length) return OptionRead.Malformed;
        octets = value.Span;
        return OptionRead.Present;
    }
}
