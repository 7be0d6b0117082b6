using System.Text.Json.Serialization;

namespace Sextant.Power;

/// <summary>The part of Redfish's resources that is looked at (DSP0266, and the schemas ServiceRoot, ComputerSystem).</summary>
internal sealed record RedfishLink([property: JsonPropertyName("@odata.id")] string? Id);

/// <summary><c>/redfish/v1/</c></summary>
internal sealed record RedfishRoot(RedfishLink? Systems, RedfishLinks? Links);

/// <summary>Links of the service root.</summary>
internal sealed record RedfishLinks(RedfishLink? Sessions);

/// <summary>A collection.</summary>
internal sealed record RedfishCollection(IReadOnlyList<RedfishLink>? Members);

/// <summary>A computer system.</summary>
internal sealed record RedfishSystem(string? Id, string? PowerState, RedfishBoot? Boot, RedfishActions? Actions)
{
    /// <summary>Its version, for who wants to be told which one is changed (DSP0266 section 6.5).</summary>
    [JsonPropertyName("@odata.etag")]
    public string? EntityTag { get; init; }
}

/// <summary>What it boots the next time.</summary>
internal sealed record RedfishBoot(string? BootSourceOverrideEnabled, string? BootSourceOverrideTarget)
{
    /// <summary>What may be asked for.</summary>
    [JsonPropertyName("BootSourceOverrideTarget@Redfish.AllowableValues")]
    public IReadOnlyList<string>? AllowableTargets { get; init; }
}

/// <summary>What it can do.</summary>
internal sealed record RedfishActions([property: JsonPropertyName("#ComputerSystem.Reset")] RedfishReset? Reset);

/// <summary>How it is switched on and off.</summary>
internal sealed record RedfishReset([property: JsonPropertyName("target")] string? Target)
{
    /// <summary>The kinds it knows.</summary>
    [JsonPropertyName("ResetType@Redfish.AllowableValues")]
    public IReadOnlyList<string>? AllowableTypes { get; init; }
}

/// <summary>The body of a reset.</summary>
internal sealed record RedfishResetRequest(string ResetType);

/// <summary>The body of a change of the next boot.</summary>
internal sealed record RedfishBootRequest(RedfishBootChange Boot);

/// <summary>The next boot.</summary>
internal sealed record RedfishBootChange(string BootSourceOverrideEnabled, string BootSourceOverrideTarget);

/// <summary>The body that opens a session.</summary>
internal sealed record RedfishLogin(string UserName, string Password);

/// <summary>Source-generated JSON of Redfish: names as they are.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, NumberHandling = JsonNumberHandling.AllowReadingFromString)]
[JsonSerializable(typeof(RedfishRoot))]
[JsonSerializable(typeof(RedfishCollection))]
[JsonSerializable(typeof(RedfishSystem))]
[JsonSerializable(typeof(RedfishResetRequest))]
[JsonSerializable(typeof(RedfishBootRequest))]
[JsonSerializable(typeof(RedfishLogin))]
internal sealed partial class RedfishJson : JsonSerializerContext;
