using Sextant.Cli;
using Sextant.Cluster;
using Sextant.Planning;
using Sextant.Primitives;

namespace Sextant.Tests.TestKit;

/// <summary>Clusters to plan: the example of three, and odd ones. <see cref="All"/> is what must hold for every cluster.</summary>
internal static class PlannedClusters
{
    public const string Ticket = "golden-ticket-0123456789abcdefghijklmnopqrs";

    public const string CephKey = "AQBrZXkgb2YgY2VwaCBmb3IgdGVzdHMsIG5vIHNlY3JldA==";

    public const string RegistryPassword = "pass:wörd \"'$";

    /// <summary>The product's own templates.</summary>
    public static readonly TemplateSet Templates = TemplateFolder.Load(TemplateFolder.DefaultPath);

    /// <summary>Stand-ins for certificates, each recognisable.</summary>
    public static readonly TrustAnchors Anchors = new(Enum.GetValues<CertificateAuthorityName>().ToDictionary(
        name => name,
        name => $"-----BEGIN CERTIFICATE-----\n{Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes($"the authority {name}"))}\n-----END CERTIFICATE-----\n"));

    /// <summary>Three machines that are everything at once.</summary>
    public static readonly ClusterDescription Three = Cluster("demo", UnknownMachines.Discover,
        [Node(1, [NodeRole.KubeMaster, NodeRole.EtcdMember]), Node(2, [NodeRole.KubeMaster, NodeRole.EtcdMember]), Node(3, [NodeRole.KubeMaster, NodeRole.EtcdMember])]);

    /// <summary>One machine in a rack with a mirror, other ports, somebody else's registry with an account.</summary>
    public static readonly ClusterDescription One = Cluster("solo", UnknownMachines.Ignore, [Node(1, [NodeRole.KubeMaster, NodeRole.EtcdMember, NodeRole.Worker]) with { Rack = "r1" }]) with
    {
        Bootstrapper = new BootstrapperDescription(Ipv4Address.Parse("10.0.0.1"), "eno1", 8080, 8443),
        Registry = RegistryDescription.At("registry.example.com:5000") with
        {
            CaFile = new GivenFile("registry-ca.crt", "registry.ca", 1, 1), Username = "cluster-pull", PasswordFile = new GivenFile("password", "registry.password_file", 1, 1),
        },
        AssetMirrors = [new AssetMirrorDescription("http://10.0.0.6/assets", ["r1"]), new AssetMirrorDescription("https://mirror.example.com", [])],
        SshAuthorizedKeys = [],
    };

    /// <summary>Five etcd members on machines of their own, workers with a fixed and a dynamic address, one master. Unknown machines join as workers.</summary>
    public static readonly ClusterDescription Five = Cluster("rack", UnknownMachines.Worker,
    [
        .. Enumerable.Range(1, 5).Select(number => Node(number, [NodeRole.EtcdMember])),
        Node(6, [NodeRole.Worker, NodeRole.Ingress]) with { InstallDisk = "/dev/nvme0n1", KernelArguments = ["console=tty0", "hugepages=64"] },
        Node(7, [NodeRole.Worker]) with { Address = null },
        Node(8, [NodeRole.KubeMaster]),
    ]);

    /// <summary>Three machines with every role, no fourth one, pod traffic by plain routes.</summary>
    public static readonly ClusterDescription Everything = Cluster("dense", UnknownMachines.Ignore,
        [.. Enumerable.Range(1, 3).Select(number => Node(number, [NodeRole.KubeMaster, NodeRole.EtcdMember, NodeRole.Worker, NodeRole.Ingress]))]) with
    {
        Flannel = new FlannelDescription(FlannelBackend.HostGw),
    };

    /// <summary>Three masters with etcd and whoever joins; nobody else.</summary>
    public static readonly ClusterDescription Joining = Cluster("open", UnknownMachines.Worker,
        [.. Enumerable.Range(1, 3).Select(number => Node(number, [NodeRole.KubeMaster, NodeRole.EtcdMember])), Node(4, [NodeRole.Worker]) with { Address = null }]) with
    {
        Flannel = new FlannelDescription(FlannelBackend.HostGw),
    };

