using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Sextant.Status.Metrics;

/// <summary>The process itself, by the names that Prometheus' own libraries give these numbers.</summary>
internal static class ProcessFacts
{
    /// <summary>Adds them.</summary>
    public static void AddTo(Meter meter)
    {
        var startedAt = StartedAt();
        meter.CreateObservableCounter("process.cpu", () => Of(process => process.TotalProcessorTime.TotalSeconds), "s", "Processor time used.");
        meter.CreateObservableGauge("process.resident_memory", () => Of(process => (double)process.WorkingSet64), "By", "Memory that is resident.");
        meter.CreateObservableGauge("process.threads", () => Of(process => (double)process.Threads.Count), "{thread}", "Threads.");
        meter.CreateObservableGauge("process.open_fds", () => (double)Directory.EnumerateFileSystemEntries("/proc/self/fd").Count(), "{descriptor}", "Open file descriptors.");
        meter.CreateObservableGauge("process.start_time", () => startedAt, "s", "When the process started, in seconds since 1970.");
        meter.CreateObservableGauge(
            "sextant.build_info", () => new Measurement<long>(1, new KeyValuePair<string, object?>("version", typeof(ProcessFacts).Assembly.GetName().Version?.ToString(3))), "{build}",
            "Always 1; the label is the version.");
    }

    private static double StartedAt() => Of(process => new DateTimeOffset(process.StartTime).ToUnixTimeMilliseconds() / 1000.0);

    private static double Of(Func<Process, double> read)
    {
        using var process = Process.GetCurrentProcess();
        return read(process);
    }
}
