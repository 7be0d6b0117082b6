using System.Collections.Frozen;
using Sextant.Cluster;
using Sextant.Primitives;

namespace Sextant.Planning;

/// <summary>The names of the cluster as planned: who is called what, who may ask whom. Leases and the health of masters come to it later.</summary>
public sealed record NamePlan
{
    /// <summary>Where etcd listens.</summary>
    private const int EtcdClientPort = 2379, EtcdPeerPort = 2380;

    /// <summary>MAXNS of resolv.conf(5).</summary>
    private const int MostResolvers = 3;

    /// <summary>How long others may keep a planned name. A changed description is in force everywhere a minute later.</summary>
    public static readonly TimeSpan TimeToLive = TimeSpan.FromSeconds(60);

    /// <summary>Whether this service answers DNS at all.</summary>
    public required bool IsOn { get; init; }

    /// <summary>The cluster's domain, without a dot at its end.</summary>
    public required string Domain { get; init; }

    /// <summary>The bootstrapper's address, where the names are served.</summary>
    public required Ipv4Address Server { get; init; }

    /// <summary>The cluster's subnets, whose reverse names are served.</summary>
    public required IReadOnlyList<Ipv4Network> Subnets { get; init; }

    /// <summary>The networks whose machines may ask for other names.</summary>
    public required IReadOnlyList<Ipv4Network> Clients { get; init; }

    /// <summary>Who is asked for other names; empty offline.</summary>
    public required IReadOnlyList<Ipv4Address> Upstreams { get; init; }

    /// <summary>Everything that is known beforehand.</summary>
    public required IReadOnlyList<PlannedRecord> Records { get; init; }

    /// <summary>The addresses that lead back to a name of <see cref="Records"/>, whoever leases them.</summary>
    public required IReadOnlySet<Ipv4Address> NamedAddresses { get; init; }

    /// <summary>The names under which the API of Kubernetes is reached.</summary>
    public required IReadOnlyList<string> ApiNames { get; init; }

    /// <summary>The masters' addresses.</summary>
    public required IReadOnlyList<Ipv4Address> Masters { get; init; }

    /// <summary>The address that one of the masters holds; null for none.</summary>
    public required Ipv4Address? ApiVirtualAddress { get; init; }

    /// <summary>Host names of planned machines whose address is leased.</summary>
    public required IReadOnlyDictionary<MacAddress, string> LeasedHostnames { get; init; }

    /// <summary>
    /// The resolvers that machines are told: this service first, because it alone knows the cluster's names, and then the upstream ones, so that a machine
    /// still resolves the names of others when the bootstrapper is lost. Three at most: the C library looks at no more.
    /// </summary>
    public static IReadOnlyList<Ipv4Address> ResolversOf(ClusterDescription cluster) =>
        cluster.Dns.IsOn ? [.. cluster.Network.UpstreamResolvers.Prepend(cluster.Bootstrapper.Address).Take(MostResolvers)] : cluster.Network.UpstreamResolvers;

    /// <summary>The names of a description.</summary>
    public static NamePlan Of(ClusterDescription cluster)
    {
        var domain = cluster.Network.Domain;
        var taken = cluster.Nodes.Select(node => $"{node.Hostname}.{domain}").ToHashSet(StringComparer.Ordinal);
        string[] api = [$"api.{domain}", cluster.Kubernetes.ApiEndpoint.Split(':')[0]];
        var subnets = Subnetworks(cluster);
        IReadOnlyList<PlannedRecord> records = [.. Planned(cluster, domain)];
        return new NamePlan
        {
            IsOn = cluster.Dns.IsOn,
            Domain = domain,
            Server = cluster.Bootstrapper.Address,
            Subnets = subnets,
            // Pods ask in their node's name, but not where a site routes their addresses.
            Clients = [.. subnets, cluster.Kubernetes.PodRange, .. cluster.Dns.Clients],
            Upstreams = cluster.Network.UpstreamResolvers,
            Records = records,
            NamedAddresses = records.OfType<PlannedRecord.Address>().Where(record => record.HasReverse).Select(record => record.Value).ToFrozenSet(),
            ApiNames = [.. api.Distinct(StringComparer.Ordinal).Where(name => name.EndsWith("." + domain, StringComparison.Ordinal) && !taken.Contains(name))],
            Masters = [.. MastersOf(cluster).Select(node => node.Address!.Value)],
            ApiVirtualAddress = cluster.Api.VirtualAddress,
            LeasedHostnames = cluster.Nodes.Where(node => node.Address is null).ToDictionary(node => node.Mac, node => node.Hostname),
        };
    }

