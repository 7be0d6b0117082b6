using System.Text.Json.Serialization;
using Sextant.Lifecycle;

namespace Sextant.Health;

/// <summary>A list of the API of Kubernetes (core/v1 and apps/v1), as far as it is looked at.</summary>
/// <param name="Items">What it lists.</param>
internal sealed record KubernetesList(IReadOnlyList<KubernetesItem> Items);

/// <summary>A node or a workload.</summary>
/// <param name="Metadata">Its names.</param>
/// <param name="Spec">What it is to be.</param>
/// <param name="Status">What it is.</param>
internal sealed record KubernetesItem(KubernetesMetadata Metadata, KubernetesSpec? Spec = null, KubernetesStatus? Status = null)
{
    /// <summary>The node's condition <c>Ready</c>; a node that has none yet is not ready.</summary>
    public NodeCondition ToCondition()
    {
        var version = Status?.NodeInfo?.KubeletVersion ?? "";
        if (Status?.Conditions?.FirstOrDefault(condition => condition.Type == "Ready") is not { } ready)
            return new NodeCondition(false, Metadata.CreationTimestamp, "its kubelet has not said anything yet", version);
        var isReady = ready.Status == "True";
        return new NodeCondition(isReady, ready.LastTransitionTime, isReady ? "" : ready.Message is { Length: > 0 } message ? message : ready.Reason ?? "for no reason given", version);
    }

    /// <summary>How many of its pods a workload has.</summary>
    /// <param name="kind">Its kind, which lists do not repeat for each item.</param>
    public Workload ToWorkload(string kind) => kind == "DaemonSet"
        ? new Workload(kind, Metadata.Namespace ?? "", Metadata.Name, Status?.NumberReady ?? 0, Status?.DesiredNumberScheduled ?? 0)
        : new Workload(kind, Metadata.Namespace ?? "", Metadata.Name, Status?.ReadyReplicas ?? 0, Spec?.Replicas ?? 1);
}

/// <summary>The names of an object.</summary>
internal sealed record KubernetesMetadata(string Name, string? Namespace = null, DateTimeOffset CreationTimestamp = default);

/// <summary>What a workload is to be.</summary>
internal sealed record KubernetesSpec(int? Replicas = null);

/// <summary>What a node or a workload is. Counts that are 0 are left out by the API.</summary>
internal sealed record KubernetesStatus(
    IReadOnlyList<KubernetesCondition>? Conditions = null, KubernetesNodeInfo? NodeInfo = null, int NumberReady = 0, int DesiredNumberScheduled = 0, int ReadyReplicas = 0);

/// <summary>A condition of a node.</summary>
internal sealed record KubernetesCondition(string Type, string Status, DateTimeOffset LastTransitionTime = default, string? Reason = null, string? Message = null);

/// <summary>What a node says of itself.</summary>
internal sealed record KubernetesNodeInfo(string? KubeletVersion = null);

/// <summary>Source-generated JSON of what is read of Kubernetes' API.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(KubernetesList))]
internal sealed partial class KubernetesJson : JsonSerializerContext;
