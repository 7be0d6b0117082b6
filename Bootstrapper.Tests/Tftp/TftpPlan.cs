using Sextant.Cluster;
using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Tftp;

/// <summary>A plan without machines whose bootstrapper is at an address of the test.</summary>
internal static class TftpPlan
{
    public static ClusterPlan At(string address, UnknownMachines unknown = UnknownMachines.Discover) => new(
        new ClusterDescription
        {
            Name = "test",
            Bootstrapper = new BootstrapperDescription(Ipv4Address.Parse(address), "lo", 80, 443),
            Network = new NetworkDescription([new SubnetDescription(Ipv4Network.Parse("127.0.0.0/8"), null, null, TimeSpan.FromHours(1))], "lab.test", []),
            Dhcp = DhcpDescription.Default,
            OperatingSystem = new OperatingSystemDescription(OperatingSystemName.Debian, "auto", []),
            Etcd = new EtcdDescription("test"),
            Kubernetes = new KubernetesDescription("1.36.4", Ipv4Network.Parse("10.96.0.0/16"), Ipv4Network.Parse("10.244.0.0/16"), Ipv4Address.Parse("10.96.0.10"), "127.0.0.1:6443"),
            Api = new ApiDescription(null),
            Flannel = new FlannelDescription(FlannelBackend.Vxlan),
            Registry = RegistryDescription.Builtin,
            AssetMirrors = [],
            Addons = [],
            Ingress = new IngressDescription(null),
            Ceph = null,
            SshAuthorizedKeys = [],
            UnknownMachines = unknown,
            Enrollment = Enrollment.Auto,
            Nodes = [],
        },
        PlannedClusters.NoMaterial);
}