    private static IReadOnlyList<Ipv4Network> Subnetworks(ClusterDescription cluster) => [.. cluster.Network.Subnets.Select(subnet => subnet.Subnet)];

    private static IEnumerable<NodeDescription> MastersOf(ClusterDescription cluster) => cluster.Nodes.Where(node => node.Has(NodeRole.KubeMaster) && node.Address is not null);

    private static IEnumerable<PlannedRecord> Planned(ClusterDescription cluster, string domain)
    {
        var server = cluster.Bootstrapper.Address;
        foreach (var name in NodePlanner.BootstrapperNames(cluster))
            yield return new PlannedRecord.Address($"{name}.{domain}", TimeToLive, server);
        foreach (var node in cluster.Nodes)
            if (node.Address is { } address) yield return new PlannedRecord.Address($"{node.Hostname}.{domain}", TimeToLive, address);
        foreach (var node in MastersOf(cluster))
            yield return new PlannedRecord.Address($"masters.{domain}", TimeToLive, node.Address!.Value, HasReverse: false);
        foreach (var node in cluster.Nodes.Where(node => node.Has(NodeRole.EtcdMember)))
        {
            yield return new PlannedRecord.Service($"_etcd-server-ssl._tcp.{domain}", TimeToLive, 0, 0, EtcdPeerPort, $"{node.Hostname}.{domain}");
            yield return new PlannedRecord.Service($"_etcd-client-ssl._tcp.{domain}", TimeToLive, 0, 0, EtcdClientPort, $"{node.Hostname}.{domain}");
        }
        foreach (var given in cluster.Dns.Records)
        {
            // A name that stands for all names has no address to be found by.
            var reverse = !given.Name.StartsWith('*');
            foreach (var address in given.Addresses) yield return new PlannedRecord.Address(given.Name, given.TimeToLive, address, reverse);
            foreach (var address in given.Ipv6Addresses) yield return new PlannedRecord.Ipv6(given.Name, given.TimeToLive, address, reverse);
            foreach (var text in given.Texts) yield return new PlannedRecord.Text(given.Name, given.TimeToLive, text);
            foreach (var service in given.Services)
                yield return new PlannedRecord.Service(given.Name, given.TimeToLive, service.Priority, service.Weight, service.Port, service.Target);
            if (given.Alias is { } alias) yield return new PlannedRecord.Alias(given.Name, given.TimeToLive, alias);
        }
    }
}

/// <summary>One planned record.</summary>
/// <param name="Name">Whose it is: the whole name, without a dot at its end.</param>
/// <param name="TimeToLive">How long others may keep it.</param>
public abstract record PlannedRecord(string Name, TimeSpan TimeToLive)
{
    /// <summary>An IPv4 address.</summary>
    /// <param name="Name">Whose.</param>
    /// <param name="TimeToLive">For how long.</param>
    /// <param name="Value">The address.</param>
    /// <param name="HasReverse">Whether the address leads back to the name. Of several names the first one planned is it.</param>
    public sealed record Address(string Name, TimeSpan TimeToLive, Ipv4Address Value, bool HasReverse = true) : PlannedRecord(Name, TimeToLive);

    /// <summary>An IPv6 address.</summary>
    /// <param name="Name">Whose.</param>
    /// <param name="TimeToLive">For how long.</param>
    /// <param name="Value">The address.</param>
    /// <param name="HasReverse">Whether the address leads back to the name.</param>
    public sealed record Ipv6(string Name, TimeSpan TimeToLive, Ipv6Address Value, bool HasReverse = true) : PlannedRecord(Name, TimeToLive);

    /// <summary>Another name.</summary>
    /// <param name="Name">Whose.</param>
    /// <param name="TimeToLive">For how long.</param>
    /// <param name="Target">The name it leads to, whole.</param>
    public sealed record Alias(string Name, TimeSpan TimeToLive, string Target) : PlannedRecord(Name, TimeToLive);

    /// <summary>Text.</summary>
    /// <param name="Name">Whose.</param>
    /// <param name="TimeToLive">For how long.</param>
    /// <param name="Value">The text.</param>
    public sealed record Text(string Name, TimeSpan TimeToLive, string Value) : PlannedRecord(Name, TimeToLive);

    /// <summary>A server of a service (RFC 2782).</summary>
    /// <param name="Name">Whose.</param>
    /// <param name="TimeToLive">For how long.</param>
    /// <param name="Priority">0 to 65535.</param>
    /// <param name="Weight">0 to 65535.</param>
    /// <param name="Port">0 to 65535.</param>
    /// <param name="Target">The server's name, whole.</param>
    public sealed record Service(string Name, TimeSpan TimeToLive, int Priority, int Weight, int Port, string Target) : PlannedRecord(Name, TimeToLive);
}
