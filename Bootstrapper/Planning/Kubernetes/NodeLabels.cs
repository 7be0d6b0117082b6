using System.Text;
using Sextant.Cluster;
using Sextant.Planning.Addons;

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
        if (node.FlannelInterface is { } own) labels[FlannelInterfaces.Label] = own;
        if (node.Gpu) labels["sextant.io/gpu"] = "true";
        return labels;
    }

    /// <summary>Those a kubelet may not give itself (NodeRestriction) and an administrator does: the roles as <c>kubectl get nodes</c> shows them.</summary>
    public static IReadOnlyDictionary<string, string> Roles(NodeDescription node)
    {
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (node.Has(NodeRole.KubeMaster)) labels["node-role.kubernetes.io/control-plane"] = "";
        // Load balancers outside send no traffic to a machine that runs no workloads.
        if (node.Has(NodeRole.KubeMaster) && !node.Has(NodeRole.Worker)) labels["node.kubernetes.io/exclude-from-external-load-balancers"] = "";
        if (node.Has(NodeRole.Worker)) labels["node-role.kubernetes.io/worker"] = "";
        if (node.Has(NodeRole.Ingress)) labels["node-role.kubernetes.io/ingress"] = "";
        return labels;
    }

    /// <summary>What a master puts on the nodes, roles and all, one line for each machine of the file that runs a kubelet: <c>NAME key=value key=value …</c>.</summary>
    public static string ForMasters(ClusterDescription cluster)
    {
        var text = new StringBuilder();
        foreach (var node in cluster.Nodes.Where(KubernetesNode.Is))
        {
            // What a role means counts, should the description say something else by the same key.
            var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
            foreach (var (key, value) in Registered(node).Concat(Roles(node))) labels[key] = value;
            text.Append(node.Hostname).AppendJoin("", labels.Select(label => $" {label.Key}={label.Value}")).Append('\n');
        }
        return text.ToString();
    }
}
