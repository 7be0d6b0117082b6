using Sextant.Cluster;

namespace Sextant.Planning.Kubernetes;

/// <summary>The labels of a node.</summary>
internal static class NodeLabels
{
    /// <summary>Those the kubelet registers itself with: the description's, and what pods of addons look for. In the order of their keys.</summary>
    public static IReadOnlyDictionary<string, string> Registered(NodeDescription node)
    {
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in node.Labels) labels[key] = value;
        if (node.Has(NodeRole.Ingress)) labels["sextant.io/ingress"] = "true";
        if (node.Gpu) labels["sextant.io/gpu"] = "true";
        return labels;
    }

    /// <summary>Those a kubelet may not give itself (NodeRestriction) and an administrator does: the roles as <c>kubectl get nodes</c> shows them.</summary>
    public static IReadOnlyDictionary<string, string> Roles(NodeDescription node)
    {
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (node.Has(NodeRole.KubeMaster)) labels["node-role.kubernetes.io/control-plane"] = "";
        if (node.Has(NodeRole.Worker)) labels["node-role.kubernetes.io/worker"] = "";
        if (node.Has(NodeRole.Ingress)) labels["node-role.kubernetes.io/ingress"] = "";
        return labels;
    }
}
