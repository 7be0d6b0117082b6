using System.Text;
using Sextant.Cluster;

namespace Sextant.Planning;

/// <summary>
/// The labels of the cluster's nodes. A kubelet may not give itself those of a role (the admission plugin NodeRestriction refuses the prefix
/// <c>node-role.kubernetes.io/</c>), so a master puts all of them on.
/// </summary>
internal static class NodeLabels
{
    private const string ControlPlane = "node-role.kubernetes.io/control-plane";

    /// <summary>One line for each machine of the file that runs a kubelet: <c>NAME key=value key=value …</c>, keys in their order.</summary>
    public static string Of(ClusterDescription cluster)
    {
        var text = new StringBuilder();
        foreach (var node in cluster.Nodes)
        {
            if (!RunsKubelet(node)) continue;
            text.Append(node.Hostname);
            foreach (var (key, value) in All(node).OrderBy(label => label.Key, StringComparer.Ordinal)) text.Append(' ').Append(key).Append('=').Append(value);
            text.Append('\n');
        }
        return text.ToString();
    }

    private static bool RunsKubelet(NodeDescription node) => node.Has(NodeRole.KubeMaster) || node.Has(NodeRole.Worker) || node.Has(NodeRole.Ingress);

    /// <summary>What the file says, and what the roles mean. A master is no target of load balancers outside, as its workloads are the cluster's own.</summary>
    private static Dictionary<string, string> All(NodeDescription node)
    {
        var labels = new Dictionary<string, string>(node.Labels, StringComparer.Ordinal);
        if (node.Has(NodeRole.KubeMaster))
        {
            labels[ControlPlane] = "";
            labels["node.kubernetes.io/exclude-from-external-load-balancers"] = "";
        }
        if (node.Has(NodeRole.Worker)) labels["node-role.kubernetes.io/worker"] = "";
        if (node.Has(NodeRole.Ingress)) labels["node-role.kubernetes.io/ingress"] = "";
        return labels;
    }
}
