using Sextant.Lifecycle;
using Sextant.Planning;
using Sextant.Primitives;

namespace Sextant.Pki;

/// <summary>What a machine's wish for a fresh certificate gave.</summary>
public abstract record RenewalOutcome
{
    private RenewalOutcome() { }

    /// <summary>Signed.</summary>
    /// <param name="CertificatePem">The certificate.</param>
    /// <param name="NotAfter">Its end.</param>
    public sealed record Signed(string CertificatePem, DateTimeOffset NotAfter) : RenewalOutcome;

    /// <summary>Refused.</summary>
    /// <param name="Reason">Why.</param>
    /// <param name="Detail">More of it, for the machine and the operator.</param>
    /// <param name="RetryAfter">When to ask again; null where nobody knows.</param>
    public sealed record Refused(RefusalReason Reason, string Detail, TimeSpan? RetryAfter = null) : RenewalOutcome;
}

/// <summary>
/// Signs a certificate of a machine's plan again, for a machine that has proved to be itself. As with enrolment, the machine chooses nothing but the key: names and
/// usages are those of the plan in force, so that a machine whose roles have changed gets what they are now.
/// </summary>
public sealed partial class Renewal(SiteAuthorities authorities, ILogger<Renewal> logger)
{
    /// <summary>Handles one request.</summary>
    /// <param name="machine">The machine's record.</param>
    /// <param name="plan">The machine's plan in force.</param>
    /// <param name="name">The certificate's name in the plan; any text.</param>
    /// <param name="requestPem">The certificate request; any text.</param>
    /// <param name="now">The time.</param>
    public RenewalOutcome Sign(Machine machine, NodePlan plan, string name, string requestPem, DateTimeOffset now)
    {
        if (plan.Certificates.FirstOrDefault(one => one.Name == name) is not { } planned)
            return Refuse(machine.Mac, name, new RenewalOutcome.Refused(RefusalReason.CertificateNotPlanned, name));
        if (RenewalLimit.WaitFor(machine.Renewals, name, now) is { Ticks: > 0 } wait)
            return Refuse(machine.Mac, name, new RenewalOutcome.Refused(
                RefusalReason.TooManyRenewals, $"{RenewalLimit.Limit} times within {RenewalLimit.Window.TotalMinutes:0} minutes", wait));
        return CertificateSigningRequest.Read(requestPem) switch
        {
            CertificateSigningRequest.Valid valid => Sign(machine.Mac, planned, valid, now),
            CertificateSigningRequest.Invalid(var problem) => Refuse(machine.Mac, name, new RenewalOutcome.Refused(RefusalReason.BadCertificateRequest, problem)),
            var other => throw new InvalidOperationException($"no case for {other}"),
        };
    }

    private RenewalOutcome.Signed Sign(MacAddress mac, PlannedCertificate planned, CertificateSigningRequest.Valid valid, DateTimeOffset now)
    {
        using var certificate = authorities[planned.Authority].Issue(CertificateProfile.Of(planned), valid.PublicKey, now);
        var notAfter = new DateTimeOffset(certificate.NotAfter.ToUniversalTime());
        LogRenewed(logger, mac, planned.Name, certificate.SerialNumber, notAfter);
        return new RenewalOutcome.Signed(certificate.ExportCertificatePem() + "\n", notAfter);
    }

    private RenewalOutcome.Refused Refuse(MacAddress mac, string name, RenewalOutcome.Refused refused)
    {
        LogRefused(logger, mac, name, refused.Reason);
        return refused;
    }

    [LoggerMessage(2060, LogLevel.Information, "{Mac}: renewed {Certificate}, serial {Serial}, valid until {NotAfter:yyyy-MM-dd HH:mm:ssK}")]
    private static partial void LogRenewed(ILogger logger, MacAddress mac, string certificate, string serial, DateTimeOffset notAfter);

    [LoggerMessage(2061, LogLevel.Debug, "{Mac}: refused to renew {Certificate}: {Reason}")]
    private static partial void LogRefused(ILogger logger, MacAddress mac, string certificate, RefusalReason reason);
}
