using Sextant.Cluster.Schema;

namespace Sextant.Cluster.Rules;

/// <summary>A machine has one first stage.</summary>
internal static class BootRules
{
    /// <inheritdoc cref="ClusterRules.Check"/>
    public static void Check(ClusterSection cluster, ProblemList problems)
    {
        foreach (var node in cluster.Nodes?.Items ?? [])
            if (node is { BootChain: not null, BootLoader: { } loader })
                problems.Error(loader.At, "is given beside boot_chain, which chooses a boot loader by the firmware table; keep one of the two");
    }
}
