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
    /// <summary>The line of a machine of the file, or of the one that a stranger is taken for.</summary>
    internal static RosterEntry Of(NodeDescription node) =>
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
