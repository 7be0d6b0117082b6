using System.Diagnostics.Metrics;
using Sextant.Primitives;

namespace Sextant.Dns.Server;

/// <summary>Counters of the DNS server (meter <c>Sextant.Dns</c>). They are counted in place and read when somebody asks, so that a query pays an addition.</summary>
internal static class DnsMetrics
{
    private static readonly Tally<DnsReason> Answers = new("reason");
    private static readonly Tally<ForwardFailure> ForwardFailures = new("reason");
    private static readonly Meter Meter = new("Sextant.Dns");
    private static long queriesToUpstreams;
    private static long unsent;
    private static long connections;
    private static long cacheEntries;
    private static long openQuestions;

    static DnsMetrics()
    {
        Meter.CreateObservableCounter("sextant.dns.answers", () => Answers.Measure(), "{message}", "Messages, by what became of them and why.");
        Meter.CreateObservableCounter("sextant.dns.forward_failures", () => ForwardFailures.Measure(), "{question}", "Questions to upstream resolvers without an answer.");
        Meter.CreateObservableCounter("sextant.dns.upstream_queries", () => Interlocked.Read(ref queriesToUpstreams), "{message}", "Queries sent to upstream resolvers.");
        Meter.CreateObservableCounter("sextant.dns.unsent", () => Interlocked.Read(ref unsent), "{message}", "Replies that the system did not take.");
        Meter.CreateObservableUpDownCounter("sextant.dns.connections", () => Interlocked.Read(ref connections), "{connection}", "TCP connections of clients.");
        Meter.CreateObservableGauge("sextant.dns.cache_entries", () => Interlocked.Read(ref cacheEntries), "{entry}", "Answers of upstream resolvers that are kept.");
        Meter.CreateObservableGauge("sextant.dns.open_questions", () => Interlocked.Read(ref openQuestions), "{question}", "Questions that upstream resolvers are asked at present.");
    }

    /// <summary>A message that was answered, forwarded or dropped.</summary>
    public static void Counted(DnsReason reason) => Answers.Count(reason);

    /// <summary>A question without an answer.</summary>
    public static void Failed(ForwardFailure failure) => ForwardFailures.Count(failure);

    /// <summary>A query to an upstream.</summary>
    public static void Asked() => Interlocked.Increment(ref queriesToUpstreams);

    /// <summary>Replies that could not be sent.</summary>
    public static void Unsent(int count) => Interlocked.Add(ref unsent, count);

    /// <summary>A connection came (1) or went (-1).</summary>
    public static void Connections(int change) => Interlocked.Add(ref connections, change);

    /// <summary>How full everything is.</summary>
    public static void Levels(int entries, int open)
    {
        Interlocked.Exchange(ref cacheEntries, entries);
        Interlocked.Exchange(ref openQuestions, open);
    }
}
