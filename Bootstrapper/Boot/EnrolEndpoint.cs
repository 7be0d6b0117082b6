using Sextant.Cluster;
using Sextant.Lifecycle;
using Sextant.Pki;
using Sextant.Storage;

namespace Sextant.Boot;

/// <summary>
/// <c>POST /enroll/{mac}/{certificate}</c>, HTTPS only: a key made on the machine becomes a certificate of the plan, against the one-time ticket of
/// its configuration. The machine is enrolled when it has every certificate.
/// </summary>
public sealed class EnrolEndpoint(MachineStore machines, Enrolment enrolment)
{
    private const string Scheme = "Bearer ";

    /// <summary>Lets only encrypted requests through: a ticket that crossed the wire in the clear is not proof of anything.</summary>
    public static RequestDelegate OverHttpsOnly(RequestDelegate serve) => context => context.Request.IsHttps
        ? serve(context)
        : PlainText.WriteAsync(context, StatusCodes.Status403Forbidden,
            "Certificates are signed over HTTPS only, so that the machine knows whom it asks. Use the https address and the pinned authority of its configuration.");

    /// <summary>Answers one request for one certificate.</summary>
    public async Task<Reply> ServeAsync(MachineRequest request)
    {
        var machine = request.Machine;
        if (request.Plan.For(request.Mac, machine.Address) is not { } plan || !(machine.IsInstalled || Admission.IsInstalling(machine)))
            return new Reply.Refused(RefusalReason.NotInstalling, "A machine enrols once for each install, with the ticket of that install. Ask for a reinstall to begin another.");
        if (request.Plan.Description.Enrollment is Enrollment.Approve && !machine.IsApproved)
            return new Reply.Refused(RefusalReason.AwaitingApproval, $"The operator says yes with POST /api/v1/nodes/{request.Mac.ToHyphenString()}/approve; ask again then.");
        var ticket = request.Authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? request.Authorization[Scheme.Length..].Trim() : "";
        var asked = new EnrolmentRequest(request.Mac, request.Peer, machine.Attempt, request.Item, ticket, request.Body);
        return await enrolment.SignAsync(asked, plan, request.Now) switch
        {
            EnrolmentOutcome.Signed signed => await RecordAsync(request, signed),
            EnrolmentOutcome.Refused refused => new Reply.Refused(refused.Reason, refused.Detail.Length == 0 ? "" : $"({PlainText.Bounded(refused.Detail, 200)})"),
            var other => throw new InvalidOperationException($"no reply for {other}"),
        };
    }

    /// <summary>A certificate is told once for each install, even when its answer was lost and it was asked for again.</summary>
    private async Task<Reply> RecordAsync(MachineRequest request, EnrolmentOutcome.Signed signed)
    {
        var thisInstall = request.Machine.Timeline.FindLastIndex(happened => happened is ScriptServed { Action: BootAction.Install });
        var told = request.Machine.Timeline.Skip(thisInstall + 1).Any(happened => happened is CertificateIssued issued && issued.Name == request.Item);
        if (!(signed.Again && told)) await machines.RecordAsync(new CertificateIssued(request.Mac, request.Now, request.Item, signed.NotAfter));
        if (signed.Complete && !request.Machine.IsEnrolled) await machines.RecordAsync(new Enrolled(request.Mac, request.Now));
        return new Reply.Document("application/x-pem-file", signed.CertificatePem);
    }
}
