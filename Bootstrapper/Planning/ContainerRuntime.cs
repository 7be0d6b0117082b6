using System.Text;
using Sextant.Cluster;

namespace Sextant.Planning;

/// <summary>
/// What makes a machine run containers: containerd, the operating system's or the site's, which gets every image from the site's registry, whatever registry
/// the image's name begins with, and from nowhere else. An account at an external registry is not among the files: the machine gets it in exchange for its
/// ticket, and containerd does not start before.
/// </summary>
internal static class ContainerRuntime
{
    /// <summary>The name under which a machine asks for its registry and account.</summary>
    public const string CredentialsName = "registry-credentials";

    private const string Unit = "containerd.service";
    private const string Configuration = "/etc/containerd/config.toml";
    private const string Hosts = "/etc/containerd/certs.d/_default/hosts.toml";
    private const string RegistryCa = "/etc/sextant/registry-ca.crt";

    /// <summary>The runtime's part of the plan.</summary>
    public static PlanPart Plan(PlanInput input)
    {
        var program = input.System.Containerd;
        var values = new Dictionary<string, object>
        {
            ["pause"] = input.Material.Pins.Image("registry.k8s.io/pause"),
            ["hosts"] = Hosts,
            ["configuration"] = program.NamesConfiguration ? Configuration : "",
            ["programs"] = Folders.Programs,
        };
        return new PlanPart
        {
            Files =
            [
                input.File(Configuration, Permissions.Public, program.Template, values),
                input.File("/etc/systemd/system/containerd.service.d/10-sextant.conf", Permissions.Public, "node/containerd.conf", values),
                .. input.Material.Files.RegistryCa is { } pem ? new[] { new PlannedFile(RegistryCa, Permissions.Public, "root:root", pem) } : [],
                .. HasAccount(input.Cluster) ? [] : new[] { new PlannedFile(Hosts, Permissions.Public, "root:root", RegistryHosts(input.Cluster, input.Material)) },
            ],
            Units = [program.FromArchive ? input.Unit(Unit, "node/containerd.service", values) : new PlannedUnit(Unit, null, true)],
            Downloads = program.FromArchive ? Downloads(input.Material.Pins) : [],
            Secrets = HasAccount(input.Cluster) ? [new PlannedSecret(CredentialsName, Hosts, "root:root")] : [],
            WaitingUnits = HasAccount(input.Cluster) ? [Unit] : [],
        };
    }

    /// <summary>Where containerd gets images, with the account if there is one.</summary>
    public static string RegistryHosts(ClusterDescription cluster, PlanMaterial material)
    {
        var files = material.Files;
        var account = cluster.Registry.Username is { } username && files.RegistryPassword is { } password
            // RFC 7617 section 2.1: UTF-8, as every registry reads it today.
            ? "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{username}:{password}"))
            : "";
        var authority = cluster.Registry.Mode is RegistryMode.Builtin ? "/etc/sextant/sextant-ca.crt" : files.RegistryCa is null ? "" : RegistryCa;
        return material.Templates.Fill("node/hosts.toml", new Dictionary<string, object>
        {
            ["registry"] = BootNetwork.Of(cluster).RegistryBase, ["authority"] = authority, ["authorization"] = account,
        });
    }

    private static PlannedDownload[] Downloads(SitePins pins) =>
    [
        new(pins.File("containerd"), Folders.Programs, Unpacking.ArchiveFolder),
        new(pins.File("runc"), $"{Folders.Programs}/runc", Unpacking.Program),
    ];

    private static bool HasAccount(ClusterDescription cluster) => cluster.Registry.Username is not null;
}
