using System.Diagnostics.Metrics;

namespace Sextant.Status.Metrics;

/// <summary>
/// The name of an instrument as Prometheus writes it: dots become underscores, the unit is a word at the end, and a counter ends in <c>_total</c> (Prometheus,
/// "Metric and label naming"; OpenTelemetry, "Prometheus and OpenMetrics compatibility").
/// </summary>
public static class MetricName
{
    /// <summary>The name of an instrument.</summary>
    public static string Of(Instrument instrument, MetricType type) => Of(instrument.Name, instrument.Unit, type);

    /// <summary>The name of an instrument with this name and unit.</summary>
    /// <param name="name">Its name, <c>sextant.tftp.sent</c>.</param>
    /// <param name="unit">Its unit in UCUM: <c>s</c>, <c>By</c>; what stands in braces is an annotation and no unit.</param>
    /// <param name="type">Its type.</param>
    public static string Of(string name, string? unit, MetricType type)
    {
        var text = name.Replace('.', '_');
        var word = unit switch
        {
            "s" => "_seconds",
            "By" => "_bytes",
            null or "" => "",
            ['{', .., '}'] => "",
            _ => throw new ArgumentException($"the unit '{unit}' of {name} has no word", nameof(unit)),
        };
        if (!text.EndsWith(word, StringComparison.Ordinal)) text += word;
        return type is MetricType.Counter ? text + "_total" : text;
    }

    /// <summary>The type of an instrument.</summary>
    public static MetricType TypeOf(Instrument instrument) => instrument switch
    {
        Counter<long> or Counter<double> or ObservableCounter<long> or ObservableCounter<double> => MetricType.Counter,
        Histogram<double> => MetricType.Histogram,
        ObservableGauge<long> or ObservableGauge<double> or UpDownCounter<long> or ObservableUpDownCounter<long> => MetricType.Gauge,
        _ => throw new ArgumentException($"{instrument.Name} is a {instrument.GetType().Name}, which no metric is made of", nameof(instrument)),
    };
}
