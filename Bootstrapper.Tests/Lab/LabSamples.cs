using Sextant.Cluster;
using Sextant.Lab;
using Sextant.Primitives;

namespace Sextant.Tests.Lab;

/// <summary>A rack of three, as values.</summary>
internal static class LabSamples
{
    public static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);

    public static readonly RackMachine Bios = new("node2", MacAddress.Parse("52:54:00:00:00:02"), MachineFirmware.Bios, "tap1");

    public static readonly RackMachine Uefi = new("node1", MacAddress.Parse("52:54:00:00:00:01"), MachineFirmware.Uefi, "tap0");

    public static RackState State { get; } = new()
    {
        Namespace = "sextant-lab",
        Bridge = "sextant0",
        Address = Ipv4Address.Parse("10.0.0.1"),
        PrefixLength = 24,
        HttpPort = 80,
        DescriptionFile = "/srv/cluster-desc.yaml",
        AssetFolder = "/srv/pxe-assets",
        Program = ["/usr/bin/dotnet", "/opt/sextant/sextant.dll"],
        Port = 8080,
        Size = MachineSize.Default,
        CreatedAt = Noon,
        Bootstrapper = new ProcessIdentity(4711, 116902),
        Forwarder = null,
        Machines = [Uefi with { Emulator = new ProcessIdentity(4712, ulong.MaxValue), PoweredOnAt = Noon.AddSeconds(3) }, Bios],
    };

    public static ClusterDescription Description(int nodes = 3, string name = "lab", string bridge = "sextant0", string hostnamePrefix = "node") => new()
    {
        Name = name,
        Bootstrapper = new BootstrapperDescription(Ipv4Address.Parse("10.0.0.1"), bridge, 80, 443),
        Network = new NetworkDescription([new SubnetDescription(Ipv4Network.Parse("10.0.0.0/24"), null, null, TimeSpan.FromHours(1))], "lab.test", []),
        Dhcp = DhcpDescription.Default,
        OperatingSystem = new OperatingSystemDescription(OperatingSystemName.Debian, "auto", []),
        Etcd = new EtcdDescription("lab"),
        Kubernetes = new KubernetesDescription(
            "1.36.4", Ipv4Network.Parse("10.1.0.0/16"), Ipv4Network.Parse("10.2.0.0/16"), Ipv4Address.Parse("10.1.0.10"), "api.lab.test:6443"),
        Api = new ApiDescription(null),
        Flannel = new FlannelDescription(FlannelBackend.HostGw),
        Registry = RegistryDescription.Builtin,
        AssetMirrors = [],
        Addons = [],
        Ingress = new IngressDescription(null),
        Ceph = null,
        SshAuthorizedKeys = [],
        UnknownMachines = UnknownMachines.Ignore,
        Enrollment = Enrollment.Auto,
        Nodes = [.. Enumerable.Range(1, nodes).Select(number => new NodeDescription
        {
            Mac = MacAddress.Parse($"52:54:00:00:00:0{number}"),
            Hostname = $"{hostnamePrefix}{number}",
            Address = Ipv4Address.Parse($"10.0.0.1{number}"),
            Roles = [NodeRole.EtcdMember],
            Rack = null,
            InstallDisk = "auto",
            FlannelInterface = null,
            KernelArguments = [],
            Labels = new Dictionary<string, string>(),
            Taints = [],
            Gpu = false,
        })],
    };

    /// <summary>A folder that is removed at the end of the test.</summary>
    public static TemporaryFolder Folder() => new();
}

/// <summary>A folder for one test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("sextant-lab-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose()
    {
        if (Directory.Exists(Path)) Directory.Delete(Path, recursive: true);
    }
}
