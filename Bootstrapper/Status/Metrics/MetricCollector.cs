using System.Diagnostics.Metrics;

namespace Sextant.Status.Metrics;

/// <summary>
/// Listens to what the parts of the service measure, and has it ready whenever somebody asks. Whoever measures knows only an instrument of the framework's; this
/// knows none of them. Safe for use by several threads.
/// </summary>
public sealed class MetricCollector : IDisposable
{
    private const string MeterPrefix = "Sextant.";

    private readonly MeterListener listener = new();
    private readonly Lock gate = new();
    private readonly Dictionary<Instrument, InstrumentRecord> records = [];

    /// <summary>Begins to listen.</summary>
    public MetricCollector()
    {
        listener.InstrumentPublished = OnPublished;
        listener.MeasurementsCompleted = (instrument, _) =>
        {
            lock (gate) records.Remove(instrument);
        };
        listener.SetMeasurementEventCallback<long>((_, value, labels, record) => Take(record, value, labels));
        listener.SetMeasurementEventCallback<double>((_, value, labels, record) => Take(record, value, labels));
        listener.Start();
    }

    /// <summary>A meter that only this collector listens to, for what is measured of one appliance and not of the process.</summary>
    public Meter CreateMeter(string name) => new(new MeterOptions(name) { Scope = this });

    /// <summary>Everything that is measured, in the order of the names.</summary>
    public IReadOnlyList<MetricFamily> Collect()
    {
        lock (gate)
        {
            foreach (var record in records.Values) record.Forget();
            listener.RecordObservableInstruments();
            return [.. records.Values.GroupBy(record => record.Name).OrderBy(named => named.Key, StringComparer.Ordinal).Select(InstrumentRecord.Merge)];
        }
    }

    /// <inheritdoc/>
    public void Dispose() => listener.Dispose();

    private void OnPublished(Instrument instrument, MeterListener all)
    {
        if (!instrument.Meter.Name.StartsWith(MeterPrefix, StringComparison.Ordinal) || (instrument.Meter.Scope is { } scope && scope != this)) return;
        var record = new InstrumentRecord(instrument);
        lock (gate) records[instrument] = record;
        all.EnableMeasurementEvents(instrument, record);
    }

    private void Take(object? record, double value, ReadOnlySpan<KeyValuePair<string, object?>> labels)
    {
        lock (gate) ((InstrumentRecord)record!).Take(value, labels);
    }
}
