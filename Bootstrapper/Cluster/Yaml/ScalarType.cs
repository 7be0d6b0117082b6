using System.Text.RegularExpressions;

namespace Sextant.Cluster.Yaml;

/// <summary>The type YAML gives an unquoted scalar by its looks: the core schema of YAML 1.2.2, section 10.3.2.</summary>
internal static partial class ScalarType
{
    /// <summary>Nothing.</summary>
    public const string Null = "empty";

    /// <summary><c>true</c> or <c>false</c>.</summary>
    public const string Boolean = "a boolean";

    /// <summary>A whole or fractional number.</summary>
    public const string Number = "a number";

    /// <summary>Everything else.</summary>
    public const string Text = "text";

    /// <summary>The type of unquoted <paramref name="text"/>.</summary>
    public static string Of(string text) => text switch
    {
        "" or "~" or "null" or "Null" or "NULL" => Null,
        "true" or "True" or "TRUE" or "false" or "False" or "FALSE" => Boolean,
        _ when NumberPattern().IsMatch(text) => Number,
        _ => Text,
    };

    private const string Float = @"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)";

    [GeneratedRegex(@"^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+|" + Float + @")\z",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex NumberPattern();
}
