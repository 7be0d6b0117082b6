using System.Diagnostics.Metrics;
using Sextant.Dhcp.Wire;

namespace Sextant.Dhcp.Server;

/// <summary>Counters of the DHCP server (meter <c>Sextant.Dhcp</c>).</summary>
internal static class DhcpMetrics
{
    private static readonly Meter Meter = new("Sextant.Dhcp");

    private static readonly Counter<long> AnsweredCounter =
        Meter.CreateCounter<long>("sextant.dhcp.answered", "{message}", "Replies, by message type.");

    private static readonly Counter<long> RefusedCounter =
        Meter.CreateCounter<long>("sextant.dhcp.refused", "{message}", "Messages refused or left unanswered, by reason.");

    private static readonly Counter<long> ConflictCounter =
        Meter.CreateCounter<long>("sextant.dhcp.conflicts", "{address}", "Addresses that were found in use before they were offered.");

    /// <summary>An address that was about to be offered is in use.</summary>
    public static void Conflict() => ConflictCounter.Add(1);

    /// <summary>A reply.</summary>
    public static void Answered(DhcpPacket reply)
    {
        if (!AnsweredCounter.Enabled) return;
        var type = reply.Options.Read(out DhcpMessageType value) is OptionRead.Present ? value.ToString() : "BootReply";
        AnsweredCounter.Add(1, new KeyValuePair<string, object?>("type", type));
    }

    /// <summary>A message that got a NAK or no answer.</summary>
    public static void Refused(DhcpRefusal reason)
    {
        if (RefusedCounter.Enabled) RefusedCounter.Add(1, new KeyValuePair<string, object?>("reason", reason.ToString()));
    }

    /// <summary>A datagram that is no message.</summary>
    public static void NotDhcp(DhcpError error)
    {
        if (RefusedCounter.Enabled) RefusedCounter.Add(1, new KeyValuePair<string, object?>("reason", error.ToString()));
    }
}
