using System.Text.Json.Serialization;

namespace Sextant.Lifecycle;

/// <summary>Source-generated JSON of events and machines, as stored and as served.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(MachineEvent))]
[JsonSerializable(typeof(Machine))]
public sealed partial class LifecycleJson : JsonSerializerContext;
