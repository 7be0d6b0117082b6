using System.Diagnostics;
using System.Text;
using NUnit.Framework;
using Sextant.Cluster;
using Sextant.Dhcp.Wire;
using Sextant.Primitives;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Cluster;

public sealed class ClusterFileTests
{
    private const string Smallest = """
        version: 1
        name: tiny
        bootstrapper: {address: 192.168.7.1, interface: eno1}
        network: {subnet: 192.168.7.0/24, domain: tiny.example}
        os: {name: debian}
        unknown_machines: ignore
        nodes:
          - {mac: 52-54-00-AB-CD-EF, hostname: a, ip: 192.168.7.2, roles: [etcd_member, kube_master]}
        """;

    internal static string Example => Repository.Read("cluster-desc.example.yaml");

    [Test]
    public void The_example_is_read_without_a_problem()
    {
        var result = ClusterFile.Load(Repository.PathOf("cluster-desc.example.yaml"));

        Assert.That(result.Problems, Is.Empty);
        var cluster = result.Description!;
        Assert.Multiple(() =>
        {
            Assert.That(cluster.Name, Is.EqualTo("lab"));
            Assert.That(cluster.Bootstrapper, Is.EqualTo(new BootstrapperDescription(Ipv4Address.Parse("10.0.0.1"), "sextant0", 80, 443)));
            Assert.That(cluster.Network.Local.Subnet, Is.EqualTo(Ipv4Network.Parse("10.0.0.0/24")));
            Assert.That(cluster.Network.Local.Gateway, Is.Null);
            Assert.That(cluster.Network.Local.DynamicRange, Is.EqualTo(new Ipv4Range(Ipv4Address.Parse("10.0.0.100"), Ipv4Address.Parse("10.0.0.199"))));
            Assert.That(cluster.Network.Domain, Is.EqualTo("lab.example"));
            Assert.That(cluster.Network.Local.LeaseTime, Is.EqualTo(TimeSpan.FromHours(12)));
            Assert.That(cluster.OperatingSystem.Name, Is.EqualTo(OperatingSystemName.Debian));
            Assert.That(cluster.OperatingSystem.InstallDisk, Is.EqualTo("auto"));
            Assert.That(cluster.OperatingSystem.KernelArguments, Is.EqualTo(["console=tty0", "console=ttyS0,115200n8"]));
            Assert.That(cluster.UnknownMachines, Is.EqualTo(UnknownMachines.Discover));
            Assert.That(cluster.Nodes.Select(node => $"{node.Mac} {node.Hostname} {node.Address} {string.Join('+', node.Roles)} {node.InstallDisk}"), Is.EqualTo(
                Enumerable.Range(1, 3).Select(i => $"52:54:00:00:00:0{i} node{i} 10.0.0.1{i} KubeMaster+EtcdMember+Worker auto")));
        });
    }

