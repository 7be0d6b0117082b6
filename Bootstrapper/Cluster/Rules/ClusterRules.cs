using Sextant.Cluster.Schema;

namespace Sextant.Cluster.Rules;

/// <summary>Everything that must hold between the values of a file, one topic after the other. A rule looks only at values that could be read.</summary>
internal static class ClusterRules
{
    /// <summary>Reports whatever does not hold.</summary>
    public static void Check(ClusterSection cluster, ProblemList problems)
    {
        BootstrapperRules.Check(cluster, problems);
        SubnetRules.Check(cluster, problems);
        DynamicRangeRules.Check(cluster, problems);
        DhcpOptionRules.Check(cluster, problems);
        NodeRules.Check(cluster, problems);
        BootRules.Check(cluster, problems);
        RoleRules.Check(cluster, problems);
        KubernetesRules.Check(cluster, problems);
        OperatingSystemRules.Check(cluster, problems);
        KubernetesNodeRules.Check(cluster, problems);
        VirtualAddressRules.Check(cluster, problems);
        RegistryRules.Check(cluster, problems);
        MirrorRules.Check(cluster, problems);
        DnsRules.Check(cluster, problems);
        AddonRules.Check(cluster, problems);
        BmcRules.Check(cluster, problems);
    }
}
