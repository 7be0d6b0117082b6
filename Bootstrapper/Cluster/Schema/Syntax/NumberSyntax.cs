using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Sextant.Cluster.Yaml;

namespace Sextant.Cluster.Schema.Syntax;

/// <summary>A whole number within bounds, in decimal.</summary>
internal abstract class IntegerSyntax(int minimum, int maximum, string noun) : ValueSyntax<int>
{
    /// <inheritdoc/>
    public override string Type => ScalarType.Number;

    /// <inheritdoc/>
    public override Reading<int> Read(string text) =>
        !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) || (text.Length > 1 && text[0] == '0')
            ? Reading<int>.Wrong($"{Quoted.Of(text)} is not {noun} such as {Example}: a whole number from {minimum} to {maximum}")
            : value >= minimum && value <= maximum ? value : Reading<int>.Wrong($"{value} is not {noun}: it must be from {minimum} to {maximum}");

    /// <inheritdoc/>
    public override JsonObject ToJsonSchema()
    {
        var schema = base.ToJsonSchema();
        schema["minimum"] = minimum;
        schema["maximum"] = maximum;
        return schema;
    }
}

/// <summary>A TCP port.</summary>
internal sealed class PortSyntax() : IntegerSyntax(1, 65535, "a TCP port")
{
    /// <inheritdoc/>
    public override string Example => "8080";
}

/// <summary>A stratum of NTP (RFC 5905 §7.3, figure 11).</summary>
internal sealed class StratumSyntax() : IntegerSyntax(1, 15, "a stratum")
{
    /// <inheritdoc/>
    public override string Example => "10";
}

/// <summary>A cipher suite of IPMI that proves who asks (IPMI 2.0 §22.15.2, table 22-20, without 0).</summary>
internal sealed class CipherSuiteSyntax() : IntegerSyntax(1, 17, "a cipher suite")
{
    /// <inheritdoc/>
    public override string Example => "17";
}

/// <summary>The version of the file's schema.</summary>
internal sealed class SchemaVersionSyntax : ValueSyntax<int>
{
    /// <inheritdoc/>
    public override string Type => ScalarType.Number;

    /// <inheritdoc/>
    public override string Example => ClusterDescription.SchemaVersion.ToString(CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public override Reading<int> Read(string text)
    {
        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var version))
            return Reading<int>.Wrong($"{Quoted.Of(text)} is not a schema version; this version of Sextant reads {Example}");
        if (version > ClusterDescription.SchemaVersion)
            return Reading<int>.Wrong($"schema version {version} is newer than this version of Sextant, which reads {Example}; use a newer Sextant");
        return version == ClusterDescription.SchemaVersion && text == Example
            ? version
            : Reading<int>.Wrong($"there is no schema version {Quoted.Bare(text)}; this version of Sextant reads {Example}");
    }

    /// <inheritdoc/>
    public override JsonObject ToJsonSchema() => new() { ["const"] = ClusterDescription.SchemaVersion };
}

/// <summary>A length of time: a whole number and a unit.</summary>
internal sealed partial class DurationSyntax : ValueSyntax<TimeSpan>
{
    /// <summary>Shortest DHCP lease; below it renewals are most of the traffic.</summary>
    public static readonly TimeSpan Minimum = TimeSpan.FromMinutes(2);

    /// <summary>Longest DHCP lease.</summary>
    public static readonly TimeSpan Maximum = TimeSpan.FromDays(365);

    /// <inheritdoc/>
    public override string Pattern => "^[1-9][0-9]{0,8}[smhd]$";

    /// <inheritdoc/>
    public override string Example => "12h";

    /// <inheritdoc/>
    public override Reading<TimeSpan> Read(string text)
    {
        if (!DurationPattern().IsMatch(text))
            return Reading<TimeSpan>.Wrong($"{Quoted.Of(text)} is not a length of time such as {Example}: a whole number and one of s, m, h, d");
        var count = long.Parse(text.AsSpan(0, text.Length - 1), CultureInfo.InvariantCulture);
        var seconds = count * text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3600, _ => 86400 };
        return seconds >= Minimum.TotalSeconds && seconds <= Maximum.TotalSeconds
            ? TimeSpan.FromSeconds(seconds)
            : Reading<TimeSpan>.Wrong($"{text} is out of range: a lease lasts from 2m to 365d");
    }

    [GeneratedRegex(@"^[1-9][0-9]{0,8}[smhd]\z", RegexOptions.CultureInvariant)]
    private static partial Regex DurationPattern();
}
