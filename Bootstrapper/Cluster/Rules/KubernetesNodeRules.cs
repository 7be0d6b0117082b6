using Sextant.Cluster.Schema;

namespace Sextant.Cluster.Rules;

/// <summary>What machines say of themselves to Kubernetes: labels, taints, GPUs.</summary>
internal static class KubernetesNodeRules
{
    private const string OwnPrefix = "sextant.io/";

    /// <inheritdoc cref="ClusterRules.Check"/>
    public static void Check(ClusterSection cluster, ProblemList problems)
    {
        foreach (var node in cluster.Nodes?.Items ?? [])
        {
            CheckTaints(node, problems);
            foreach (var (key, value) in node.Labels?.Items ?? [])
            {
                if (key.StartsWith(OwnPrefix, StringComparison.Ordinal))
                    problems.Error(value.At, $"labels with {OwnPrefix} are Sextant's own: the role ingress and gpu give them; use a prefix of your own");
            }
            if (node.Roles is { Whole: true } && !node.Has(NodeRole.KubeMaster) && !node.Has(NodeRole.Worker) && !node.Has(NodeRole.Ingress)) CheckIdle(node, problems);
            else if (node.Gpu is { Value: true } gpu && cluster.OperatingSystem?.Name is { } system && system.Value is not OperatingSystemName.Flatcar)
                problems.Warning(gpu.At, "the NVIDIA driver is yours to install on this operating system; Sextant puts the label sextant.io/gpu=true on the node");
        }
    }

    /// <summary>A node has one taint of a key and effect; the kubelet refuses two.</summary>
    private static void CheckTaints(NodeSection node, ProblemList problems)
    {
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var taint in node.Taints?.Items ?? [])
        {
            var colon = taint.Value.LastIndexOf(':');
            var mark = $"{taint.Value[..colon].Split('=')[0]}:{taint.Value[(colon + 1)..]}";
            if (!seen.TryAdd(mark, taint.At.Line)) problems.Error(taint.At, $"a taint with this key and effect is given twice, first on line {seen[mark]}; a node has one of each");
        }
    }

    private static void CheckIdle(NodeSection node, ProblemList problems)
    {
        const string reason = "has no effect: a machine that is etcd_member alone is no node of Kubernetes";
        if (node.Labels is { Items.Count: > 0 } labels) problems.Warning(labels.At, reason);
        if (node.Taints is { Items.Count: > 0 } taints) problems.Warning(taints.At, reason);
        if (node.Gpu is { Value: true } gpu) problems.Warning(gpu.At, reason);
    }
}
