using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Sextant.Lifecycle;
using Sextant.Primitives;

namespace Sextant.Boot;

/// <summary>Counters of HTTP (meter <c>Sextant.Http</c>): requests by route, and refusals in machines' names.</summary>
public static class BootMetrics
{
    /// <summary>What a path that no route matches, or a method nobody knows, is counted as: peers choose those, and their number has no bound.</summary>
    private const string Other = "other";

    private static readonly Meter Meter = new("Sextant.Http");
    private static readonly Tally<RefusalReason> Refusals = new("reason");
    private static readonly ConcurrentDictionary<(string Route, string Method, int Status), StrongBox<long>> Requests = new();

    static BootMetrics()
    {
        Meter.CreateObservableCounter("sextant.http.requests", Measure, "{request}", "Requests that ended, by route, method and status.");
        Meter.CreateObservableCounter("sextant.boot.refused", () => Refusals.Measure(), "{request}", "Requests in a machine's name that were refused, by reason.");
    }

    /// <summary>A refusal in a machine's name.</summary>
    public static void Refused(RefusalReason reason) => Refusals.Count(reason);

    /// <summary>Runs the rest of the pipeline and counts the request by what became of it.</summary>
    public static async Task CountAsync(HttpContext context, RequestDelegate next)
    {
        await next(context);
        var route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? Other;
        var key = (route, MethodOf(context.Request.Method), context.Response.StatusCode);
        Interlocked.Increment(ref Requests.GetOrAdd(key, _ => new StrongBox<long>()).Value);
    }

    private static string MethodOf(string method) => method is "GET" or "HEAD" or "POST" or "PUT" or "PATCH" or "DELETE" or "OPTIONS" ? method : Other;

    private static IEnumerable<Measurement<long>> Measure() => Requests.Select(pair => new Measurement<long>(
        Interlocked.Read(ref pair.Value.Value),
        new KeyValuePair<string, object?>("route", pair.Key.Route),
        new KeyValuePair<string, object?>("method", pair.Key.Method),
        new KeyValuePair<string, object?>("status", pair.Key.Status.ToString(System.Globalization.CultureInfo.InvariantCulture))));
}
