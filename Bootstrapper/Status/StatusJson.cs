using System.Text.Json.Serialization;
using Sextant.Tracing;

namespace Sextant.Status;

/// <summary>Source-generated JSON of the API: snake_case names, absent instead of null.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(IReadOnlyList<NodeView>))]
[JsonSerializable(typeof(NodeView))]
[JsonSerializable(typeof(ClusterView))]
[JsonSerializable(typeof(TransfersView))]
[JsonSerializable(typeof(Snapshot))]
[JsonSerializable(typeof(TraceView))]
[JsonSerializable(typeof(PowerRequest))]
[JsonSerializable(typeof(PowerView))]
[JsonSerializable(typeof(ApiError))]
public sealed partial class StatusJson : JsonSerializerContext;

/// <summary>The first message of the event stream, and the message after the plan was swapped.</summary>
/// <param name="Cluster">The cluster in numbers.</param>
/// <param name="Nodes">Every machine.</param>
public sealed record Snapshot(ClusterView Cluster, IReadOnlyList<NodeView> Nodes);

/// <summary>Why a request was not carried out.</summary>
/// <param name="Error">What was found and what to do.</param>
public sealed record ApiError(string Error);
