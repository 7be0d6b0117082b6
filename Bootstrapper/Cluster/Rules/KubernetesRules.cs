using Sextant.Cluster.Schema;
using Sextant.Primitives;

namespace Sextant.Cluster.Rules;

/// <summary>The three networks of a cluster lie apart, and the virtual ones are large enough.</summary>
internal static class KubernetesRules
{
    /// <summary>The offset of the DNS service's default address in the service range.</summary>
    public const uint DnsOffset = 10;

    /// <summary>kube-apiserver takes 20 bits of service addresses at most.</summary>
    private const int LargestServicePrefix = 12;

    private const int SmallestServicePrefix = 29;

    /// <summary>kube-controller-manager cuts out a /24 for each node, and at most 2^16 of them.</summary>
    private const int NodePrefix = 24;

    private const int LargestPodPrefix = NodePrefix - 16;

    /// <inheritdoc cref="ClusterRules.Check"/>
    public static void Check(ClusterSection cluster, ProblemList problems)
    {
        if (cluster.Kubernetes is not { } kubernetes) return;
        var subnets = PlannedSubnet.All(cluster);
        foreach (var subnet in subnets)
        {
            CheckApart(subnet.Subnet, subnet.Name, kubernetes.ServiceRange, "kubernetes.service_range", problems);
            CheckApart(subnet.Subnet, subnet.Name, kubernetes.PodRange, "kubernetes.pod_range", problems);
        }
        CheckApart(kubernetes.ServiceRange, "kubernetes.service_range", kubernetes.PodRange, "kubernetes.pod_range", problems);
        if (kubernetes.ServiceRange is { } services) CheckServices(services, kubernetes, problems);
        if (kubernetes.PodRange is { } pods) CheckPods(pods, cluster.Nodes?.Items.Count ?? 0, problems);
        if (kubernetes.ApiEndpoint is { } endpoint && Ipv4Address.TryParse(endpoint.Value.Split(':')[0], out var api)
            && subnets.FirstOrDefault(subnet => subnet.Range?.Value.Contains(api) == true)?.Range is { } range)
            problems.Error(endpoint.At, $"{api} lies in {range.At.Path} {range.Value}, whose addresses go to other machines");
        CheckRoutes(cluster, subnets, problems);
    }

    /// <summary>flannel's host-gw makes each machine the gateway to its pods for all the others, which must be its neighbours for that.</summary>
    private static void CheckRoutes(ClusterSection cluster, IReadOnlyList<PlannedSubnet> subnets, ProblemList problems)
    {
        if (cluster.Flannel?.Backend is not { Value: FlannelBackend.HostGw } backend) return;
        var homes = (cluster.Nodes?.Items ?? []).Select(node => node.Address).OfType<Entry<Ipv4Address>>()
            .Select(address => (address, Home: subnets.FirstOrDefault(subnet => subnet.Subnet.Value.Contains(address.Value)))).Where(pair => pair.Home is not null).ToList();
        if (homes.FirstOrDefault(pair => pair.Home != homes[0].Home) is not { address: { } astray } other) return;
        problems.Error(backend.At, $"host-gw{(backend.IsDefault ? " (the default)" : "")} needs all machines in one subnet, and {astray.Value} (line {astray.At.Line}) is not in {homes[0].Home!.Subnet.Value}; "
            + "use vxlan");
    }

    private static void CheckApart(Entry<Ipv4Network>? left, string leftName, Entry<Ipv4Network>? right, string rightName, ProblemList problems)
    {
        if (left is null || right is null || !left.Value.Overlaps(right.Value)) return;
        var (at, other, name) = right.IsDefault ? (left, right, rightName) : (right, left, leftName);
        problems.Error(at.At, $"{at.Value} overlaps {name} {other.Value}{(other.IsDefault ? " (the default)" : $" (line {other.At.Line})")}");
    }

    private static void CheckServices(Entry<Ipv4Network> services, KubernetesSection kubernetes, ProblemList problems)
    {
        var range = services.Value;
        if (range.PrefixLength is < LargestServicePrefix or > SmallestServicePrefix)
        {
            problems.Error(services.At, $"{range} is too {(range.PrefixLength < LargestServicePrefix ? "large" : "small")}; "
                + $"Kubernetes takes a service range of /{LargestServicePrefix} to /{SmallestServicePrefix}");
            return;
        }
        if (kubernetes.DnsIp is not { } dns)
        {
            if (kubernetes.LeavesOut("dns_ip") && (!range.Contains(range.Address.Plus(DnsOffset)) || range.Last == range.Address.Plus(DnsOffset)))
                problems.Error(services.At, $"{range} has no tenth address for the cluster's DNS service; give kubernetes.dns_ip, or a larger range");
            return;
        }
        var fault = !range.Contains(dns.Value)
                ? $"{dns.Value} lies outside kubernetes.service_range {range}; its tenth address is {range.Address.Plus(DnsOffset)}"
            : dns.Value == range.Address || dns.Value == range.Last ? $"{dns.Value} is the first or last address of {range}, which no service gets"
            : dns.Value == range.Address.Plus(1) ? $"{dns.Value} is the Kubernetes API's own service address, the first of {range}"
            : null;
        if (fault is not null) problems.Error(dns.At, fault);
    }

    private static void CheckPods(Entry<Ipv4Network> pods, int nodes, ProblemList problems)
    {
        var prefix = pods.Value.PrefixLength;
        if (prefix > NodePrefix) problems.Error(pods.At, $"{pods.Value} is too small; each machine gets a /{NodePrefix} of it");
        else if (prefix < LargestPodPrefix) problems.Error(pods.At, $"{pods.Value} is too large; Kubernetes takes a pod range of /{LargestPodPrefix} to /{NodePrefix}");
        else if (1 << (NodePrefix - prefix) is var room && room < nodes)
            problems.Error(pods.At, $"{pods.Value} has {room} networks of /{NodePrefix} for {nodes} machines; a /{PrefixFor(nodes)} has enough");
    }

    private static int PrefixFor(int nodes)
    {
        var prefix = NodePrefix;
        while (prefix > LargestPodPrefix && 1 << (NodePrefix - prefix) < nodes) prefix--;
        return prefix;
    }
}
