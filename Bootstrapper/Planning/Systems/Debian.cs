namespace Sextant.Planning.Systems;

/// <summary>Debian 13, from the image that <c>sextant assets build debian</c> makes: etcd 3.5 and containerd 1.7 are packages of the image.</summary>
internal static class Debian
{
    /// <summary>What differs.</summary>
    public static NodeSystem Facts { get; } = new()
    {
        ResolverFile = "/run/systemd/resolve/resolv.conf",
        Etcd = EtcdProgram.Package,
        Containerd = new ContainerdProgram(ContainerdProgram.Version1, NamesConfiguration: false, FromArchive: false),
        Network = NetworkService.Networkd,
        Time = TimeService.Timesyncd,
    };
}
