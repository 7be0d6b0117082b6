using Sextant.Cli;
using Sextant.Cluster;
using Sextant.Planning;
using Sextant.Primitives;

namespace Sextant.Tests.TestKit;

/// <summary>Clusters to plan: the example of three, and odd ones.</summary>
internal static class PlannedClusters
{
    public const string Ticket = "golden-ticket-0123456789abcdefghijklmnopqrs";

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

    /// <summary>Five etcd members on machines of their own, and workers with a fixed and a dynamic address.</summary>
    public static readonly ClusterDescription Five = Cluster("rack", UnknownMachines.Worker,
    [
        .. Enumerable.Range(1, 5).Select(number => Node(number, [NodeRole.EtcdMember])),
        Node(6, [NodeRole.Worker, NodeRole.Ingress]) with { InstallDisk = "/dev/nvme0n1", KernelArguments = ["console=tty0", "hugepages=64"] },
        Node(7, [NodeRole.Worker]) with { Address = null },
    ]);

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
        cluster.Registry.PasswordFile is null ? null : RegistryPassword);

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
            Ipv4Network.Parse("10.0.0.0/24"), Ipv4Address.Parse("10.0.0.254"), new Ipv4Range(Ipv4Address.Parse("10.0.0.100"), Ipv4Address.Parse("10.0.0.199")),
            $"{name}.example", [], TimeSpan.FromHours(12)),
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
