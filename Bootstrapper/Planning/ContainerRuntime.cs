using System.Text;
using Sextant.Cluster;

namespace Sextant.Planning;

/// <summary>
/// What makes a machine run containers: containerd 1.7 as Debian 13 ships it (configuration version 2), which gets every image from the site's registry,
/// whatever registry the image's name begins with, and from nowhere else. An account at an external registry is not among the files: the machine gets it in
/// exchange for its ticket, and containerd does not start before.
/// </summary>
internal static class ContainerRuntime
{
    /// <summary>The name under which a machine asks for its registry and account.</summary>
    public const string CredentialsName = "registry-credentials";

    private const string Unit = "containerd.service";
    private const string Hosts = "/etc/containerd/certs.d/_default/hosts.toml";
    private const string RegistryCa = "/etc/sextant/registry-ca.crt";

    /// <summary>The runtime's part of the plan.</summary>
    public static PlanPart Plan(PlanInput input)
    {
        var values = new Dictionary<string, object> { ["pause"] = input.Material.Pins.Image("registry.k8s.io/pause"), ["hosts"] = Hosts };
        return new PlanPart
        {
            Files =
            [
                input.File("/etc/containerd/config.toml", Permissions.Public, "node/containerd.toml", values),
                input.File("/etc/systemd/system/containerd.service.d/10-sextant.conf", Permissions.Public, "node/containerd.conf", values),
                .. input.Material.Files.RegistryCa is { } pem ? new[] { new PlannedFile(RegistryCa, Permissions.Public, "root:root", pem) } : [],
                .. HasAccount(input.Cluster) ? [] : new[] { new PlannedFile(Hosts, Permissions.Public, "root:root", RegistryHosts(input.Cluster, input.Material)) },
            ],
            Units = [new PlannedUnit(Unit, null, true)],
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

    private static bool HasAccount(ClusterDescription cluster) => cluster.Registry.Username is not null;
}
