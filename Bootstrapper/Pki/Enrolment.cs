using System.Security.Cryptography;
using System.Text;
using Sextant.Lifecycle;
using Sextant.Planning;
using Sextant.Primitives;

namespace Sextant.Pki;

/// <summary>A node's request for one certificate, with everything known about who asks.</summary>
/// <param name="Mac">The machine in whose name it is made.</param>
/// <param name="Peer">The address it comes from.</param>
/// <param name="Attempt">The machine's present install attempt.</param>
/// <param name="Certificate">The certificate's or secret's name in the plan.</param>
/// <param name="Ticket">The ticket it shows; any text.</param>
/// <param name="RequestPem">The certificate request, or for a secret the number it is claimed with; any text.</param>
public sealed record EnrolmentRequest(MacAddress Mac, Ipv4Address Peer, int Attempt, string Certificate, string Ticket, string RequestPem);

/// <summary>What a node's request for a certificate gave.</summary>
public abstract record EnrolmentOutcome
{
    private EnrolmentOutcome() { }

    /// <summary>Signed.</summary>
    /// <param name="CertificatePem">The certificate.</param>
    /// <param name="NotAfter">Its end.</param>
    /// <param name="Again">True when the same key had it before: nothing new happened.</param>
    /// <param name="Complete">True when the machine now has every certificate of its plan.</param>
    public sealed record Signed(string CertificatePem, DateTimeOffset NotAfter, bool Again, bool Complete) : EnrolmentOutcome;

    /// <summary>The ticket is good for a secret of the plan.</summary>
    /// <param name="Secret">Which one.</param>
    /// <param name="Again">True when it was released before: nothing new happened.</param>
    /// <param name="Complete">True when the machine now has everything it asks for with its ticket.</param>
    public sealed record Released(PlannedSecret Secret, bool Again, bool Complete) : EnrolmentOutcome;

    /// <summary>Refused.</summary>
    /// <param name="Reason">Why.</param>
    /// <param name="Detail">More of it, for the peer and the operator; may be empty.</param>
    public sealed record Refused(RefusalReason Reason, string Detail) : EnrolmentOutcome;
}

/// <summary>Signs what a node's plan allows: the plan, then the request, then the ticket have to agree; the ticket is spent before the answer leaves.</summary>
public sealed partial class Enrolment(SiteAuthorities authorities, EnrolmentTickets tickets, ILogger<Enrolment> logger)
{
    /// <summary>The digits of the 256-bit number a secret is asked for with.</summary>
    private const int ClaimLength = 64;

    /// <summary>Handles one request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="plan">The machine's plan.</param>
    /// <param name="now">The time.</param>
    public async Task<EnrolmentOutcome> SignAsync(EnrolmentRequest request, NodePlan plan, DateTimeOffset now)
    {
        if (plan.Secrets.FirstOrDefault(one => one.Name == request.Certificate) is { } secret) return await ReleaseAsync(request, plan, secret, now);
        if (plan.Certificates.FirstOrDefault(one => one.Name == request.Certificate) is not { } planned)
            return Refuse(request, RefusalReason.CertificateNotPlanned, request.Certificate);
        return CertificateSigningRequest.Read(request.RequestPem) switch
        {
            CertificateSigningRequest.Valid valid => await SignAsync(request, plan, planned, valid, now),
            CertificateSigningRequest.Invalid(var problem) => Refuse(request, RefusalReason.BadCertificateRequest, problem),
            var other => throw new InvalidOperationException($"no case for {other}"),
        };
    }

    private async Task<EnrolmentOutcome> SignAsync(
        EnrolmentRequest request, NodePlan plan, PlannedCertificate planned, CertificateSigningRequest.Valid valid, DateTimeOffset now)
    {
        var use = new TicketUse(request.Mac, request.Peer, request.Attempt, request.Certificate, valid.KeyDigest, FixedAddressOf(plan));
        var decision = await tickets.RedeemAsync(request.Ticket, use, now);
        if (decision is TicketDecision.Refuse(var reason)) return Refuse(request, reason, request.Certificate);
        using var certificate = authorities[planned.Authority].Issue(CertificateProfile.Of(planned), valid.PublicKey, now);
        var notAfter = new DateTimeOffset(certificate.NotAfter.ToUniversalTime());
        var complete = IsComplete(request, plan);
        LogSigned(logger, request.Mac, request.Certificate, certificate.SerialNumber, notAfter);
        return new EnrolmentOutcome.Signed(certificate.ExportCertificatePem() + "\n", notAfter, decision is TicketDecision.Reissue, complete);
    }

    /// <summary>
    /// A secret is asked for with a random number of the machine, which takes the place of a key: an answer that got lost is given again to whoever
    /// knows it, and it crossed the network encrypted only. A ticket that was read in the clear is worth nothing once the machine has used it.
    /// </summary>
    private async Task<EnrolmentOutcome> ReleaseAsync(EnrolmentRequest request, NodePlan plan, PlannedSecret secret, DateTimeOffset now)
    {
        var claim = request.RequestPem.TrimEnd('\n');
        if (claim.Length != ClaimLength || !claim.All(char.IsAsciiHexDigitLower))
            return Refuse(request, RefusalReason.BadCertificateRequest, $"{secret.Name} is asked for with {ClaimLength} random hexadecimal digits");
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(claim)));
        var decision = await tickets.RedeemAsync(request.Ticket, new TicketUse(request.Mac, request.Peer, request.Attempt, secret.Name, digest, FixedAddressOf(plan)), now);
        if (decision is TicketDecision.Refuse(var reason)) return Refuse(request, reason, request.Certificate);
        LogReleased(logger, request.Mac, secret.Name);
        return new EnrolmentOutcome.Released(secret, decision is TicketDecision.Reissue, IsComplete(request, plan));
    }

    private static Ipv4Address? FixedAddressOf(NodePlan plan) => plan.HasFixedAddress ? plan.Address : null;

    private bool IsComplete(EnrolmentRequest request, NodePlan plan) =>
        plan.Certificates.Select(one => one.Name).Concat(plan.Secrets.Select(one => one.Name)).All(tickets.CertificatesOf(request.Ticket).Contains);

    private EnrolmentOutcome.Refused Refuse(EnrolmentRequest request, RefusalReason reason, string detail)
    {
        LogRefused(logger, request.Mac, request.Certificate, request.Peer, reason);
        return new EnrolmentOutcome.Refused(reason, detail);
    }

    [LoggerMessage(1301, LogLevel.Information, "{Mac}: signed {Certificate}, serial {Serial}, valid until {NotAfter:yyyy-MM-dd HH:mm:ssK}")]
    private static partial void LogSigned(ILogger logger, MacAddress mac, string certificate, string serial, DateTimeOffset notAfter);

    [LoggerMessage(1350, LogLevel.Information, "{Mac}: handed out {Secret}")]
    private static partial void LogReleased(ILogger logger, MacAddress mac, string secret);

    [LoggerMessage(1302, LogLevel.Debug, "{Mac}: refused to sign {Certificate} for {Peer}: {Reason}")]
    private static partial void LogRefused(ILogger logger, MacAddress mac, string certificate, Ipv4Address peer, RefusalReason reason);
}
