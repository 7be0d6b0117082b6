using Sextant.Cluster.Schema;

namespace Sextant.Cluster.Rules;

/// <summary>Who does what: there is a control plane, etcd can lose a member, and both are found at fixed addresses.</summary>
internal static class RoleRules
{
    private const int MostMembers = 7;

    /// <inheritdoc cref="ClusterRules.Check"/>
    public static void Check(ClusterSection cluster, ProblemList problems)
    {
        if (cluster.Nodes is not { Items.Count: > 0 } nodes) return;
        foreach (var node in nodes.Items)
        {
            if (node.Address is null && node.LeavesOut("ip")) CheckFixed(node, problems);
        }
        // A role that could not be read may be the one that is missed.
        if (!nodes.Whole || nodes.Items.Any(node => node.Roles is not { Whole: true })) return;
        var members = nodes.Items.Count(node => node.Has(NodeRole.EtcdMember));
        if (!nodes.Items.Any(node => node.Has(NodeRole.KubeMaster)))
            problems.Error(nodes.At, "no machine has the role kube_master; Kubernetes needs one at least");
        if (members == 0) problems.Error(nodes.At, "no machine has the role etcd_member; etcd needs one at least, and three to survive a failure");
        else if (members % 2 == 0)
        {
            problems.Error(nodes.At, $"{members} machines have the role etcd_member; an even number tolerates no more failures than one fewer, "
                + $"so take {members - 1} or {members + 1}");
        }
        else if (members > MostMembers)
            problems.Warning(nodes.At, $"{members} machines have the role etcd_member; more than {MostMembers} slow every write and are not needed");
    }

    private static void CheckFixed(NodeSection node, ProblemList problems)
    {
        foreach (var role in node.Roles?.Items ?? [])
        {
            var name = role.Value switch { NodeRole.KubeMaster => "kube_master", NodeRole.EtcdMember => "etcd_member", _ => null };
            if (name is null) continue;
            problems.Error(node.At with { Path = node.At.PathUnder("ip") },
                $"is missing: a machine with the role {name} needs a fixed address, which others know before it runs");
            return;
        }
    }
}
