using Sextant.Cluster.Schema;
using Sextant.Primitives;

namespace Sextant.Cluster.Rules;

/// <summary>The addresses that move between machines: inside the subnet, nobody else's, and with machines to hold them.</summary>
internal static class VirtualAddressRules
{
    /// <inheritdoc cref="ClusterRules.Check"/>
    public static void Check(ClusterSection cluster, ProblemList problems)
    {
        var (api, ingress) = (cluster.Api?.VirtualAddress, cluster.Ingress?.VirtualAddress);
        if (api is not null) CheckFree(api, cluster, problems);
        if (ingress is null) return;
        CheckFree(ingress, cluster, problems);
        if (ingress.Value == api?.Value) problems.Error(ingress.At, $"{ingress.Value} is api.vip (line {api.At.Line}); masters and ingress machines hold an address each");
        // A role that could not be read may be the one that is missed.
        if (cluster.Nodes is { Whole: true, Items: { Count: > 0 } nodes } && nodes.All(node => node.Roles is { Whole: true } && !node.Has(NodeRole.Ingress)))
            problems.Error(ingress.At, "no machine has the role ingress, so nobody would hold the address");
    }

    private static void CheckFree(Entry<Ipv4Address> vip, ClusterSection cluster, ProblemList problems)
    {
        if (cluster.Network is not { Subnet: { } subnet } network || !SubnetRules.CheckHost(vip, subnet.Value, problems)) return;
        if (vip.Value == cluster.Bootstrapper?.Address?.Value) problems.Error(vip.At, $"{vip.Value} is the bootstrapper's address (line {cluster.Bootstrapper.Address.At.Line})");
        else if (vip.Value == network.Gateway?.Value) problems.Error(vip.At, $"{vip.Value} is the gateway's address (line {network.Gateway.At.Line})");
        else if (network.DynamicRange is { } range && range.Value.Contains(vip.Value))
            problems.Error(vip.At, $"{vip.Value} lies in dynamic_range {range.Value}, whose addresses go to other machines; choose one outside it");
        else if ((cluster.Nodes?.Items ?? []).FirstOrDefault(node => node.Address?.Value == vip.Value) is { } owner)
            problems.Error(vip.At, $"{vip.Value} is a machine's own address (line {owner.Address!.At.Line}); an address that moves is nobody's");
    }
}
