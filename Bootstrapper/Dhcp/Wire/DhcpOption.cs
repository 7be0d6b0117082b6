using System.Buffers.Binary;
using System.Text;
using Sextant.Primitives;

namespace Sextant.Dhcp.Wire;

/// <summary>One option: its code and its octets, whatever the code. Two options are equal when their octets are.</summary>
/// <param name="Code">The code, 1 to 254.</param>
/// <param name="Value">The octets, fragments already joined; 0 or more.</param>
public readonly record struct DhcpOption(OptionCode Code, ReadOnlyMemory<byte> Value)
{
    /// <summary>Octets one option instance can carry (RFC 2132 §2: the length is one octet).</summary>
    public const int FragmentLimit = 255;

    /// <summary>Octets it takes on the wire, split at 255 (RFC 3396 §5).</summary>
    public int EncodedLength => Value.Length + 2 * Math.Max(1, (Value.Length + FragmentLimit - 1) / FragmentLimit);

    /// <summary>An option of one octet.</summary>
    public static DhcpOption Of(OptionCode code, byte value) => new(code, new[] { value });

    /// <summary>An option of a 16-bit number.</summary>
    public static DhcpOption Of(OptionCode code, ushort value)
    {
        var octets = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(octets, value);
        return new DhcpOption(code, octets);
    }

    /// <summary>An option of a 32-bit number.</summary>
    public static DhcpOption Of(OptionCode code, uint value)
    {
        var octets = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(octets, value);
        return new DhcpOption(code, octets);
    }

    /// <summary>An option of one address.</summary>
    public static DhcpOption Of(OptionCode code, Ipv4Address value) => Of(code, value.Value);

    /// <summary>An option of addresses.</summary>
    public static DhcpOption Of(OptionCode code, IReadOnlyList<Ipv4Address> values)
    {
        var octets = new byte[values.Count * Ipv4Address.Length];
        for (var i = 0; i < values.Count; i++) values[i].CopyTo(octets.AsSpan(i * Ipv4Address.Length));
        return new DhcpOption(code, octets);
    }

    /// <summary>An option of domain names: wire form, compressed within the option (RFC 3397 §2).</summary>
    /// <param name="code">The code.</param>
    /// <param name="domains">Names without a final dot, each label 1 to 63 characters.</param>
    public static DhcpOption OfDomains(OptionCode code, IReadOnlyList<string> domains) => new(code, OptionValues.Domains(domains));

    /// <summary>An option of routes: prefix length, the octets of the network that count, router (RFC 3442).</summary>
    public static DhcpOption OfRoutes(OptionCode code, IReadOnlyList<Ipv4Route> routes) => new(code, OptionValues.Routes(routes));

    /// <summary>An option of text; characters outside Latin-1 become question marks.</summary>
    public static DhcpOption Of(OptionCode code, string value) => new(code, Encoding.Latin1.GetBytes(value));

    /// <inheritdoc/>
    public bool Equals(DhcpOption other) => Code == other.Code && Value.Span.SequenceEqual(other.Value.Span);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Code);
        hash.AddBytes(Value.Span);
        return hash.ToHashCode();
    }
}
