using Sextant.Primitives;

namespace Sextant.Dhcp.Wire;

/// <summary>The two messages of router discovery (RFC 4861), as far as a boot loader that waits for a router is concerned.</summary>
/// <remarks>
/// <code>
///  0                   1                   2                   3
/// |  Type = 133   |   Code = 0    |          Checksum             |   Router Solicitation, §4.1; then a reserved word and options
/// |  Type = 134   |   Code = 0    |          Checksum             |   Router Advertisement, §4.2
/// | Cur Hop Limit |M|O|  Reserved |       Router Lifetime         |
/// |                         Reachable Time                        |
/// |                          Retrans Timer                        |
/// </code>
/// </remarks>
public static class RouterDiscovery
{
    /// <summary>Octets of an IPv6 address.</summary>
    public const int AddressLength = 16;

    private const byte Solicitation = 133, Advertisement = 134;
    private const int SmallestSolicitation = 8;

    /// <summary>
    /// "There is no router here": an advertisement with the lifetime 0, by which nobody is a default router (§6.2.3), without prefixes and without a word of DHCPv6.
    /// The system fills in the checksum.
    /// </summary>
    public static ReadOnlyMemory<byte> NoRouter { get; } = new byte[] { Advertisement, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };

    /// <summary>True for a router solicitation (§4.1).</summary>
    public static bool IsSolicitation(ReadOnlySpan<byte> message) => message.Length >= SmallestSolicitation && message[0] == Solicitation && message[1] == 0;

    /// <summary>
    /// The hardware address in a link-local address of the form EUI-64 (RFC 4291 §2.5.6 and appendix A), which is the one that firmware and boot loaders take; null for any other.
    /// </summary>
    public static MacAddress? HardwareAddressOf(ReadOnlySpan<byte> source)
    {
        if (source.Length != AddressLength || source[0] != 0xfe || source[1] != 0x80 || source[2..8].ContainsAnyExcept((byte)0) || source[11] != 0xff || source[12] != 0xfe) return null;
        return MacAddress.FromOctets([(byte)(source[8] ^ 2), source[9], source[10], source[13], source[14], source[15]]);
    }
}
