using Sextant.Cluster;
using Sextant.Primitives;

namespace Sextant.Planning;

/// <summary>One line of the plan as people read it: who a machine is to be, without the files and certificates that make it so.</summary>
/// <param name="Mac">The machine.</param>
/// <param name="Hostname">Its host name.</param>
/// <param name="Address">Its fixed address; null when it takes one of the dynamic range.</param>
/// <param name="Roles">Its roles as the file spells them: <c>kube_master</c>, <c>etcd_member</c>, <c>worker</c>, <c>ingress</c>.</param>
/// <param name="IsEtcdMember">Whether it is a member of etcd.</param>
public sealed record RosterEntry(MacAddress Mac, string Hostname, Ipv4Address? Address, IReadOnlyList<string> Roles, bool IsEtcdMember)
{
    /// <summary>The planned machines, in the order of the file.</summary>
    public static IReadOnlyList<RosterEntry> AllOf(ClusterPlan plan) => [.. plan.Description.Nodes.Select(Of)];

    /// <summary>The machine's line: the file's, or the one a stranger gets when the plan accepts it as a worker; null when it has none.</summary>
    public static RosterEntry? Find(ClusterPlan plan, MacAddress mac) =>
        plan.EntitlementOf(mac) is not Entitlement.Node ? null
        : Of(plan.Description.Nodes.FirstOrDefault(node => node.Mac == mac) ?? NodePlanner.Stranger(plan.Description, mac));

    private static RosterEntry Of(NodeDescription node) =>
        new(node.Mac, node.Hostname, node.Address, [.. node.Roles.Select(WordOf)], node.Has(NodeRole.EtcdMember));

    private static string WordOf(NodeRole role) => role switch
    {
        NodeRole.KubeMaster => "kube_master",
        NodeRole.EtcdMember => "etcd_member",
        NodeRole.Worker => "worker",
        NodeRole.Ingress => "ingress",
        _ => throw new ArgumentOutOfRangeException(nameof(role)),
    };
}
