using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;

namespace Sextant.Registry;

/// <summary>Counters of the registry (meter <c>Sextant.Registry</c>).</summary>
internal static class RegistryMetrics
{
    private static readonly Meter Meter = new("Sextant.Registry");
    private static readonly ConcurrentDictionary<(string Resource, string Method, string Outcome), StrongBox<long>> Requests = new();

    static RegistryMetrics() =>
        Meter.CreateObservableCounter("sextant.registry.requests", Measure, "{request}", "Requests to the registry, by what they are about, method, and error code or OK.");

    /// <summary>A request that ended.</summary>
    /// <param name="path">What it is about.</param>
    /// <param name="method">Its method.</param>
    /// <param name="refused">Why it was refused; null when it was not.</param>
    public static void Counted(RegistryPath path, string method, RegistryError? refused)
    {
        // Peers choose methods, and the number of those that nobody knows has no bound.
        var known = RegistryRoutes.MethodsOf(path).Contains(method) ? method : "other";
        Interlocked.Increment(ref Requests.GetOrAdd((path.GetType().Name, known, refused?.Code ?? "OK"), _ => new StrongBox<long>()).Value);
    }

    private static IEnumerable<Measurement<long>> Measure() => Requests.Select(pair => new Measurement<long>(
        Interlocked.Read(ref pair.Value.Value),
        new KeyValuePair<string, object?>("resource", pair.Key.Resource),
        new KeyValuePair<string, object?>("method", pair.Key.Method),
        new KeyValuePair<string, object?>("outcome", pair.Key.Outcome)));
}
