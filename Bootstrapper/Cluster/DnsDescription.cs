using Sextant.Primitives;

namespace Sextant.Cluster;

/// <summary>Names and addresses for the machines.</summary>
/// <param name="IsOn">Whether this service answers DNS, and is the machines' resolver.</param>
/// <param name="Clients">Networks besides the cluster's own whose machines may ask for names outside of the cluster.</param>
/// <param name="Records">The operator's own records, in the order of the file.</param>
public sealed record DnsDescription(bool IsOn, IReadOnlyList<Ipv4Network> Clients, IReadOnlyList<DnsRecordDescription> Records)
{
    /// <summary>What a file means that says nothing of DNS.</summary>
    public static DnsDescription Default { get; } = new(true, [], []);
}

/// <summary>What the operator gives one name.</summary>
/// <param name="Name">The whole name, without a dot at its end; a first label <c>*</c> stands for every name that is not there (RFC 4592).</param>
/// <param name="TimeToLive">How long others may keep it.</param>
/// <param name="Addresses">IPv4 addresses.</param>
/// <param name="Ipv6Addresses">IPv6 addresses.</param>
/// <param name="Alias">The whole name this one is another name for, without a dot at its end; null for none.</param>
/// <param name="Texts">Texts.</param>
/// <param name="Services">Where a service is.</param>
public sealed record DnsRecordDescription(
    string Name, TimeSpan TimeToLive, IReadOnlyList<Ipv4Address> Addresses, IReadOnlyList<Ipv6Address> Ipv6Addresses, string? Alias, IReadOnlyList<string> Texts,
    IReadOnlyList<DnsServiceDescription> Services);

/// <summary>One server of a service (RFC 2782).</summary>
/// <param name="Priority">The lowest is tried first.</param>
/// <param name="Weight">The share among those of one priority.</param>
/// <param name="Port">Its port.</param>
/// <param name="Target">The server's whole name, without a dot at its end.</param>
public sealed record DnsServiceDescription(int Priority, int Weight, int Port, string Target);
