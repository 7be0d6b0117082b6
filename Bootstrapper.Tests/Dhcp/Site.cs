using Sextant.Cluster;
using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Dhcp;

/// <summary>A small site: 10.0.0.0/24, three planned machines, ten dynamic addresses.</summary>
internal static class Site
{
    public static readonly Ipv4Address Server = Ipv4Address.Parse("10.0.0.1");
    public static readonly MacAddress Master = MacAddress.Parse("52:54:00:00:00:01");
    public static readonly MacAddress Worker = MacAddress.Parse("52:54:00:00:00:02");
    public static readonly MacAddress Floating = MacAddress.Parse("52:54:00:00:00:03");
    public static readonly MacAddress Stranger = MacAddress.Parse("52:54:00:00:00:99");
    public static readonly Ipv4Address MasterAddress = Ipv4Address.Parse("10.0.0.11");
    public static readonly Ipv4Range Pool = new(Ipv4Address.Parse("10.0.0.100"), Ipv4Address.Parse("10.0.0.109"));
    public static readonly TimeSpan LeaseTime = TimeSpan.FromHours(1);

    /// <summary>Machine number n that nobody planned.</summary>
    public static MacAddress Unplanned(int n) => MacAddress.Parse($"52:54:00:01:{n >> 8 & 255:x2}:{n & 255:x2}");

    public static BootNetwork Network => new()
    {
        ServerAddress = Server,
        Interface = "sxd0",
        HttpPort = 80,
        HttpsPort = 443,
        RegistryBase = "https://10.0.0.1:5000",
        Subnets = [new BootSubnet { Subnet = Ipv4Network.Parse("10.0.0.0/24"), Gateway = Ipv4Address.Parse("10.0.0.254"), DynamicRange = Pool, LeaseTime = LeaseTime }],
        Dhcp = DhcpRole.Server,
        Domain = "cluster.test",
        Resolvers = [Ipv4Address.Parse("10.0.0.1"), Ipv4Address.Parse("10.0.0.2")],
        Reservations = new Dictionary<MacAddress, Reservation>
        {
            [Master] = new("master-1", MasterAddress),
            [Worker] = new("worker-1", Ipv4Address.Parse("10.0.0.12")),
            [Floating] = new("worker-2", null),
        },
    };

    /// <summary>The site with another dynamic range, or none.</summary>
    public static BootNetwork With(Ipv4Range? range) => Network with { Subnets = [Network.Local with { DynamicRange = range }] };

    public static ClusterPlan Plan(UnknownMachines unknown = UnknownMachines.Discover, string networkInterface = "sxd0", Ipv4Address? masterAddress = null,
        IReadOnlyList<SubnetDescription>? further = null, bool probe = false) => new(
        new ClusterDescription
        {
            Name = "test",
            Bootstrapper = new BootstrapperDescription(Server, networkInterface, 80, 443),
            Network = new NetworkDescription(
                [new SubnetDescription(Network.Local.Subnet, Network.Local.Gateway, Pool, LeaseTime), .. further ?? []], Network.Domain, Network.Resolvers),
            Dhcp = DhcpDescription.Default with { Probe = probe },
            OperatingSystem = new OperatingSystemDescription(OperatingSystemName.Debian, "auto", []),
            Etcd = new EtcdDescription("test"),
            Kubernetes = new KubernetesDescription("1.36.4", Ipv4Network.Parse("10.96.0.0/16"), Ipv4Network.Parse("10.244.0.0/16"), Ipv4Address.Parse("10.96.0.10"), "api:6443"),
            Api = new ApiDescription(null),
            Flannel = new FlannelDescription(FlannelBackend.HostGw),
            Registry = RegistryDescription.Builtin,
            AssetMirrors = [],
            Addons = [],
            Ingress = new IngressDescription(null),
            Ceph = null,
            SshAuthorizedKeys = [],
            UnknownMachines = unknown,
            Enrollment = Enrollment.Auto,
            Nodes =
            [
                Node(Master, "master-1", masterAddress ?? MasterAddress), Node(Worker, "worker-1", Ipv4Address.Parse("10.0.0.12")), Node(Floating, "worker-2", null),
            ],
        },
        PlannedClusters.NoMaterial);

    private static NodeDescription Node(MacAddress mac, string hostname, Ipv4Address? address) => new()
    {
        Mac = mac,
        Hostname = hostname,
        Address = address,
        Roles = [NodeRole.Worker],
        Rack = null,
        InstallDisk = "auto",
        FlannelInterface = null,
        KernelArguments = [],
        Labels = new Dictionary<string, string>(),
        Taints = [],
        Gpu = false,
    };
}
