using Sextant.Cluster;
using Sextant.Lifecycle;
using Sextant.Pki;
using Sextant.Primitives;
using Sextant.Storage;

namespace Sextant.Boot;

/// <summary>
/// <c>POST /enroll/{mac}/{name}</c>, HTTPS only: against the one-time ticket of its configuration, a key made on the machine becomes a certificate of the
/// plan, and a secret of the plan is handed out. The machine is enrolled when it has all of them.
/// </summary>
public sealed class EnrolEndpoint(MachineStore machines, Enrolment enrolment)
{
    private const string Scheme = "Bearer ";

    /// <summary>Lets only encrypted requests through: a ticket that crossed the wire in the clear is not proof of anything.</summary>
    public static RequestDelegate OverHttpsOnly(RequestDelegate serve) => context => context.Request.IsHttps
        ? serve(context)
        : PlainText.WriteAsync(context, StatusCodes.Status403Forbidden,
            "Certificates are signed and secrets handed out over HTTPS only, so that the machine knows whom it asks. Use the https address and the pinned authority of its configuration.");

    /// <summary>Answers one request for one certificate or secret.</summary>
    public async Task<Reply> ServeAsync(MachineRequest request)
    {
        var machine = request.Machine;
        if (request.Plan.For(request.Mac, machine.Address) is not { } plan || !(machine.IsInstalled || machine.IsInstalling))
            return new Reply.Refused(RefusalReason.NotInstalling, "A machine enrols once for each install, with the ticket of that install. Ask for a reinstall to begin another.");
        if (request.Plan.Description.Enrollment is Enrollment.Approve && !machine.IsApproved)
            return new Reply.Refused(RefusalReason.AwaitingApproval, $"The operator says yes with 'sextant node approve {request.Mac}'; ask again then.");
        var ticket = request.Authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? request.Authorization[Scheme.Length..].Trim() : "";
        var asked = new EnrolmentRequest(request.Mac, request.Peer, machine.Attempt, request.Item, ticket, request.Body);
        return await enrolment.SignAsync(asked, plan, request.Now) switch
        {
            EnrolmentOutcome.Signed signed => await RecordAsync(request, signed),
            EnrolmentOutcome.Released released => await RecordAsync(request, released),
            EnrolmentOutcome.Refused refused => new Reply.Refused(refused.Reason, refused.Detail.Length == 0 ? "" : $"({PrintableText.Bounded(refused.Detail, 200)})"),
            var other => throw new InvalidOperationException($"no reply for {other}"),
        };
    }

    /// <summary>A certificate is told once for each install, even when its answer was lost and it was asked for again.</summary>
    private async Task<Reply> RecordAsync(MachineRequest request, EnrolmentOutcome.Signed signed)
    {
        var told = SinceThisInstall(request.Machine).Any(happened => happened is CertificateIssued issued && issued.Name == request.Item);
        if (!(signed.Again && told)) await machines.RecordAsync(new CertificateIssued(request.Mac, request.Now, request.Item, signed.NotAfter));
        await CompleteAsync(request, signed.Complete);
        return new Reply.Document("application/x-pem-file", signed.CertificatePem);
    }

    /// <summary>So is a secret.</summary>
    private async Task<Reply> RecordAsync(MachineRequest request, EnrolmentOutcome.Released released)
    {
        var content = request.Plan.ContentOf(released.Secret);
        var told = SinceThisInstall(request.Machine).Any(happened => happened is SecretReleased before && before.Name == request.Item);
        if (!(released.Again && told)) await machines.RecordAsync(new SecretReleased(request.Mac, request.Now, request.Item));
        await CompleteAsync(request, released.Complete);
        return new Reply.Document("text/plain; charset=utf-8", content);
    }

    private async Task CompleteAsync(MachineRequest request, bool complete)
    {
        if (complete && !request.Machine.IsEnrolled) await machines.RecordAsync(new Enrolled(request.Mac, request.Now));
    }

    private static IEnumerable<MachineEvent> SinceThisInstall(Machine machine) =>
        machine.Timeline.Skip(machine.Timeline.FindLastIndex(happened => happened is ScriptServed { Action: BootAction.Install }) + 1);
}