    [TestCase("debian", OperatingSystemName.Debian)]
    [TestCase("flatcar", OperatingSystemName.Flatcar)]
    [TestCase("coreos", OperatingSystemName.Flatcar)]
    [TestCase("fedora-coreos", OperatingSystemName.FedoraCoreos)]
    [TestCase("rocky", OperatingSystemName.Rocky)]
    public void Every_operating_system_has_its_word(string word, OperatingSystemName expected)
    {
        var result = ClusterFile.Parse(Smallest.Replace("name: debian", $"name: {word}{(word == "rocky" ? ", repository: http://10.0.0.5/rocky" : "")}", StringComparison.Ordinal), "tiny.yaml");
        Assert.That(result.Problems, Is.Empty);
        Assert.That((result.Description!.OperatingSystem.Name, result.Description.OperatingSystem.ConfigFormat), Is.EqualTo((expected, NodeConfigFormat.Ignition)));
    }

    [Test]
    public void What_the_smallest_file_leaves_out_has_its_default()
    {
        var result = ClusterFile.Parse(Smallest, "tiny.yaml");

        Assert.That(result.Problems, Is.Empty);
        var cluster = result.Description!;
        Assert.Multiple(() =>
        {
            Assert.That((cluster.Bootstrapper.HttpPort, cluster.Bootstrapper.HttpsPort), Is.EqualTo((80, 443)));
            Assert.That(cluster.Network.Local.DynamicRange, Is.Null);
            Assert.That(cluster.Network.UpstreamResolvers, Is.Empty);
            Assert.That(cluster.Network.Local.LeaseTime, Is.EqualTo(TimeSpan.FromHours(12)));
            Assert.That(cluster.OperatingSystem.InstallDisk, Is.EqualTo("auto"));
            Assert.That(cluster.Etcd.ClusterToken, Is.EqualTo("tiny"));
            Assert.That(cluster.Kubernetes, Is.EqualTo(new KubernetesDescription("1.36.4", Ipv4Network.Parse("10.96.0.0/16"),
                Ipv4Network.Parse("10.244.0.0/16"), Ipv4Address.Parse("10.96.0.10"), "api.tiny.example:6443")));
            Assert.That(cluster.Flannel.Backend, Is.EqualTo(FlannelBackend.HostGw));
            Assert.That(cluster.Registry with { Images = [] }, Is.EqualTo(RegistryDescription.Builtin with { Images = [] }));
            Assert.That(cluster.Registry.Images, Is.Empty);
            Assert.That(cluster.AssetMirrors, Is.Empty);
            Assert.That(cluster.Nodes[0].Rack, Is.Null);
            Assert.That(cluster.Addons, Is.Empty);
            Assert.That(cluster.SshAuthorizedKeys, Is.Empty);
            Assert.That(cluster.Enrollment, Is.EqualTo(Enrollment.Auto));
            Assert.That(cluster.Nodes[0].Mac, Is.EqualTo(MacAddress.Parse("52:54:00:ab:cd:ef")));
            Assert.That(cluster.Nodes[0].FlannelInterface, Is.Null);
            Assert.That(cluster.Nodes[0].KernelArguments, Is.Empty);
            Assert.That(cluster.Nodes[0].Labels, Is.Empty);
        });
    }

    [Test]
    public void Without_unknown_machines_strangers_are_discovered()
    {
        var text = Smallest.Replace("unknown_machines: ignore\n", "", StringComparison.Ordinal)
            .Replace("domain:", "dynamic_range: 192.168.7.100 - 192.168.7.199, domain:", StringComparison.Ordinal);

        Assert.That(ClusterFile.Parse(text, "tiny.yaml").Description!.UnknownMachines, Is.EqualTo(UnknownMachines.Discover));
    }

    [Test]
    public void Every_key_reaches_the_description()
    {
        const string key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ+DPqbHxnkFTUqDVxVf4MBNYVOMbQBxQGVXrp6MbLQZ admin";
        var result = ClusterFile.Parse($$"""
            version: 1
            name: full
            bootstrapper: {address: 10.1.0.1, interface: br-lan.7, http_port: 8080, https_port: 8443}
            network: {subnet: 10.1.0.0/16, gateway: 10.1.255.254, dynamic_range: 10.1.9.0-10.1.9.255, domain: full.example, upstream_resolvers: [9.9.9.9, 1.1.1.1], lease_time: 90m,
              dhcp_options: {ntp_servers: [10.1.0.6], log_servers: []},
              subnets: [{subnet: 10.2.0.0/24, gateway: 10.2.0.254, dynamic_range: 10.2.0.9-10.2.0.10, lease_time: 5m}, {subnet: 10.2.1.0/24, gateway: 10.2.1.254, shares_link_with: 10.2.0.0/24,
                dhcp_options: {interface_mtu: 9000} }]}
            dhcp: {mode: server, options: {ntp_servers: [10.1.0.5], log_servers: [10.1.0.8], domain_search: [full.example], classless_routes: [10.3.0.0/16 via 10.1.0.9],
              domain_name_servers: [10.1.0.3], by_code: [{code: 224, hex: "0a:0B"}, {code: 225, text: hi}, {code: 226, one_octet: 7}, {code: 227, two_octets: 258}, {code: 228, four_octets: 16909060},
              {code: 229, addresses: [10.1.0.1, 10.1.0.2]}] } }
            os: {name: debian, install_disk: /dev/disk/by-id/wwn-0x5000c500a1b2c3d4, kernel_arguments: [quiet]}
            etcd: {cluster_token: full-7}
            kubernetes: {version: 1.35.2, service_range: 172.20.0.0/20, pod_range: 172.24.0.0/14, dns_ip: 172.20.0.53, api_endpoint: 10.1.0.2}
            flannel: {backend: vxlan}
            registry:
              {mode: external, address: registry.example:5000, ca: certs/ca.crt, username: pull, password_file: /etc/pw, images: [quay.io/a/b:1, localhost:5000/c:2]}
            asset_mirrors: [{url: "http://10.1.0.7/assets", racks: [r7, r8]}, {url: "https://mirror.example:8443"}]
            addons: [coredns, kube-proxy]
            ssh_authorized_keys: ['{{key}}']
            unknown_machines: worker
            enrollment: approve
            nodes:
              - mac: 52:54:00:00:00:01
                hostname: one
                ip: 10.1.0.2
                roles: [kube_master, etcd_member, ingress]
                rack: r7
                install_disk: /dev/nvme0n1
                flannel_iface: eno2
                kernel_arguments: [nomodeset]
                dhcp_options: {interface_mtu: 1400}
                labels: {example.com/rack: r7, tier: "", topology.kubernetes.io/zone: a}
            """, "full.yaml");

        Assert.That(result.Problems.Select(problem => problem.Severity), Is.All.EqualTo(Severity.Warning));
        var cluster = result.Description!;
        Assert.Multiple(() =>
        {
            Assert.That(cluster.Bootstrapper, Is.EqualTo(new BootstrapperDescription(Ipv4Address.Parse("10.1.0.1"), "br-lan.7", 8080, 8443)));
            Assert.That(cluster.Network.Local.Gateway, Is.EqualTo(Ipv4Address.Parse("10.1.255.254")));
            Assert.That(cluster.Network.Local.DynamicRange!.Value.Count, Is.EqualTo(256));
            Assert.That(cluster.Network.Subnets.Select(subnet => $"{subnet.Subnet} {subnet.Gateway} {subnet.DynamicRange} {subnet.LeaseTime.TotalMinutes} {subnet.SharesLinkWith}"), Is.EqualTo(
                ["10.1.0.0/16 10.1.255.254 10.1.9.0-10.1.9.255 90 ", "10.2.0.0/24 10.2.0.254 10.2.0.9-10.2.0.10 5 ", "10.2.1.0/24 10.2.1.254  90 10.2.0.0/24"]));
            const string ofSite = "119=0466756c6c076578616d706c6500 121=100a030a010009";
            const string byCode = "224=0a0b 225=6869 226=07 227=0102 228=01020304 229=0a0100010a010002";
            Assert.That(cluster.Network.Subnets.Select(subnet => InHex(subnet.Options)), Is.EqualTo([
                $"6=0a010003 7=- 42=0a010006 {ofSite} {byCode}", $"6=0a010003 7=0a010008 42=0a010005 {ofSite} {byCode}", $"6=0a010003 7=0a010008 26=2328 42=0a010005 {ofSite} {byCode}"]));
            Assert.That(InHex(cluster.Nodes[0].Options), Is.EqualTo("26=0578"));
            Assert.That(cluster.Dhcp.Mode, Is.EqualTo(DhcpMode.Server));
            Assert.That(cluster.Network.UpstreamResolvers, Is.EqualTo([Ipv4Address.Parse("9.9.9.9"), Ipv4Address.Parse("1.1.1.1")]));
            Assert.That(cluster.Network.Local.LeaseTime, Is.EqualTo(TimeSpan.FromMinutes(90)));
            Assert.That(cluster.OperatingSystem.InstallDisk, Is.EqualTo("/dev/disk/by-id/wwn-0x5000c500a1b2c3d4"));
            Assert.That(cluster.Etcd.ClusterToken, Is.EqualTo("full-7"));
            Assert.That(cluster.Kubernetes, Is.EqualTo(new KubernetesDescription("1.35.2", Ipv4Network.Parse("172.20.0.0/20"),
                Ipv4Network.Parse("172.24.0.0/14"), Ipv4Address.Parse("172.20.0.53"), "10.1.0.2:6443")));
            Assert.That(cluster.Flannel.Backend, Is.EqualTo(FlannelBackend.Vxlan));
            Assert.That(cluster.Registry with { Images = [] }, Is.EqualTo(RegistryDescription.At("registry.example:5000") with
            {
                CaFile = new GivenFile("certs/ca.crt", "registry.ca", 16, 56),
                Username = "pull",
                PasswordFile = new GivenFile("/etc/pw", "registry.password_file", 16, 101),
                Images = [],
            }));
            Assert.That(cluster.Registry.Images, Is.EqualTo(["quay.io/a/b:1", "localhost:5000/c:2"]));
            Assert.That(cluster.AssetMirrors.Select(mirror => $"{mirror.Url} {string.Join('+', mirror.Racks)}"),
                Is.EqualTo(["http://10.1.0.7/assets r7+r8", "https://mirror.example:8443 "]));
            Assert.That(cluster.Nodes[0].Rack, Is.EqualTo("r7"));
            Assert.That(cluster.Addons, Is.EqualTo(["coredns", "kube-proxy"]));
            Assert.That(cluster.SshAuthorizedKeys, Is.EqualTo([key]));
            Assert.That(cluster.UnknownMachines, Is.EqualTo(UnknownMachines.Worker));
            Assert.That(cluster.Enrollment, Is.EqualTo(Enrollment.Approve));
            var node = cluster.Nodes.Single();
            Assert.That(node.Roles, Is.EqualTo([NodeRole.KubeMaster, NodeRole.EtcdMember, NodeRole.Ingress]));
            Assert.That(node.InstallDisk, Is.EqualTo("/dev/nvme0n1"));
            Assert.That(node.FlannelInterface, Is.EqualTo("eno2"));
            Assert.That(node.KernelArguments, Is.EqualTo(["nomodeset"]));
            Assert.That(node.Labels, Is.EqualTo(new Dictionary<string, string> { ["example.com/rack"] = "r7", ["tier"] = "", ["topology.kubernetes.io/zone"] = "a" }));
        });
    }

    [Test]
    public void The_built_in_registry_has_keys_of_its_own()
    {
        var registry = ClusterFile.Parse(Smallest + "\nregistry: {port: 5443, pull_through: true}", "tiny.yaml").Description!.Registry;

        Assert.That((registry.Mode, registry.Port, registry.PullThrough), Is.EqualTo((RegistryMode.Builtin, 5443, true)));
    }

    [Test]
    public void An_alias_stands_for_its_value()
    {
        var text = Smallest.Replace("interface: eno1", "interface: &nic eno1", StringComparison.Ordinal)
            .Replace("hostname: a,", "hostname: a, flannel_iface: *nic,", StringComparison.Ordinal);

        Assert.That(ClusterFile.Parse(text, "tiny.yaml").Description!.Nodes[0].FlannelInterface, Is.EqualTo("eno1"));
    }

    [TestCase("\ufeff", "", TestName = "A byte order mark in front is no problem")]
    [TestCase("%YAML 1.2\n---\n", "\n...\n", TestName = "The marks of a YAML document are no problem")]
    [TestCase("# Grüße aus dem Rechenzentrum 🚀\n", "\n# ende", TestName = "Comments may say anything")]
    public void Around_the_file(string before, string after) =>
        Assert.That(ClusterFile.Parse(before + Smallest + after, "tiny.yaml").Problems, Is.Empty);

    private static IEnumerable<TestCaseData> Octets()
    {
        var good = Encoding.UTF8.GetBytes(Smallest);
        yield return Case("Latin-1", [.. "version: 1\nname: k"u8, 0xf6, .. "ln\n"u8], "2:8: error: the file is not UTF-8: octet 0xf6 here");
        yield return Case("a cut character at the end", [.. good, (byte)'\n', 0xe2, 0x82], "9:1: error: the file is not UTF-8: octet 0xe2 here");
        yield return Case("an overlong slash", [0xc0, 0xaf], "1:1: error: the file is not UTF-8: octet 0xc0 here");
        yield return Case("UTF-16, little end first", [0xff, 0xfe, .. Encoding.Unicode.GetBytes(Smallest)], "1:1: error: the file is UTF-16; save it as UTF-8");
        yield return Case("UTF-16, big end first", [0xfe, 0xff, .. Encoding.BigEndianUnicode.GetBytes(Smallest)], "1:1: error: the file is UTF-16; save it as UTF-8");
        yield return Case("a NUL", [.. "version: 1\n\nname: "u8, 0], "3:7: error: a NUL character; is this a text file?");
        yield return Case("an escape character", [.. "version: \x1b[2J1"u8], "1:10: error: the control character U+001B may not stand in a YAML file");
        yield return Case("nothing", [], "1:1: error: the file is empty; cluster-desc.example.yaml is a good start");

        static TestCaseData Case(string what, byte[] octets, string expected) =>
            new TestCaseData(octets, expected).SetName($"A file with {what} is one problem with its place");
    }

    [TestCaseSource(nameof(Octets))]
    public void Octets_that_are_no_text(byte[] octets, string expected)
    {
        var path = Path.Combine(TestContext.CurrentContext.WorkDirectory, Path.GetRandomFileName());
        try
        {
            File.WriteAllBytes(path, octets);
            Assert.That(ClusterFile.Load(path).Problems.Select(problem => problem.ToString()), Is.EqualTo([$"{path}:{expected}"]));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Test]
    public void Half_a_surrogate_pair_is_one_problem() =>
        Assert.That(ClusterFile.Parse("name: \ud83d", "x").Problems.Single().ToString(), Is.EqualTo("x:1:7: error: the control character U+D83D may not stand in a YAML file"));

    [TestCase("/no/such/folder/cluster-desc.yaml", "there is no such file")]
    [TestCase("no-such-cluster-desc.yaml", "there is no such file")]
    [TestCase("/", "is a folder")]
    [TestCase("", "cannot be read")]
    [TestCase("a\0b", "cannot be read")]
    public void A_file_that_cannot_be_read_is_a_problem(string path, string fragment)
    {
        var problem = ClusterFile.Load(path).Problems.Single();

        Assert.That(problem.ToString(), Does.StartWith($"{path}:1:1: error: {fragment}"));
    }

    private static IEnumerable<TestCaseData> Pathological()
    {
        const int size = 2_000_000;
        foreach (var piece in new[] { "[", "{", "- ", "? ", "-\n", "a: ", "a:\n", "&a ", "*a ", "!a ", "'", "\"", "|\n", "\n", " ", "\t", "#", "# \n", "%a\n", "---\n", "a\n", "a ", ":", ",", "[,", "{a: ", "[\n", "a: b\n", "- a\n", "'a'\n", "\u2028" })
        {
            yield return new TestCaseData(string.Concat(Enumerable.Repeat(piece, size / piece.Length)))
                .SetName($"Two million characters of '{piece.Replace("\n", "\\n", StringComparison.Ordinal).Replace("\t", "\\t", StringComparison.Ordinal)}' are refused soon");
        }
        yield return new TestCaseData("nodes: [" + string.Concat(Enumerable.Repeat("{mac: x},", 200_000)) + "]").SetName("Two hundred thousand wrong nodes are refused soon");
        yield return new TestCaseData("x: &a {" + string.Join(", ", Enumerable.Range(0, 1000).Select(i => $"k{i}: v")) + "}\nnodes: [" + string.Join(", ", Enumerable.Repeat("*a", 100_000)) + "]")
            .SetName("A hundred thousand aliases to a large value are refused soon");
        yield return new TestCaseData(new string('x', 5_000_000)).SetName("Five million characters are refused soon");
        yield return new TestCaseData("version: 1\n" + string.Concat(Enumerable.Range(0, 100_000).Select(i => $"key{i}: v\n"))).SetName("A hundred thousand unknown keys are refused soon");
    }

    [TestCaseSource(nameof(Pathological))]
    public void Work_is_bounded(string text)
    {
        var watch = Stopwatch.StartNew();
        var result = ClusterFile.Parse(text, "x");

        Assert.Multiple(() =>
        {
            Assert.That(result.Description, Is.Null);
            Assert.That(result.Problems, Has.Count.InRange(1, 1001));
            // Generous for a busy machine: each takes a second or so, while work that is not bounded takes minutes and more.
            Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(60)));
        });
    }

    [Test]
    public void Problems_beyond_a_thousand_are_counted()
    {
        var problems = ClusterFile.Parse("version: 1\n" + string.Concat(Enumerable.Range(0, 1200).Select(i => $"key{i}: v\n")), "x").Problems;

        Assert.That(problems, Has.Count.EqualTo(1001));
        Assert.That(problems[^1].Message, Is.EqualTo("205 further problems are not shown"));
    }

    [Test]
    public void A_cluster_of_five_thousand_machines_is_read()
    {
        var text = "version: 1\nname: big\nbootstrapper: {address: 10.0.0.1, interface: eno1}\nnetwork: {subnet: 10.0.0.0/12, domain: big.example}\nos: {name: debian}\n"
            + "kubernetes: {service_range: 172.16.0.0/16, pod_range: 11.0.0.0/8}\nunknown_machines: ignore\nnodes:\n"
            + string.Concat(Enumerable.Range(0, 5000).Select(i =>
                $"  - mac: \"52:54:00:00:{i >> 8:x2}:{i & 255:x2}\"\n    hostname: n{i}\n    ip: 10.1.{i >> 8}.{i & 255}\n    roles: [{(i == 0 ? "kube_master, etcd_member" : "worker")}]\n"));

        var result = ClusterFile.Parse(text, "big.yaml");

        Assert.That(result.Problems, Is.Empty);
        Assert.That(result.Description!.Nodes, Has.Count.EqualTo(5000));
    }

    private static string InHex(IEnumerable<OptionSetting> settings) => string.Join(' ', settings.Select(setting =>
        $"{(int)setting.Code}={(setting.Value is { } value ? Convert.ToHexStringLower(value.Span) : "-")}"));
}
