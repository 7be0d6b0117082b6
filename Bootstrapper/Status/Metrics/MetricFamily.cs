namespace Sextant.Status.Metrics;

/// <summary>The type of a metric in the text format.</summary>
public enum MetricType
{
    /// <summary>Only grows, until a restart.</summary>
    Counter,
    /// <summary>Goes up and down.</summary>
    Gauge,
    /// <summary>Observations counted by size.</summary>
    Histogram,
}

/// <summary>Everything of one name.</summary>
/// <param name="Name">The name, <c>sextant_dhcp_refused_total</c>.</param>
/// <param name="Type">Its type.</param>
/// <param name="Help">What it tells, one sentence.</param>
/// <param name="Series">One for each set of labels; no two have the same.</param>
public sealed record MetricFamily(string Name, MetricType Type, string Help, IReadOnlyList<MetricSeries> Series);

/// <summary>What one set of labels has.</summary>
/// <param name="Labels">Names and values, in the order of the names.</param>
/// <param name="Value">The value; of a histogram, the sum of what was observed.</param>
/// <param name="Buckets">Of a histogram, how many observations were at most each bound, and none above the last but those that only the whole counts; else empty.</param>
/// <param name="Count">Of a histogram, how many were observed.</param>
public sealed record MetricSeries(IReadOnlyList<MetricLabel> Labels, double Value, IReadOnlyList<MetricBucket> Buckets, long Count);

/// <summary>A dimension and its value.</summary>
public readonly record struct MetricLabel(string Name, string Value);

/// <summary>How many observations were at most so much.</summary>
public readonly record struct MetricBucket(double Bound, long Count);
