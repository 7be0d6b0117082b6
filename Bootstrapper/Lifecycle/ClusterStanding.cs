using System.Collections.Frozen;
using Sextant.Primitives;

namespace Sextant.Lifecycle;

/// <summary>
/// What Kubernetes said of itself when it was last asked. A fact about this moment and no event: it is not stored, and after a start nothing is known until
/// an API server answers. Safe for use by several threads.
/// </summary>
public sealed class ClusterStanding
{
    private volatile KubernetesAnswer answer = KubernetesAnswer.None;

    /// <summary>The last answer.</summary>
    public KubernetesAnswer Answer { get => answer; set => answer = value; }
}

/// <summary>An API server's answer about nodes and addons, or why there is none.</summary>
/// <param name="AskedAt">When it was asked; null before the first time.</param>
/// <param name="Server">Who answered; null when nobody did.</param>
/// <param name="Problem">Why there is no answer; empty when there is one.</param>
/// <param name="Nodes">The nodes, by name.</param>
/// <param name="Workloads">The addons' workloads, in the order of their names.</param>
public sealed record KubernetesAnswer(
    DateTimeOffset? AskedAt, Ipv4Address? Server, string Problem, FrozenDictionary<string, NodeCondition> Nodes, IReadOnlyList<Workload> Workloads)
{
    /// <summary>Nobody was asked yet.</summary>
    public static KubernetesAnswer None { get; } = Failed(null, "no API server has answered yet");

    /// <summary>Nobody answered as hoped.</summary>
    /// <param name="askedAt">When it was tried.</param>
    /// <param name="problem">Why not.</param>
    public static KubernetesAnswer Failed(DateTimeOffset? askedAt, string problem) => new(askedAt, null, problem, FrozenDictionary<string, NodeCondition>.Empty, []);
}

/// <summary>Whether a node is ready, as Kubernetes sees it.</summary>
/// <param name="IsReady">Whether pods are placed on it.</param>
/// <param name="Since">Since when that is so.</param>
/// <param name="Reason">The kubelet's words when it is not ready; empty when it is.</param>
/// <param name="Version">The kubelet's version, <c>v1.36.4</c>.</param>
public sealed record NodeCondition(bool IsReady, DateTimeOffset Since, string Reason, string Version);

/// <summary>A workload of an addon.</summary>
/// <param name="Kind"><c>Deployment</c>, <c>DaemonSet</c> or <c>StatefulSet</c>.</param>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Name">Its name.</param>
/// <param name="Ready">Pods of it that are ready.</param>
/// <param name="Wanted">Pods it is to have.</param>
public sealed record Workload(string Kind, string Namespace, string Name, int Ready, int Wanted)
{
    /// <summary>True when it has all its pods.</summary>
    public bool IsReady => Ready >= Wanted;
}
