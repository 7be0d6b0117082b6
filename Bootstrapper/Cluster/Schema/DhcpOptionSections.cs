using Sextant.Cluster.Schema.Syntax;
using Sextant.Primitives;

namespace Sextant.Cluster.Schema;

/// <summary>Options for machines: of the site, of a subnet, of a machine</summary>
internal sealed class DhcpOptionsSection : Section
{
    /// <summary>domain_name_servers</summary>
    [ListKey<Ipv4Syntax>("domain_name_servers", "DNS resolvers (option 6), in place of what machines get otherwise. An empty list sends none; so with every list here.",
        Unique = true, Example = "10.0.0.1")]
    public EntryList<Ipv4Address>? DomainNameServers { get; set; }

    /// <summary>log_servers</summary>
    [ListKey<Ipv4Syntax>("log_servers", "Servers that take log messages by UDP (option 7).", Unique = true, Example = "10.0.0.8")]
    public EntryList<Ipv4Address>? LogServers { get; set; }

    /// <summary>interface_mtu</summary>
    [Key<MtuSyntax>("interface_mtu", "Largest packet, in octets, on this subnet's links (option 26).", DefaultNote = "what the interface has by itself")]
    public Entry<int>? InterfaceMtu { get; set; }

    /// <summary>ntp_servers</summary>
    [ListKey<Ipv4Syntax>("ntp_servers", "Time servers (option 42).", Unique = true, Example = "10.0.0.5")]
    public EntryList<Ipv4Address>? NtpServers { get; set; }

    /// <summary>domain_search</summary>
    [ListKey<DomainSyntax>("domain_search", "Domains in which a name without a dot is looked for, in this order (option 119).", Unique = true)]
    public EntryList<string>? DomainSearch { get; set; }

    /// <summary>classless_routes</summary>
    [ListKey<RouteSyntax>("classless_routes",
        "Routes (option 121), each a network and the address of the router that leads there. The default route by the gateway is added, because who gets this option does not look at the gateway's own (RFC 3442).",
        Unique = true)]
    public EntryList<Ipv4Route>? ClasslessRoutes { get; set; }

    /// <summary>by_code</summary>
    [SectionListKey<DhcpOptionSection>("by_code", "Any other option, by its number.", DefaultNote = "none")]
    public SectionList<DhcpOptionSection>? ByCode { get; set; }
}

/// <summary>One of by_code: a code and one of the others</summary>
internal sealed class DhcpOptionSection : Section
{
    /// <summary>code</summary>
    [Key<OptionCodeSyntax>("code", "The option's number (IANA, BOOTP and DHCP parameters).", Required = true)]
    public Entry<int>? Code { get; set; }

    /// <summary>hex</summary>
    [Key<HexSyntax>("hex", "Its octets, two hexadecimal digits each, with or without colons between them.", DefaultNote = "give one of these")]
    public Entry<string>? Hex { get; set; }

    /// <summary>text</summary>
    [Key<OptionTextSyntax>("text", "Its text.", DefaultNote = "give one of these")]
    public Entry<string>? Text { get; set; }

    /// <summary>one_octet</summary>
    [Key<ByteSyntax>("one_octet", "A number of one octet.", DefaultNote = "give one of these")]
    public Entry<int>? OneOctet { get; set; }

    /// <summary>two_octets</summary>
    [Key<UInt16Syntax>("two_octets", "A number of two octets.", DefaultNote = "give one of these")]
    public Entry<int>? TwoOctets { get; set; }

    /// <summary>four_octets</summary>
    [Key<UInt32Syntax>("four_octets", "A number of four octets.", DefaultNote = "give one of these")]
    public Entry<uint>? FourOctets { get; set; }

    /// <summary>addresses</summary>
    [ListKey<Ipv4Syntax>("addresses", "IPv4 addresses, one or more.", Example = "10.0.0.7")]
    public EntryList<Ipv4Address>? Addresses { get; set; }
}
