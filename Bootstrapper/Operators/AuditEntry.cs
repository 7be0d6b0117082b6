using System.Text.Json.Serialization;
using Sextant.Primitives;

namespace Sextant.Operators;

/// <summary>Who did what, or tried to.</summary>
/// <param name="At">When (UTC).</param>
/// <param name="Who">By what the operator was known: <c>uid 0</c> of the Unix socket, <c>token</c>, <c>session</c>; <c>nobody</c> for who was not.</param>
/// <param name="What">The operation's name in the API, <c>reinstall</c>.</param>
/// <param name="Outcome"><c>done</c> or <c>refused</c>.</param>
public sealed record AuditEntry(DateTimeOffset At, string Who, string What, string Outcome)
{
    /// <summary>The outcome of what was carried out.</summary>
    public const string Done = "done";

    /// <summary>The outcome of what was not.</summary>
    public const string Refused = "refused";

    /// <summary>The address it came from; null for the Unix socket.</summary>
    public string? Peer { get; init; }

    /// <summary>The machine; null where it is about none.</summary>
    public MacAddress? Mac { get; init; }

    /// <summary>Why it was refused, a code of the API.</summary>
    public string? Code { get; init; }

    /// <summary>True when it was carried out against a rule.</summary>
    public bool? Forced { get; init; }

    /// <summary>What the operator gave as the reason, in the operator's words.</summary>
    public string? Reason { get; init; }
}

/// <summary>Source-generated JSON of the audit log: one entry a line.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AuditEntry))]
public sealed partial class AuditJson : JsonSerializerContext;
