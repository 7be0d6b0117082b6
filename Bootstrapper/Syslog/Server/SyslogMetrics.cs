using System.Diagnostics.Metrics;
using Sextant.Primitives;

namespace Sextant.Syslog.Server;

/// <summary>Over what messages come.</summary>
internal enum SyslogTransport
{
    /// <summary>A datagram each.</summary>
    Udp,
    /// <summary>A stream of them.</summary>
    Tcp,
}

/// <summary>Counters of the syslog server (meter <c>Sextant.Syslog</c>).</summary>
internal static class SyslogMetrics
{
    private static readonly Meter Meter = new("Sextant.Syslog");
    private static readonly Tally<SyslogTransport> Kept = new("transport");
    private static readonly Tally<SyslogRefusal> Refusals = new("reason");
    private static long connections;

    static SyslogMetrics()
    {
        Meter.CreateObservableCounter("sextant.syslog.kept", () => Kept.Measure(), "{message}", "Messages that became lines of machines' logs, by transport.");
        Meter.CreateObservableCounter("sextant.syslog.refused", () => Refusals.Measure(), "{message}", "Messages that were dropped, by reason.");
        Meter.CreateObservableUpDownCounter("sextant.syslog.connections", () => Interlocked.Read(ref connections), "{connection}", "TCP connections of senders.");
    }

    /// <summary>A message that is kept.</summary>
    public static void Took(SyslogTransport transport) => Kept.Count(transport);

    /// <summary>A message that is not.</summary>
    public static void Refused(SyslogRefusal reason) => Refusals.Count(reason);

    /// <summary>A connection came (1) or went (-1).</summary>
    public static void Connections(int change) => Interlocked.Add(ref connections, change);
}
