using Sextant.Cluster.Schema;
using Sextant.Primitives;

namespace Sextant.Cluster.Rules;

/// <summary>The provisioning subnet and every fixed address in it.</summary>
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
        if (cluster.Network?.Subnet is not { } subnet || !IsUsable(subnet, problems)) return;
        var bootstrapper = cluster.Bootstrapper?.Address;
        var gateway = cluster.Network.Gateway;
        if (bootstrapper is not null) CheckHost(bootstrapper, subnet.Value, problems);
        if (gateway is not null) CheckHost(gateway, subnet.Value, problems);
        var seen = new Dictionary<Ipv4Address, int>();
        foreach (var node in cluster.Nodes?.Items ?? [])
        {
            if (node.Address is not { } address) continue;
            if (!seen.TryAdd(address.Value, address.At.Line)) problems.Error(address.At, $"{address.Value} is given twice, first on line {seen[address.Value]}");
            if (!CheckHost(address, subnet.Value, problems)) continue;
            if (address.Value == bootstrapper?.Value) problems.Error(address.At, $"{address.Value} is the bootstrapper's address (line {bootstrapper.At.Line})");
            else if (address.Value == gateway?.Value) problems.Error(address.At, $"{address.Value} is the gateway's address (line {gateway.At.Line})");
            else if (cluster.Network.DynamicRange is { } range && range.Value.Contains(address.Value))
                problems.Error(address.At, $"{address.Value} lies in dynamic_range {range.Value}, whose addresses go to other machines; choose one outside it");
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

    /// <summary>Whether it is an address that a machine of the subnet can have; a problem when not.</summary>
    internal static bool CheckHost(Entry<Ipv4Address> address, Ipv4Network subnet, ProblemList problems)
    {
        var fault = !subnet.Contains(address.Value) ? $"{address.Value} lies outside network.subnet {subnet}"
            : address.Value == subnet.Address ? $"{address.Value} is the network address of {subnet}; no machine has it"
            : address.Value == subnet.Last ? $"{address.Value} is the broadcast address of {subnet}; no machine has it"
            : null;
        if (fault is not null) problems.Error(address.At, fault);
        return fault is null;
    }
}
