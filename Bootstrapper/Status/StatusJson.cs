using System.Text.Json.Serialization;
using Sextant.Operators;
using Sextant.Planning;
using Sextant.Tracing;

namespace Sextant.Status;

/// <summary>Source-generated JSON of the API: snake_case names, absent instead of null.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(IReadOnlyList<NodeView>))]
[JsonSerializable(typeof(NodeView))]
[JsonSerializable(typeof(ClusterView))]
[JsonSerializable(typeof(TransfersView))]
[JsonSerializable(typeof(HealthView))]
[JsonSerializable(typeof(IReadOnlyList<HistoryLine>))]
[JsonSerializable(typeof(IReadOnlyList<LeaseView>))]
[JsonSerializable(typeof(ZoneView))]
[JsonSerializable(typeof(AssetsView))]
[JsonSerializable(typeof(RegistryView))]
[JsonSerializable(typeof(Snapshot))]
[JsonSerializable(typeof(TraceView))]
[JsonSerializable(typeof(ApiProblem))]
[JsonSerializable(typeof(SessionRequest))]
[JsonSerializable(typeof(SessionView))]
[JsonSerializable(typeof(WordRequest))]
[JsonSerializable(typeof(PlanChanges))]
[JsonSerializable(typeof(IReadOnlyList<AuditEntry>))]
[JsonSerializable(typeof(PowerRequest))]
[JsonSerializable(typeof(PowerView))]
public sealed partial class StatusJson : JsonSerializerContext;

/// <summary>The first message of the event stream, and the message after the plan was swapped.</summary>
/// <param name="Cluster">The cluster in numbers.</param>
/// <param name="Nodes">Every machine.</param>
public sealed record Snapshot(ClusterView Cluster, IReadOnlyList<NodeView> Nodes);