    /// <summary>Virtual addresses of API and ingress, labels, a taint, GPUs, volumes of Ceph, the other release of Kubernetes, the other mode of kube-proxy.</summary>
    public static readonly ClusterDescription WithVip = Cluster("vip", UnknownMachines.Discover,
    [
        .. Enumerable.Range(1, 3).Select(number => Node(number, [NodeRole.KubeMaster, NodeRole.EtcdMember])),
        Node(4, [NodeRole.Worker, NodeRole.Ingress]) with { Labels = new Dictionary<string, string> { ["example.com/tier"] = "front" } },
        Node(5, [NodeRole.Worker]) with { Gpu = true, Taints = ["example.com/gpu=true:NoSchedule"], FlannelInterface = "eno2" },
    ]) with
    {
        Api = new ApiDescription(Ipv4Address.Parse("10.0.0.5")),
        Ingress = new IngressDescription(Ipv4Address.Parse("10.0.0.6")),
        Addons = ["ceph-csi-rbd", "ingress", "metrics-server"],
        Ceph = new CephDescription("b9127830-b0cc-4e34-aa47-9d1a2e9949a8", ["10.0.0.31:6789"], "kubernetes", "kubernetes", new GivenFile("ceph-key", "ceph.key_file", 1, 1)),
        Kubernetes = new KubernetesDescription(
            "1.35.8", Ipv4Network.Parse("10.97.0.0/16"), Ipv4Network.Parse("10.245.0.0/16"), Ipv4Address.Parse("10.97.0.10"), "kube.example.com:6443", "k8s.example",
            ProxyMode.Iptables),
    };

    /// <summary>What must hold for every cluster must hold for these: every operating system, both formats of Flatcar, every odd cluster at least once.</summary>
    public static readonly IReadOnlyDictionary<string, ClusterDescription> All = new Dictionary<string, ClusterDescription>
    {
        ["three"] = Three,
        ["one"] = One,
        ["five-etcd"] = Five,
        ["vip"] = WithVip,
        ["flatcar"] = Three.On(OperatingSystemName.Flatcar),
        ["flatcar-dense"] = Everything.On(OperatingSystemName.Flatcar),
        ["flatcar-cloud-config"] = Joining.On(OperatingSystemName.Flatcar, NodeConfigFormat.CloudConfig),
        ["flatcar-cloud-config-one"] = One.On(OperatingSystemName.Flatcar, NodeConfigFormat.CloudConfig),
        ["fedora-coreos"] = Five.On(OperatingSystemName.FedoraCoreos),
        ["fedora-coreos-vip"] = WithVip.On(OperatingSystemName.FedoraCoreos),
        ["rocky"] = Joining.On(OperatingSystemName.Rocky),
        ["rocky-one"] = One.On(OperatingSystemName.Rocky),
    };

    /// <summary>The same network with another subnet of the bootstrapper.</summary>
    public static NetworkDescription With(this NetworkDescription network, Func<SubnetDescription, SubnetDescription> local) =>
        network with { Subnets = [local(network.Local), .. network.Subnets.Skip(1)] };

    /// <summary>The same cluster on another operating system.</summary>
    public static ClusterDescription On(this ClusterDescription cluster, OperatingSystemName system, NodeConfigFormat format = NodeConfigFormat.Ignition) =>
        cluster with
        {
            OperatingSystem = cluster.OperatingSystem with
            {
                Name = system, ConfigFormat = format, Repository = system is OperatingSystemName.Rocky ? "http://10.0.0.5/rocky/10.2" : null,
            },
        };

    /// <summary>Every machine of a cluster with its plan, by name: those of the file (a dynamic address is 10.0.0.140), then a stranger if one may join.</summary>
    public static IReadOnlyList<(string Name, NodePlan Node)> NodesOf(ClusterDescription cluster)
    {
        var plan = Plan(cluster);
        return
        [
            .. cluster.Nodes.Select(node => (node.Hostname, plan.For(node.Mac, Ipv4Address.Parse("10.0.0.140"))!)),
            .. cluster.UnknownMachines is UnknownMachines.Worker ? new[] { ("stranger", plan.For(Stranger, Ipv4Address.Parse("10.0.0.150"))!) } : [],
        ];
    }

    /// <summary>A machine that no file names.</summary>
    public static readonly MacAddress Stranger = MacAddress.Parse("52:54:00:99:99:99");

