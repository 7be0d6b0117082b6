using System.Globalization;
using System.Text.RegularExpressions;

namespace Sextant.Tests.TestKit;

/// <summary>
/// Prometheus' text format 0.0.4, read strictly (Prometheus, "Exposition formats"): names and labels by their grammar, HELP and TYPE once and before the samples, samples of a name together, no
/// series twice, histograms whole and growing. Whatever is not so throws.
/// </summary>
internal sealed partial class PrometheusText
{
    private readonly Dictionary<string, double> samples = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> types = new(StringComparer.Ordinal);
    private readonly HashSet<string> helped = new(StringComparer.Ordinal);

    private PrometheusText() { }

    /// <summary>Metric names with their types.</summary>
    public IReadOnlyDictionary<string, string> Types => types;

    /// <summary>Samples by name and labels as they stand in the text, <c>a_total{b="c"}</c>.</summary>
    public IReadOnlyDictionary<string, double> Samples => samples;

    /// <summary>The sample; 0 when there is none, as for a rate.</summary>
    public double this[string series] => samples.GetValueOrDefault(series);

    /// <summary>The sum over all labels.</summary>
    public double Sum(string name) => samples.Where(sample => sample.Key == name || sample.Key.StartsWith(name + "{", StringComparison.Ordinal)).Sum(sample => sample.Value);

    /// <summary>Reads a text.</summary>
    /// <exception cref="FormatException">It is not in the format; the message has the line.</exception>
    public static PrometheusText Parse(string text)
    {
        if (!text.EndsWith('\n')) throw new FormatException("the last line has no end");
        var read = new PrometheusText();
        string? family = null;
        var closed = new HashSet<string>(StringComparer.Ordinal);
        foreach (var line in text[..^1].Split('\n'))
        {
            try
            {
                var name = read.Take(line);
                if (name == family) continue;
                if (family is not null) closed.Add(family);
                if (closed.Contains(name)) throw new FormatException($"{name} is not together");
                family = name;
            }
            catch (FormatException problem)
            {
                throw new FormatException($"{problem.Message}: {line}");
            }
        }
        foreach (var name in read.types.Where(type => type.Value == "histogram").Select(type => type.Key)) read.CheckHistogram(name);
        return read;
    }

    /// <summary>Takes a line; gives the family it is of.</summary>
    private string Take(string line)
    {
        if (Help().Match(line) is { Success: true } help)
            return helped.Add(help.Groups[1].Value) && !types.ContainsKey(help.Groups[1].Value) ? help.Groups[1].Value : throw new FormatException("HELP twice, or after TYPE");
        if (Type().Match(line) is { Success: true } type)
            return helped.Contains(type.Groups[1].Value) && types.TryAdd(type.Groups[1].Value, type.Groups[2].Value) ? type.Groups[1].Value : throw new FormatException("TYPE twice, or without HELP");
        if (Sample().Match(line) is not { Success: true } sample) throw new FormatException("neither HELP, TYPE nor a sample");
        var labels = sample.Groups[3].Captures.Select(capture => capture.Value).ToList();
        if (labels.Distinct(StringComparer.Ordinal).Count() != labels.Count) throw new FormatException("a label twice");
        if (labels.Exists(label => label.StartsWith("__", StringComparison.Ordinal))) throw new FormatException("a reserved label");
        var family = FamilyOf(sample.Groups[1].Value);
        if (types[family] == "counter" && !family.EndsWith("_total", StringComparison.Ordinal)) throw new FormatException("a counter without _total");
        var value = Number(sample.Groups["value"].Value);
        if (types[family] == "counter" && !(value >= 0)) throw new FormatException("a negative counter");
        return samples.TryAdd(sample.Groups[1].Value + sample.Groups[2].Value, value) ? family : throw new FormatException("a series twice");
    }

    private string FamilyOf(string name)
    {
        if (types.TryGetValue(name, out var type) && type != "histogram") return name;
        var family = HistogramSuffix().Replace(name, "");
        return types.TryGetValue(family, out type) && type == "histogram" && family != name ? family : throw new FormatException("a sample without TYPE");
    }

    private void CheckHistogram(string name)
    {
        var buckets = samples.Where(sample => sample.Key.StartsWith(name + "_bucket{", StringComparison.Ordinal)).GroupBy(sample => Bound().Replace(sample.Key, "").Replace(",}", "}", StringComparison.Ordinal));
        foreach (var series in buckets)
        {
            var ordered = series.Select(sample => (Bound: Number(Bound().Match(sample.Key).Groups[1].Value), sample.Value)).ToList();
            if (!ordered.SequenceEqual(ordered.OrderBy(bucket => bucket.Bound)) || ordered.Zip(ordered.Skip(1)).Any(pair => pair.First.Value > pair.Second.Value)) throw new FormatException($"buckets of {series.Key} do not grow");
            var labels = series.Key[(name.Length + "_bucket".Length)..].Replace("{}", "", StringComparison.Ordinal);
            if (!double.IsPositiveInfinity(ordered[^1].Bound) || samples[$"{name}_count{labels}"] != ordered[^1].Value || !samples.ContainsKey($"{name}_sum{labels}")) throw new FormatException($"{series.Key} is not whole");
        }
    }

    private static double Number(string text) => text switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        "NaN" => double.NaN,
        _ => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture),
    };

    [GeneratedRegex("^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (?:[^\\\\]|\\\\\\\\|\\\\n)+$")]
    private static partial Regex Help();

    [GeneratedRegex("^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)$")]
    private static partial Regex Type();

    [GeneratedRegex("^([a-zA-Z_:][a-zA-Z0-9_:]*)(\\{(?:([a-zA-Z_][a-zA-Z0-9_]*)=\"(?:[^\"\\\\]|\\\\\\\\|\\\\\"|\\\\n)*\"(?:,(?=[a-zA-Z_])|(?=\\})))+\\})? (?<value>[-+]?Inf|NaN|-?[0-9]+(?:\\.[0-9]+)?(?:E[-+]?[0-9]+)?)$")]
    private static partial Regex Sample();

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex HistogramSuffix();

    [GeneratedRegex("le=\"([^\"]*)\"")]
    private static partial Regex Bound();
}
