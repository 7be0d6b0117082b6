using Sextant.Lifecycle;
using Sextant.Pki;
using Sextant.Planning;
using Sextant.Primitives;

namespace Sextant.Boot;

/// <summary>
/// Whether the certificate a peer showed opens what is below a machine's <c>/node/{mac}/</c> now. It is asked on each request: a machine that is taken out of the
/// file, held, or about to be reinstalled is refused at once, whatever its certificate says, so that no list of revoked certificates is needed.
/// </summary>
public static class NodeAdmission
{
    /// <summary>A certificate's dates have whole seconds.</summary>
    private static readonly TimeSpan Precision = TimeSpan.FromSeconds(1);

    /// <summary>Decides. The first reason that applies, from who asks to what became of it, is the one that is told.</summary>
    /// <param name="shown">What the peer showed.</param>
    /// <param name="mac">The machine in the path.</param>
    /// <param name="machine">Its record; null when it was never seen.</param>
    /// <param name="entitlement">What the plan grants it.</param>
    public static Admission Decide(ShownCertificate shown, MacAddress mac, Machine? machine, Entitlement entitlement) => shown switch
    {
        ShownCertificate.Missing => Denied(
            RefusalReason.CertificateMissing, "Show /etc/sextant/machine.crt of the machine in the TLS handshake, when it is asked for after the request (curl --cert and --key do)."),
        ShownCertificate.Untrusted(var problem) => Denied(RefusalReason.CertificateNotTrusted, $"({PrintableText.Bounded(problem, 200)})"),
        ShownCertificate.OutOfDate(var from, var to) => Denied(
            RefusalReason.CertificateExpired, $"It is valid from {from:u} to {to:u}. Set the machine's clock; if the certificate is really over, ask for a reinstall of the machine."),
        ShownCertificate.OfMachine(var shownMac, _) when shownMac != mac => Denied(RefusalReason.CertificateOfAnotherMachine, $"It says {shownMac.ToHyphenString()}."),
        ShownCertificate.OfMachine(_, var issued) => Decide(issued, machine, entitlement),
        _ => throw new InvalidOperationException($"no case for {shown}"),
    };

    private static Admission Decide(DateTimeOffset issued, Machine? machine, Entitlement entitlement) => machine switch
    {
        _ when entitlement is not Entitlement.Node => Denied(RefusalReason.UnknownMachine, "Add it to the cluster description, or set unknown_machines to worker."),
        { HoldReason: not null } => Denied(RefusalReason.MachineHeld, "The operator releases it; ask again then."),
        not { IsInstalled: true, IsEnrolled: true } => Denied(RefusalReason.NotEnrolled, "A machine gets this from the end of its enrolment until it is reinstalled."),
        { InstallBegan: { } began } when issued + Precision < began => Denied(
            RefusalReason.CertificateOfEarlierInstall, $"It was issued at {issued:u}, and the install began at {began:u}. Only the system that was installed last is the machine."),
        _ => new Admission.Admitted(machine),
    };

    private static Admission.Denied Denied(RefusalReason reason, string explanation) => new(reason, explanation);
}
