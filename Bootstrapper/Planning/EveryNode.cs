
namespace Sextant.Planning;

/// <summary>What every machine gets whatever its roles: its network, its time, the names of the others, the pinned authority and the enrolment.</summary>
internal static class EveryNode
{
    /// <summary>The common part of the plan.</summary>
    /// <param name="input">What the plan is made from.</param>
    /// <param name="own">What the machine is besides: everything it asks for with its ticket, and the units to start once that is in.</param>
    public static PlanPart Plan(PlanInput input, PlanPart own)
    {
        var values = new Dictionary<string, object> { ["hosts"] = Hosts(input), ["programs"] = Folders.Programs };
        var enrolment = new Dictionary<string, object>
        {
            ["mac"] = input.Node.Mac.ToHyphenString(),
            ["https_base"] = BootNetwork.Of(input.Cluster).HttpsBase,
            ["waiting_units"] = string.Join(' ', own.WaitingUnits),
            ["certificates"] = own.Certificates.Select(one => new Dictionary<string, object>
            {
                ["name"] = one.Name,
                ["key"] = one.KeyPath,
                ["certificate"] = one.CertificatePath,
                ["owner"] = one.Owner,
            }).ToArray(),
            ["secrets"] = own.Secrets.Select(one => new Dictionary<string, object> { ["name"] = one.Name, ["path"] = one.Path, ["owner"] = one.Owner }).ToArray(),
        };
        return new PlanPart
        {
            Files =
            [
                input.File("/etc/hosts", Permissions.Public, "node/hosts", values),
                .. NodeNetwork.Plan(input).Files,
                .. NodeTime.Plan(input).Files,
                .. input.System.Files,
                input.File("/etc/profile.d/sextant.sh", Permissions.Public, "node/profile.sh", values),
                input.Anchor("/etc/sextant/sextant-ca.crt", CertificateAuthorityName.Sextant),
                input.File("/etc/sextant/certificates.sh", Permissions.Public, "node/certificates.sh", enrolment),
                input.File("/etc/sextant/enroll.conf", Permissions.Public, "node/enroll.conf", enrolment),
                input.File("/etc/sextant/enroll", Permissions.Executable, "node/enroll.sh", enrolment),
            ],
            Units = [input.Unit("sextant-enroll.service", "node/sextant-enroll.service", enrolment)],
            MaskedUnits = input.System.MaskedUnits,
        };
    }

    /// <summary>
    /// The bootstrapper, then every machine with a fixed address in the order of the file. A machine whose own address is leased finds its name on
    /// 127.0.1.1, as Debian does: that is right whatever it leases next.
    /// </summary>
    private static Dictionary<string, object>[] Hosts(PlanInput input)
    {
        var bootstrapper = NodePlanner.BootstrapperNames(input.Cluster).SelectMany(name => new[] { input.Fqdn(name), name });
        return
        [
            .. input.Node.Address is null ? new[] { Host("127.0.1.1", [input.Fqdn(input.Node.Hostname), input.Node.Hostname]) } : [],
            Host(input.Cluster.Bootstrapper.Address.ToString(), bootstrapper),
            .. input.Cluster.Nodes.Where(node => node.Address is not null)
                .Select(node => Host(node.Address.ToString()!, [input.Fqdn(node.Hostname), node.Hostname])),
        ];
    }

    private static Dictionary<string, object> Host(string address, IEnumerable<string> names) =>
        new() { ["address"] = address, ["names"] = string.Join(' ', names) };
}
