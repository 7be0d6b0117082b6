namespace Sextant.Planning.Systems;

/// <summary>
/// Rocky Linux 10: no containerd and no etcd of its own, so both come from their archives, with runc. The kickstart makes no swap and SELinux permissive;
/// what the distribution would start later in spite of that is masked.
/// </summary>
internal static class Rocky
{
    /// <summary>What differs.</summary>
    public static NodeSystem Facts { get; } = new()
    {
        ResolverFile = "/etc/resolv.conf",
        Etcd = EtcdProgram.Archive,
        Containerd = new ContainerdProgram(ContainerdProgram.Version2, NamesConfiguration: false, FromArchive: true),
        Network = NetworkService.NetworkManager,
        Time = TimeService.Chrony,
        MaskedUnits = ["firewalld.service", "dnf-makecache.timer", "swap.target"],
    };
}
