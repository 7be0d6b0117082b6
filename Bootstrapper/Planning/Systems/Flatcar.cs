namespace Sextant.Planning.Systems;

/// <summary>
/// Flatcar Container Linux, stable: containerd 2.1 in the system, /usr read-only, etcd from its archive (the system's own etcd units run container images
/// of the internet). Updates and the restarts after them are the operator's, by a new installation.
/// </summary>
internal static class Flatcar
{
    /// <summary>What differs.</summary>
    public static NodeSystem Facts { get; } = new()
    {
        ResolverFile = "/run/systemd/resolve/resolv.conf",
        Etcd = EtcdProgram.Archive,
        Containerd = new ContainerdProgram(ContainerdProgram.Version2, NamesConfiguration: true, FromArchive: false),
        Network = NetworkService.Networkd,
        Time = TimeService.Timesyncd,
        MaskedUnits = ["update-engine.service", "locksmithd.service"],
    };
}
