using System.Diagnostics.Metrics;
using Sextant.Primitives;

namespace Sextant.Ntp.Server;

/// <summary>Counters of the time service (meter <c>Sextant.Ntp</c>).</summary>
internal static class NtpMetrics
{
    private static readonly Meter Meter = new("Sextant.Ntp");
    private static readonly Tally<NtpAdmission> Answers = new("admission");
    private static readonly Tally<NtpRefusal> Refusals = new("reason");

    static NtpMetrics()
    {
        Meter.CreateObservableCounter("sextant.ntp.answered", () => Answers.Measure(), "{packet}", "Answers: the time, or a request to ask less often (Kissed).");
        Meter.CreateObservableCounter("sextant.ntp.refused", () => Refusals.Measure(), "{packet}", "Packets without an answer, by reason.");
    }

    /// <summary>An answer.</summary>
    public static void Answered(NtpAdmission admission) => Answers.Count(admission);

    /// <summary>A packet without one.</summary>
    public static void Refused(NtpRefusal reason) => Refusals.Count(reason);
}
