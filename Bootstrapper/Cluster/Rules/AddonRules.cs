using Sextant.Cluster.Schema;

namespace Sextant.Cluster.Rules;

/// <summary>An addon that needs machines or values has them, and values that only an addon reads are not waiting for one that is off.</summary>
internal static class AddonRules
{
    /// <summary>The addon that volumes of a Ceph cluster come by.</summary>
    public const string Ceph = "ceph-csi-rbd";

    private const string Ingress = "ingress";

    /// <inheritdoc cref="ClusterRules.Check"/>
    public static void Check(ClusterSection cluster, ProblemList problems)
    {
        // A name that could not be read may be the one that is missed.
        if (cluster.Addons is not { } addons) return;
        CheckCeph(cluster, addons, problems);
        CheckIngress(cluster, addons, problems);
    }

    private static void CheckCeph(ClusterSection cluster, EntryList<string> addons, ProblemList problems)
    {
        if (cluster.Ceph is not { } ceph) return;
        if (Find(addons, Ceph) is not { } on)
        {
            if (!cluster.LeavesOut("ceph") && addons.Whole) problems.Warning(ceph.At, $"only the addon {Ceph} reads this, and addons does not have it; add it, or remove the section");
            return;
        }
        if (cluster.LeavesOut("ceph"))
        {
            problems.Error(on.At, $"{Ceph} needs the section ceph: cluster_id, monitors and key_file");
            return;
        }
        if (ceph.LeavesOut("cluster_id")) problems.Error(Missing(ceph, "cluster_id"), $"is missing: the addon {Ceph} needs the Ceph cluster's fsid, which 'ceph fsid' prints");
        if (ceph.LeavesOut("key_file")) problems.Error(Missing(ceph, "key_file"), $"is missing: the addon {Ceph} needs the file with the key of ceph.user");
        if (ceph.LeavesOut("monitors") || ceph.Monitors is { Whole: true, Items.Count: 0 })
            problems.Error(Missing(ceph, "monitors"), $"is missing: the addon {Ceph} needs a monitor at least, host and port");
    }

    private static void CheckIngress(ClusterSection cluster, EntryList<string> addons, ProblemList problems)
    {
        var on = Find(addons, Ingress);
        if (on is null && addons.Whole && cluster.Ingress?.VirtualAddress is { } vip)
            problems.Warning(vip.At, $"only the addon {Ingress} holds this address, and addons does not have it; add it, or remove the address");
        if (on is not null && cluster.Nodes is { Whole: true, Items: { Count: > 0 } nodes } && nodes.All(node => node.Roles is { Whole: true } && !node.Has(NodeRole.Ingress)))
            problems.Error(on.At, "no machine has the role ingress, on which this addon takes traffic; give it to one at least");
    }

    private static Entry<string>? Find(EntryList<string> addons, string name) => addons.Items.FirstOrDefault(addon => addon.Value == name);

    private static Place Missing(Section section, string key) => section.At with { Path = section.At.PathUnder(key) };
}
