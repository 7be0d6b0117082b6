using Sextant.Cluster.Schema.Syntax;
using Sextant.Primitives;

namespace Sextant.Cluster.Schema;

/// <summary>dns</summary>
internal sealed class DnsSection : Section
{
    /// <summary>mode</summary>
    [Key<SwitchSyntax>("mode",
        "Whether this machine answers DNS for the cluster's domain and is the machines' resolver, which asks network.upstream_resolvers for other names (on), or leaves it to them (off).",
        Default = "on")]
    public Entry<bool>? Mode { get; set; }

    /// <summary>clients</summary>
    [ListKey<DnsClientsSyntax>("clients",
        "Networks besides the cluster's own whose machines may ask for names outside of the cluster. The cluster's own names are told to everybody.", Unique = true)]
    public EntryList<Ipv4Network>? Clients { get; set; }

    /// <summary>records</summary>
    [SectionListKey<DnsRecordSection>("records", "Names of your own, and more about those of the machines.")]
    public SectionList<DnsRecordSection>? Records { get; set; }
}

/// <summary>One of dns.records</summary>
internal sealed class DnsRecordSection : Section
{
    /// <summary>name</summary>
    [Key<RecordNameSyntax>("name",
        "The name below network.domain, without it; @ is the domain itself, and * as the first label every name that is not there otherwise.", Required = true)]
    public Entry<string>? Name { get; set; }

    /// <summary>a</summary>
    [ListKey<Ipv4Syntax>("a", "IPv4 addresses.", Unique = true, Example = "10.0.0.50")]
    public EntryList<Ipv4Address>? Addresses { get; set; }

    /// <summary>aaaa</summary>
    [ListKey<Ipv6Syntax>("aaaa", "IPv6 addresses that machines have by other means; Sextant gives none.", Unique = true)]
    public EntryList<Ipv6Address>? Ipv6Addresses { get; set; }

    /// <summary>cname</summary>
    [Key<TargetNameSyntax>("cname", "The name this one is another name for: below network.domain, or with a dot at its end the whole name. It has no other data then.",
        DefaultNote = "none")]
    public Entry<string>? Alias { get; set; }

    /// <summary>txt</summary>
    [ListKey<RecordTextSyntax>("txt", "Texts, each of up to 1000 octets.")]
    public EntryList<string>? Texts { get; set; }

    /// <summary>srv</summary>
    [ListKey<ServiceSyntax>("srv", "Servers of a service: priority, weight, port and the server's name, written like that of cname.", Unique = true)]
    public EntryList<string>? Services { get; set; }

    /// <summary>ttl</summary>
    [Key<TimeToLiveSyntax>("ttl", "How many seconds others may keep it.", Default = "60", Example = "300")]
    public Entry<int>? TimeToLive { get; set; }
}
