using Sextant.Cluster;

namespace Sextant.Planning.Kubernetes;

/// <summary>A mark that keeps pods off a node which do not say that they bear it.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Value">Its value; null for none.</param>
/// <param name="Effect"><c>NoSchedule</c>, <c>PreferNoSchedule</c> or <c>NoExecute</c>.</param>
internal sealed record NodeTaint(string Key, string? Value, string Effect)
{
    /// <summary>What keeps workloads off a master that is not a worker too.</summary>
    public static readonly NodeTaint ControlPlane = new("node-role.kubernetes.io/control-plane", null, "NoSchedule");

    /// <summary>The taints a machine registers with, each once.</summary>
    public static IReadOnlyList<NodeTaint> Of(NodeDescription node) =>
    [
        .. (node.Has(NodeRole.KubeMaster) && !node.Has(NodeRole.Worker) ? new[] { ControlPlane } : []).Concat(node.Taints.Select(Parse)).Distinct(),
    ];

    /// <summary>Reads <c>key=value:Effect</c> or <c>key:Effect</c>, which validation has seen.</summary>
    public static NodeTaint Parse(string text)
    {
        var colon = text.LastIndexOf(':');
        var (mark, effect) = (text[..colon], text[(colon + 1)..]);
        var equals = mark.IndexOf('=', StringComparison.Ordinal);
        return equals < 0 ? new NodeTaint(mark, null, effect) : new NodeTaint(mark[..equals], mark[(equals + 1)..] is { Length: > 0 } value ? value : null, effect);
    }
}
