namespace Sextant.Dns;

/// <summary>
/// Names that mean something on a site only, or nothing at all, and that no server outside should be asked for: every resolver answers them itself.
/// </summary>
internal static class LocalZones
{
    /// <summary>Zones without anything in them (RFC 6303 §4, RFC 7793 for shared address space, RFC 8375 for home.arpa).</summary>
    public static readonly IReadOnlyList<string> Empty =
    [
        "10.in-addr.arpa",
        .. Enumerable.Range(16, 16).Select(octet => $"{octet}.172.in-addr.arpa"),
        "168.192.in-addr.arpa",
        .. Enumerable.Range(64, 64).Select(octet => $"{octet}.100.in-addr.arpa"),
        "0.in-addr.arpa", "127.in-addr.arpa", "254.169.in-addr.arpa", "2.0.192.in-addr.arpa", "100.51.198.in-addr.arpa", "113.0.203.in-addr.arpa",
        "255.255.255.255.in-addr.arpa",
        string.Concat(Enumerable.Repeat("0.", 32)) + "ip6.arpa",
        "1." + string.Concat(Enumerable.Repeat("0.", 31)) + "ip6.arpa",
        "d.f.ip6.arpa", "8.e.f.ip6.arpa", "9.e.f.ip6.arpa", "a.e.f.ip6.arpa", "b.e.f.ip6.arpa", "8.b.d.0.1.0.0.2.ip6.arpa",
        "home.arpa",
    ];

    /// <summary>
    /// Names that are special to everybody (RFC 6761 §6): test and invalid, local (RFC 6762 §22.1), onion (RFC 7686 §2), alt (RFC 9476). localhost has
    /// addresses and is written apart.
    /// </summary>
    public static readonly IReadOnlyList<string> Special = ["test", "invalid", "local", "onion", "alt"];
}
