using System.Text.Json.Serialization;

namespace Sextant.Doctor;

/// <summary>How a check came out.</summary>
[JsonConverter(typeof(FindingGradeConverter))]
public enum FindingGrade
{
    /// <summary>As it should be.</summary>
    Good,
    /// <summary>Could not be looked at here.</summary>
    Skipped,
    /// <summary>Works, or may work, and is worth knowing.</summary>
    Warning,
    /// <summary>Machines will not boot, or the service will not start.</summary>
    Failure,
}

/// <summary>Writes a grade in lower case.</summary>
public sealed class FindingGradeConverter() : JsonStringEnumConverter<FindingGrade>(System.Text.Json.JsonNamingPolicy.KebabCaseLower);

/// <summary>What a check found.</summary>
/// <param name="Check">The check, <c>ports</c>.</param>
/// <param name="Grade">How it came out.</param>
/// <param name="Text">What was found.</param>
/// <param name="Fix">What to do about it; null when there is nothing to do.</param>
public sealed record Finding(string Check, FindingGrade Grade, string Text, string? Fix = null)
{
    /// <summary>As it should be.</summary>
    public static Finding Good(string check, string text) => new(check, FindingGrade.Good, text);

    /// <summary>Could not be looked at.</summary>
    public static Finding Skipped(string check, string why, string? fix = null) => new(check, FindingGrade.Skipped, why, fix);

    /// <summary>Worth knowing.</summary>
    public static Finding Warning(string check, string text, string fix) => new(check, FindingGrade.Warning, text, fix);

    /// <summary>In the way.</summary>
    public static Finding Failure(string check, string text, string fix) => new(check, FindingGrade.Failure, text, fix);
}
