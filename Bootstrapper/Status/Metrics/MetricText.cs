using System.Globalization;
using System.Text;

namespace Sextant.Status.Metrics;

/// <summary>Prometheus' text format, version 0.0.4 (Prometheus, "Exposition formats").</summary>
public static class MetricText
{
    /// <summary>Its media type.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>The families as text, in the order given.</summary>
    public static string Write(IEnumerable<MetricFamily> families)
    {
        var text = new StringBuilder();
        foreach (var family in families)
        {
            text.Append("# HELP ").Append(family.Name).Append(' ').Append(Escape(family.Help, quotes: false)).Append('\n');
            text.Append("# TYPE ").Append(family.Name).Append(' ').Append(WordOf(family.Type)).Append('\n');
            foreach (var series in family.Series)
            {
                if (family.Type is MetricType.Histogram) WriteHistogram(text, family.Name, series);
                else WriteSample(text, family.Name, series.Labels, null, series.Value);
            }
        }
        return text.ToString();
    }

    private static void WriteHistogram(StringBuilder text, string name, MetricSeries series)
    {
        foreach (var bucket in series.Buckets) WriteSample(text, name + "_bucket", series.Labels, bucket.Bound, bucket.Count);
        WriteSample(text, name + "_bucket", series.Labels, double.PositiveInfinity, series.Count);
        WriteSample(text, name + "_sum", series.Labels, null, series.Value);
        WriteSample(text, name + "_count", series.Labels, null, series.Count);
    }

    private static void WriteSample(StringBuilder text, string name, IReadOnlyList<MetricLabel> labels, double? bound, double value)
    {
        text.Append(name);
        if (labels.Count > 0 || bound is not null)
        {
            var separator = '{';
            foreach (var label in labels)
            {
                text.Append(separator).Append(label.Name).Append("=\"").Append(Escape(label.Value, quotes: true)).Append('"');
                separator = ',';
            }
            if (bound is { } most) text.Append(separator).Append("le=\"").Append(Number(most)).Append('"');
            text.Append('}');
        }
        text.Append(' ').Append(Number(value)).Append('\n');
    }

    private static string WordOf(MetricType type) => type switch
    {
        MetricType.Counter => "counter",
        MetricType.Gauge => "gauge",
        MetricType.Histogram => "histogram",
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    /// <summary>A number as Go reads it.</summary>
    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    private static string Escape(string text, bool quotes)
    {
        var escaped = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        return quotes ? escaped.Replace("\"", "\\\"", StringComparison.Ordinal) : escaped;
    }
}