    public static ClusterPlan Plan(ClusterDescription cluster, TrustAnchors? anchors = null) =>
        new(cluster, new PlanMaterial(Templates, anchors ?? Anchors, PinnedSite.Of(cluster, Repository.PathOf("pxe-assets"))) { Files = FilesOf(cluster), Keys = Keys });

    /// <summary>For plans nobody asks for a machine's.</summary>
    public static readonly PlanMaterial NoMaterial = new(
        new TemplateSet(new Dictionary<string, string>()), new TrustAnchors(new Dictionary<CertificateAuthorityName, string>()), new SitePins(new Dictionary<string, PinnedFile>(), []));

    /// <summary>Stand-ins for the secrets of a site: a key that is nobody's.</summary>
    public static readonly SiteKeys Keys = new(
        "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg5c/aZCD+VmJNx7nW\nhobBPfWbMp81KLp1qe7i+tA8FCihRANCAASQioo2KdBOerj1GzJLpRf46OCSZclF\ngtdg3HFlNUZ5GowdHsgnyS/OMVSEUeZZEXuSTZuPHod5SCtRc/hdQ6Ul\n-----END PRIVATE KEY-----\n", Convert.ToBase64String("thirty-two octets for a test key"u8));

    /// <summary>Stand-ins for the files a description names.</summary>
    public static SiteFiles FilesOf(ClusterDescription cluster) => new(
        cluster.Registry.CaFile is null ? null : "-----BEGIN CERTIFICATE-----\ndGhlIHJlZ2lzdHJ5J3MgYXV0aG9yaXR5\n-----END CERTIFICATE-----\n",
        cluster.Registry.PasswordFile is null ? null : RegistryPassword)
    {
        CephKey = cluster.Ceph is null ? null : CephKey,
    };

    public static NodePlan PlanOf(ClusterDescription cluster, int number) => Plan(cluster).For(Mac(number), null)!;

    public static MacAddress Mac(int number) => MacAddress.FromOctets([0x52, 0x54, 0, 0, 0, (byte)number]);

    public static NodeDescription Node(int number, IReadOnlyList<NodeRole> roles) => new()
    {
        Mac = Mac(number),
        Hostname = $"m{number}",
        Address = Ipv4Address.Parse($"10.0.0.{10 + number}"),
        Roles = roles,
        Rack = null,
        InstallDisk = "auto",
        FlannelInterface = null,
        KernelArguments = [],
        Labels = new Dictionary<string, string>(),
        Taints = [],
        Gpu = false,
    };

    private static ClusterDescription Cluster(string name, UnknownMachines unknown, IReadOnlyList<NodeDescription> nodes) => new()
    {
        Name = name,
        Bootstrapper = new BootstrapperDescription(Ipv4Address.Parse("10.0.0.1"), "eno1", 80, 443),
        Network = new NetworkDescription(
            [
                new SubnetDescription(
                    Ipv4Network.Parse("10.0.0.0/24"), Ipv4Address.Parse("10.0.0.254"), new Ipv4Range(Ipv4Address.Parse("10.0.0.100"), Ipv4Address.Parse("10.0.0.199")),
                    TimeSpan.FromHours(12)),
            ],
            $"{name}.example", []),
        Dhcp = DhcpDescription.Default,
        OperatingSystem = new OperatingSystemDescription(OperatingSystemName.Debian, "auto", ["console=ttyS0"]),
        Etcd = new EtcdDescription($"{name}-token"),
        Kubernetes = new KubernetesDescription(
            "1.36.4", Ipv4Network.Parse("10.96.0.0/16"), Ipv4Network.Parse("10.244.0.0/16"), Ipv4Address.Parse("10.96.0.10"), $"api.{name}.example:6443"),
        Api = new ApiDescription(null),
        Flannel = new FlannelDescription(FlannelBackend.Vxlan),
        Registry = RegistryDescription.Builtin,
        AssetMirrors = [],
        Addons = [],
        Ingress = new IngressDescription(null),
        Ceph = null,
        SshAuthorizedKeys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGpQ1kUfWkPbYy8b9n0yJ0v0m0s0example000000000000000 admin@site: \"the 'one'\" # with all sorts"],
        UnknownMachines = unknown,
        Enrollment = Enrollment.Auto,
        Nodes = nodes,
    };
}
