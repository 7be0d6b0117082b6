namespace Sextant.Planning;

/// <summary>
/// What a machine proves with that it is itself once it is installed: a certificate of the Sextant authority in the name of its MAC. It opens the
/// bootstrapper's <c>/node/{mac}/</c> and nothing else, because no other service trusts that authority for clients. With it, a timer on the machine renews
/// every certificate of the plan, itself included, long before it ends.
/// </summary>
public static class MachineIdentity
{
    /// <summary>The certificate's name in the plan and in URLs.</summary>
    public const string CertificateName = "machine";

    /// <summary>Subject O of every machine's certificate.</summary>
    public const string Organization = "sextant:machines";

    private const string Timer = "sextant-renew.timer";
    private const string Service = "sextant-renew.service";

    /// <summary>The identity's part of the plan.</summary>
    internal static PlanPart Plan(PlanInput input)
    {
        var none = new Dictionary<string, object>();
        return new PlanPart
        {
            Files = [input.File("/etc/sextant/renew", Permissions.Executable, "node/renew.sh", none)],
            Units =
            [
                input.Unit(Service, "node/sextant-renew.service", none) with { Enabled = false },
                input.Unit(Timer, "node/sextant-renew.timer", none),
            ],
            Certificates =
            [
                new PlannedCertificate(
                    CertificateName, CertificateAuthorityName.Sextant, input.Node.Mac.ToHyphenString(), Organization, [], [], ServerAuth: false, ClientAuth: true,
                    "/etc/sextant/machine.key", "/etc/sextant/machine.crt", "root:root"),
            ],
        };
    }
}
