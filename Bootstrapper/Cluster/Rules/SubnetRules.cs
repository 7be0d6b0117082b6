using Sextant.Cluster.Schema;
using Sextant.Primitives;

namespace Sextant.Cluster.Rules;

/// <summary>The provisioning subnets and every fixed address in them.</summary>
internal static class SubnetRules
{
    private const int SmallestPrefix = 30;
    private const int LargestPrefix = 8;

    /// <summary>Blocks no machine has an address of (RFC 6890, RFC 5771, RFC 1112 section 4).</summary>
    private static readonly (Ipv4Network Block, string Use)[] Unusable =
    [
        (Ipv4Network.Parse("0.0.0.0/8"), "\"this network\""),
        (Ipv4Network.Parse("127.0.0.0/8"), "loopback"),
        (Ipv4Network.Parse("224.0.0.0/4"), "multicast"),
        (Ipv4Network.Parse("240.0.0.0/4"), "reserved"),
    ];

    /// <inheritdoc cref="ClusterRules.Check"/>
    public static void Check(ClusterSection cluster, ProblemList problems)
    {
        var subnets = PlannedSubnet.All(cluster);
        var usable = subnets.Where(subnet => IsUsable(subnet.Subnet, problems)).ToList();
        CheckApart(usable, problems);
        CheckLinks(subnets, problems);
        foreach (var subnet in usable)
            if (subnet.Gateway is { } gateway && subnet.FaultOf(gateway.Value) is { } fault) problems.Error(gateway.At, fault);
        // Where a subnet could not be read or used, an address may be of that one.
        if (usable.Count < subnets.Count || !PlannedSubnet.Whole(cluster)) return;
        var bootstrapper = cluster.Bootstrapper?.Address;
        if (bootstrapper is not null && usable[0].FaultOf(bootstrapper.Value) is { } astray) problems.Error(bootstrapper.At, astray);
        CheckNodes(cluster, usable, problems);
    }

    /// <summary>The subnet of a machine's address; null, and a problem, when it can be no machine's.</summary>
    internal static PlannedSubnet? FindHost(Entry<Ipv4Address> address, IReadOnlyList<PlannedSubnet> subnets, ProblemList problems)
    {
        if (subnets.Count == 0) return null;
        if (subnets.FirstOrDefault(subnet => subnet.Subnet.Value.Contains(address.Value)) is not { } home)
        {
            problems.Error(address.At, subnets.Count == 1
                ? subnets[0].FaultOf(address.Value)!
                : $"{address.Value} lies in none of the subnets of network: {string.Join(", ", subnets.Select(subnet => subnet.Subnet.Value))}");
            return null;
        }
        if (home.FaultOf(address.Value) is not { } fault) return home;
        problems.Error(address.At, fault);
        return null;
    }

    /// <summary>Reports an address that is the bootstrapper's, a gateway's or a dynamic one, and so nobody else's.</summary>
    internal static void CheckFree(Entry<Ipv4Address> address, PlannedSubnet home, ClusterSection cluster, ProblemList problems)
    {
        if (cluster.Bootstrapper?.Address is { } bootstrapper && address.Value == bootstrapper.Value)
            problems.Error(address.At, $"{address.Value} is the bootstrapper's address (line {bootstrapper.At.Line})");
        else if (home.Gateway is { } gateway && address.Value == gateway.Value)
            problems.Error(address.At, $"{address.Value} is the gateway's address (line {gateway.At.Line})");
        else if (home.Range is { } range && range.Value.Contains(address.Value))
            problems.Error(address.At, $"{address.Value} lies in dynamic_range {range.Value}, whose addresses go to other machines; choose one outside it");
    }

    private static void CheckNodes(ClusterSection cluster, List<PlannedSubnet> subnets, ProblemList problems)
    {
        var seen = new Dictionary<Ipv4Address, int>();
        foreach (var node in cluster.Nodes?.Items ?? [])
        {
            if (node.Address is not { } address) continue;
            if (!seen.TryAdd(address.Value, address.At.Line)) problems.Error(address.At, $"{address.Value} is given twice, first on line {seen[address.Value]}");
            if (FindHost(address, subnets, problems) is { } home) CheckFree(address, home, cluster, problems);
        }
    }

    private static void CheckApart(List<PlannedSubnet> subnets, ProblemList problems)
    {
        for (var later = 1; later < subnets.Count; later++)
        {
            if (subnets.Take(later).FirstOrDefault(earlier => earlier.Subnet.Value.Overlaps(subnets[later].Subnet.Value)) is not { } other) continue;
            problems.Error(subnets[later].Subnet.At, $"{subnets[later].Subnet.Value} overlaps {other.Name} {other.Subnet.Value} (line {other.Subnet.At.Line})");
        }
    }

    private static void CheckLinks(IReadOnlyList<PlannedSubnet> subnets, ProblemList problems)
    {
        for (var at = 0; at < subnets.Count; at++)
        {
            if (subnets[at].SharesLinkWith is not { } shared || subnets.Take(at).Any(earlier => earlier.Subnet.Value == shared.Value)) continue;
            problems.Error(shared.At, $"{shared.Value} is no subnet further up in this file{(at == 0 ? "" : $"; those are {string.Join(", ", subnets.Take(at).Select(earlier => earlier.Subnet.Value))}")}");
        }
    }

    private static bool IsUsable(Entry<Ipv4Network> subnet, ProblemList problems)
    {
        foreach (var (block, use) in Unusable)
        {
            if (!subnet.Value.Overlaps(block)) continue;
            problems.Error(subnet.At, $"{subnet.Value} shares addresses with {block}, which is for {use}");
            return false;
        }
        if (subnet.Value.PrefixLength is >= LargestPrefix and <= SmallestPrefix) return true;
        problems.Error(subnet.At, subnet.Value.PrefixLength > SmallestPrefix
            ? $"{subnet.Value} has no room for a bootstrapper and a machine; /{SmallestPrefix} is the smallest subnet"
            : $"{subnet.Value} is too large; /{LargestPrefix} is the largest subnet");
        return false;
    }
}
