namespace Sextant.Health;

/// <summary>What one probe of an etcd member found.</summary>
/// <param name="Healthy">It answers and says that it has a leader.</param>
/// <param name="Detail">Why not; empty when healthy.</param>
public readonly record struct ProbeResult(bool Healthy, string Detail);

/// <summary>
/// Turns a member's probe results into changes worth telling. One success makes a member healthy; only <see cref="FailureLimit"/> failures in a row
/// make a healthy one unhealthy, so that a lost packet is no alarm. A member that was never healthy is still starting, which is no alarm either. Pure.
/// </summary>
/// <param name="Failures">Failures since the last success.</param>
public readonly record struct EtcdHealthCount(int Failures)
{
    /// <summary>Failures in a row that count.</summary>
    public const int FailureLimit = 3;

    /// <summary>The count after one more probe, and the change to tell; null when there is none.</summary>
    /// <param name="known">What the member's record says: null before its first answer.</param>
    /// <param name="probe">The probe.</param>
    public (EtcdHealthCount Next, ProbeResult? Change) After(bool? known, ProbeResult probe)
    {
        if (probe.Healthy) return (new EtcdHealthCount(0), known is true ? null : probe);
        var next = new EtcdHealthCount(Math.Min(Failures + 1, FailureLimit));
        return (next, known is true && next.Failures == FailureLimit ? probe : null);
    }
}
