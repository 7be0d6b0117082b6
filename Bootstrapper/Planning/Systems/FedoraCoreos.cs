namespace Sextant.Planning.Systems;

/// <summary>
/// Fedora CoreOS, stable: containerd 2 in the system, /usr read-only, etcd from its archive. SELinux reports and does not forbid: the programs a node fetches
/// carry no labels of the distribution's policy.
/// </summary>
internal static class FedoraCoreos
{
    /// <summary>What differs.</summary>
    public static NodeSystem Facts { get; } = new()
    {
        ResolverFile = "/run/systemd/resolve/resolv.conf",
        Etcd = EtcdProgram.Archive,
        Containerd = new ContainerdProgram(ContainerdProgram.Version2, NamesConfiguration: false, FromArchive: false),
        Network = NetworkService.NetworkManager,
        Time = TimeService.Chrony,
        MaskedUnits = ["zincati.service", "rpm-ostree-countme.timer"],
        Files = [new PlannedFile("/etc/selinux/config", Permissions.Public, "root:root", "# Written by Sextant.\nSELINUX=permissive\nSELINUXTYPE=targeted\n")],
    };
}
