using Sextant.Cluster.Schema;
using Sextant.Primitives;

namespace Sextant.Cluster.Rules;

/// <summary>The addresses that move between machines: inside a subnet, nobody else's, and with machines to hold them.</summary>
internal static class VirtualAddressRules
{
    /// <inheritdoc cref="ClusterRules.Check"/>
    public static void Check(ClusterSection cluster, ProblemList problems)
    {
        var (api, ingress) = (cluster.Api?.VirtualAddress, cluster.Ingress?.VirtualAddress);
        if (api is not null)
        {
            CheckFree(api, cluster, problems);
            CheckHolders(api, NodeRole.KubeMaster, "kube_master", cluster, problems);
        }
        if (ingress is null) return;
        CheckFree(ingress, cluster, problems);
        CheckHolders(ingress, NodeRole.Ingress, "ingress", cluster, problems);
        if (ingress.Value == api?.Value) problems.Error(ingress.At, $"{ingress.Value} is api.vip (line {api.At.Line}); masters and ingress machines hold an address each");
        // A role that could not be read may be the one that is missed.
        if (cluster.Nodes is { Whole: true, Items: { Count: > 0 } nodes } && nodes.All(node => node.Roles is { Whole: true } && !node.Has(NodeRole.Ingress)))
            problems.Error(ingress.At, "no machine has the role ingress, so nobody would hold the address");
    }

    private static void CheckFree(Entry<Ipv4Address> vip, ClusterSection cluster, ProblemList problems)
    {
        if (!PlannedSubnet.Whole(cluster) || SubnetRules.FindHost(vip, PlannedSubnet.All(cluster), problems) is not { } home) return;
        SubnetRules.CheckFree(vip, home, cluster, problems);
        if ((cluster.Nodes?.Items ?? []).FirstOrDefault(node => node.Address?.Value == vip.Value) is { } owner)
            problems.Error(vip.At, $"{vip.Value} is a machine's own address (line {owner.Address!.At.Line}); an address that moves is nobody's");
    }

    /// <summary>An address moves by ARP, which does not leave a layer-2 network.</summary>
    private static void CheckHolders(Entry<Ipv4Address> vip, NodeRole role, string name, ClusterSection cluster, ProblemList problems)
    {
        if (PlannedSubnet.All(cluster).FirstOrDefault(subnet => subnet.Subnet.Value.Contains(vip.Value)) is not { } home) return;
        foreach (var node in cluster.Nodes?.Items ?? [])
        {
            if (!node.Has(role) || node.Address is not { } address || home.Subnet.Value.Contains(address.Value)) continue;
            problems.Error(vip.At, $"{vip.Value} lies in {home.Subnet.Value}, where {node.At.Path} (line {address.At.Line}), a machine with the role {name}, is not, so it cannot hold the address; "
                + "put all of them into one subnet, or leave the address out");
            return;
        }
    }
}
