using System.Diagnostics.Metrics;
using Sextant.Dhcp.Wire;
using Sextant.Primitives;

namespace Sextant.Dhcp.Server;

/// <summary>Counters of the DHCP server (meter <c>Sextant.Dhcp</c>).</summary>
internal static class DhcpMetrics
{
    private const string MeterName = "Sextant.Dhcp";

    private static readonly Meter Meter = new(MeterName);
    private static readonly Tally<DhcpMessageType> Replies = new("type");
    private static readonly Tally<DhcpRefusal> Refusals = new("reason");
    private static readonly Tally<DhcpError> Errors = new("reason");
    private static long bootReplies;
    private static long conflicts;

    static DhcpMetrics()
    {
        Meter.CreateObservableCounter(
            "sextant.dhcp.answered", () => Replies.Measure().Append(new Measurement<long>(Interlocked.Read(ref bootReplies), new KeyValuePair<string, object?>("type", "BootReply"))),
            "{message}", "Replies, by message type.");
        Meter.CreateObservableCounter("sextant.dhcp.refused", () => Refusals.Measure(), "{message}", "Messages refused or left unanswered, by reason.");
        Meter.CreateObservableCounter("sextant.dhcp.malformed", () => Errors.Measure(), "{datagram}", "Datagrams that are no DHCP message, by what is wrong with them.");
        Meter.CreateObservableCounter("sextant.dhcp.conflicts", () => Interlocked.Read(ref conflicts), "{address}", "Addresses that were found in use before they were offered.");
    }

    /// <summary>Counts a server's leases whenever somebody asks, until the meter is disposed of.</summary>
    /// <param name="leases">Every stored lease.</param>
    /// <param name="time">Tells which are over.</param>
    public static Meter Watch(Func<IReadOnlyList<Lease>> leases, TimeProvider time)
    {
        var meter = new Meter(MeterName);
        meter.CreateObservableGauge("sextant.dhcp.leases", () => ByStanding(leases(), time.GetUtcNow()), "{lease}", "Leases, by what they are now; an expired one is the memory of who had the address.");
        return meter;
    }

    /// <summary>An address that was about to be offered is in use.</summary>
    public static void Conflict() => Interlocked.Increment(ref conflicts);

    /// <summary>A reply.</summary>
    public static void Answered(DhcpPacket reply)
    {
        if (reply.Options.Read(out DhcpMessageType type) is OptionRead.Present) Replies.Count(type);
        else Interlocked.Increment(ref bootReplies);
    }

    /// <summary>A message that got a NAK or no answer.</summary>
    public static void Refused(DhcpRefusal reason) => Refusals.Count(reason);

    /// <summary>A datagram that is no message.</summary>
    public static void NotDhcp(DhcpError error) => Errors.Count(error);

    private static IEnumerable<Measurement<long>> ByStanding(IReadOnlyList<Lease> leases, DateTimeOffset now) =>
        Enum.GetValues<LeaseStanding>().Select(standing => new Measurement<long>(
            leases.Count(lease => lease.StandingAt(now) == standing), new KeyValuePair<string, object?>("state", standing.ToString())));
}
