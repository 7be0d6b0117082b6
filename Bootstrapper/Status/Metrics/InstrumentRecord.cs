using System.Diagnostics.Metrics;
using System.Globalization;

namespace Sextant.Status.Metrics;

/// <summary>What one instrument measured. For one thread at a time.</summary>
internal sealed class InstrumentRecord(Instrument instrument)
{
    private readonly MetricType type = MetricName.TypeOf(instrument);
    private readonly double[] bounds = instrument is Histogram<double> histogram ? [.. histogram.Advice?.HistogramBucketBoundaries ?? []] : [];
    private readonly Dictionary<string, Measured> measured = new(StringComparer.Ordinal);

    /// <summary>The metric's name.</summary>
    public string Name { get; } = MetricName.Of(instrument, MetricName.TypeOf(instrument));

    /// <summary>Before an instrument is asked, what it said the last time is forgotten: a machine that is gone has no series any more.</summary>
    public void Forget()
    {
        if (instrument.IsObservable) measured.Clear();
    }

    /// <summary>Takes a measurement: what an instrument that is asked says is its value; what others say is added.</summary>
    public void Take(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = Labels(tags);
        var key = string.Join('\0', labels.Select(label => $"{label.Name}\0{label.Value}"));
        if (!measured.TryGetValue(key, out var before)) before = measured[key] = new Measured(labels, new long[bounds.Length]);
        before.Value += value;
        before.Count++;
        for (var i = 0; i < bounds.Length; i++)
            if (value <= bounds[i]) before.Buckets[i]++;
    }

    /// <summary>One family of all instruments of a name: two servers in one process count together.</summary>
    public static MetricFamily Merge(IEnumerable<InstrumentRecord> named)
    {
        var records = named.ToList();
        var first = records[0];
        var series = records.SelectMany(record => record.measured).GroupBy(pair => pair.Key, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => new MetricSeries(
                group.First().Value.Labels,
                group.Sum(pair => pair.Value.Value),
                [.. first.bounds.Select((bound, i) => new MetricBucket(bound, group.Sum(pair => pair.Value.Buckets[i])))],
                group.Sum(pair => pair.Value.Count)));
        return new MetricFamily(first.Name, first.type, first.Description, [.. series]);
    }

    private string Description => instrument.Description ?? throw new InvalidOperationException($"{instrument.Name} says not what it measures");

    private static MetricLabel[] Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = new MetricLabel[tags.Length];
        for (var i = 0; i < tags.Length; i++) labels[i] = new MetricLabel(tags[i].Key, Convert.ToString(tags[i].Value, CultureInfo.InvariantCulture) ?? "");
        Array.Sort(labels, (one, other) => string.CompareOrdinal(one.Name, other.Name));
        return labels;
    }

    private sealed class Measured(MetricLabel[] labels, long[] buckets)
    {
        public MetricLabel[] Labels => labels;

        public long[] Buckets => buckets;

        public double Value { get; set; }

        public long Count { get; set; }
    }
}
