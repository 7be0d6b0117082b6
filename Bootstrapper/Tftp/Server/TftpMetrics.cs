using System.Diagnostics.Metrics;
using Sextant.Primitives;

namespace Sextant.Tftp.Server;

/// <summary>Counters of the TFTP server (meter <c>Sextant.Tftp</c>).</summary>
internal static class TftpMetrics
{
    private static readonly Meter Meter = new("Sextant.Tftp");
    private static readonly Tally<TftpRefusal> Refusals = new("reason");
    private static readonly Tally<TransferEnd> Ends = new("end");
    private static long running;
    private static long sent;

    static TftpMetrics()
    {
        Meter.CreateObservableCounter("sextant.tftp.refused", () => Refusals.Measure(), "{request}", "Requests that got no file, by reason.");
        Meter.CreateObservableCounter("sextant.tftp.transfers", () => Ends.Measure(), "{transfer}", "Transfers that ended, by how they did.");
        Meter.CreateObservableCounter("sextant.tftp.sent", () => Interlocked.Read(ref sent), "By", "Octets of files sent, those that were sent again included.");
        Meter.CreateObservableUpDownCounter("sextant.tftp.running", () => Interlocked.Read(ref running), "{transfer}", "Transfers under way, those whose file is being opened included.");
    }

    /// <summary>A request that gets no file.</summary>
    public static void Refused(TftpRefusal reason) => Refusals.Count(reason);

    /// <summary>A transfer that ended.</summary>
    public static void Ended(TransferEnd how) => Ends.Count(how);

    /// <summary>Transfers that began (1) or are over (-1).</summary>
    public static void Running(int change) => Interlocked.Add(ref running, change);

    /// <summary>Octets of a file that left.</summary>
    public static void Sent(int octets) => Interlocked.Add(ref sent, octets);
}
