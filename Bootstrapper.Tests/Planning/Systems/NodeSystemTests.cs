using System.Text.Json;
using NUnit.Framework;
using Sextant.Cluster;
using Sextant.Dhcp.Wire;
using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Planning.Systems;

/// <summary>What differs between the operating systems: where etcd and containerd come from, what manages the network, what must not run.</summary>
[TestFixture]
public sealed class NodeSystemTests
{
    private static readonly ClusterDescription Joining = PlannedClusters.Joining;

    [TestCase(OperatingSystemName.Debian, "/usr/bin/etcd", "ETCD_EXPERIMENTAL_INITIAL_CORRUPT_CHECK=true", "ETCD_EXPERIMENTAL_WATCH_PROGRESS_NOTIFY_INTERVAL=5s", false)]
    [TestCase(OperatingSystemName.Flatcar, "/opt/bin/etcd", "ETCD_FEATURE_GATES=InitialCorruptCheck=true", "ETCD_WATCH_PROGRESS_NOTIFY_INTERVAL=5s", true)]
    [TestCase(OperatingSystemName.FedoraCoreos, "/opt/bin/etcd", "ETCD_FEATURE_GATES=InitialCorruptCheck=true", "ETCD_WATCH_PROGRESS_NOTIFY_INTERVAL=5s", true)]
    [TestCase(OperatingSystemName.Rocky, "/opt/bin/etcd", "ETCD_FEATURE_GATES=InitialCorruptCheck=true", "ETCD_WATCH_PROGRESS_NOTIFY_INTERVAL=5s", true)]
    public void Etcd_is_the_systems_own_or_the_sites_in_the_words_of_its_release(
        OperatingSystemName system, string program, string corruptCheck, string progress, bool isFetched)
    {
        var plan = PlannedClusters.PlanOf(Joining.On(system), 1);
        var unit = plan.Units.Single(one => one.Name == "etcd.service").Content!.Split('\n');
        var environment = Content(plan, "/etc/etcd/etcd.env").Split('\n');
        Assert.Multiple(() =>
        {
            Assert.That(unit, Has.One.EqualTo($"ExecStart={program}"));
            Assert.That(unit.Count(line => line.EndsWith(" sextant-fetch.service", StringComparison.Ordinal)), Is.EqualTo(isFetched ? 2 : 0), "wanted, and waited for");
            Assert.That(environment, Has.One.EqualTo(corruptCheck).And.One.EqualTo(progress));
            Assert.That(environment.Count(line => line.Contains("CORRUPT", StringComparison.OrdinalIgnoreCase) || line.Contains("PROGRESS", StringComparison.Ordinal)), Is.EqualTo(2));
            Assert.That(plan.Accounts, Is.EqualTo(isFetched ? new[] { "etcd" } : []));
            Assert.That(plan.Downloads.Where(one => one.Asset.Path.StartsWith("etcd/", StringComparison.Ordinal)).Select(one => (one.Target, one.Unpacking)),
                Is.EqualTo(isFetched ? new[] { ("/opt/bin", Unpacking.ArchiveFolder) } : []));
        });
    }

    [TestCase(OperatingSystemName.Debian, false)]
    [TestCase(OperatingSystemName.Flatcar, false)]
    [TestCase(OperatingSystemName.FedoraCoreos, false)]
    [TestCase(OperatingSystemName.Rocky, true)]
    public void Containerd_is_the_systems_own_unless_it_has_none(OperatingSystemName system, bool isFetched)
    {
        var plan = PlannedClusters.PlanOf(Joining.On(system), 4);
        var fetched = plan.Downloads.Where(one => one.Asset.Path.StartsWith("containerd/", StringComparison.Ordinal) || one.Asset.Path.StartsWith("runc/", StringComparison.Ordinal))
            .Select(one => (one.Target, one.Unpacking));
        var unit = plan.Units.Single(one => one.Name == "containerd.service");
        Assert.That(unit.Enabled);
        Assert.That(fetched, Is.EqualTo(isFetched ? new[] { ("/opt/bin", Unpacking.ArchiveFolder), ("/opt/bin/runc", Unpacking.Program) } : []));
        if (isFetched) Assert.That(unit.Content, Does.Contain("\nExecStart=/opt/bin/containerd\n").And.Contain("\nEnvironment=PATH=/opt/bin:"));
        else Assert.That(unit.Content, Is.Null);
    }

    [Test]
    public void Flatcars_containerd_is_pointed_to_the_configuration_and_the_others_find_it()
    {
        foreach (var system in Enum.GetValues<OperatingSystemName>())
        {
            var dropIn = Content(PlannedClusters.PlanOf(Joining.On(system), 4), "/etc/systemd/system/containerd.service.d/10-sextant.conf");
            Assert.That(dropIn, Does.Contain("\nConditionPathExists=/etc/containerd/certs.d/_default/hosts.toml\n"));
            Assert.That(dropIn.Contains("\n[Service]\nEnvironment=CONTAINERD_CONFIG=/etc/containerd/config.toml\n", StringComparison.Ordinal), Is.EqualTo(system is OperatingSystemName.Flatcar));
        }
    }

    [TestCase(OperatingSystemName.Flatcar)]
    [TestCase(OperatingSystemName.FedoraCoreos)]
    [TestCase(OperatingSystemName.Rocky)]
    public void The_configuration_of_containerd_2_has_its_form(OperatingSystemName system)
    {
        var toml = Content(PlannedClusters.PlanOf(Joining.On(system), 4), "/etc/containerd/config.toml");
        var read = Tool.Run("/usr/bin/python3", ["-c", "import json, sys, tomllib; print(json.dumps(tomllib.loads(sys.stdin.read())))"], toml);
        Assert.That(read.Status, Is.Zero, read.ToString());
        using var json = JsonDocument.Parse(read.Output);
        var plugins = json.RootElement.GetProperty("plugins");
        var runc = plugins.GetProperty("io.containerd.cri.v1.runtime").GetProperty("containerd").GetProperty("runtimes").GetProperty("runc");
        Assert.Multiple(() =>
        {
            Assert.That(json.RootElement.GetProperty("version").GetInt32(), Is.EqualTo(3));
            Assert.That(plugins.GetProperty("io.containerd.cri.v1.images").GetProperty("pinned_images").GetProperty("sandbox").GetString(), Is.EqualTo("registry.k8s.io/pause:3.10.2"));
            Assert.That(plugins.GetProperty("io.containerd.cri.v1.images").GetProperty("registry").GetProperty("config_path").GetString(), Is.EqualTo("/etc/containerd/certs.d"));
            Assert.That(runc.GetProperty("runtime_type").GetString(), Is.EqualTo("io.containerd.runc.v2"));
            Assert.That(runc.GetProperty("options").GetProperty("SystemdCgroup").GetBoolean());
            Assert.That(plugins.GetProperty("io.containerd.internal.v1.opt").GetProperty("path").GetString(), Is.EqualTo("/var/lib/containerd/opt"));
            Assert.That(plugins.TryGetProperty("io.containerd.grpc.v1.cri", out _), Is.False, "the form of containerd 1");
        });
    }

    [TestCase(OperatingSystemName.Debian, "")]
    [TestCase(OperatingSystemName.Flatcar, "update-engine.service locksmithd.service")]
    [TestCase(OperatingSystemName.FedoraCoreos, "zincati.service rpm-ostree-countme.timer")]
    [TestCase(OperatingSystemName.Rocky, "firewalld.service dnf-makecache.timer swap.target")]
    public void What_would_update_restart_or_close_a_node_never_starts(OperatingSystemName system, string units) =>
        Assert.That(string.Join(' ', PlannedClusters.PlanOf(Joining.On(system), 4).MaskedUnits), Is.EqualTo(units));

    [TestCase(OperatingSystemName.Debian, "/etc/systemd/network/10-sextant.network")]
    [TestCase(OperatingSystemName.Flatcar, "/etc/systemd/network/10-sextant.network")]
    [TestCase(OperatingSystemName.FedoraCoreos, "/etc/NetworkManager/system-connections/sextant.nmconnection /etc/NetworkManager/conf.d/10-sextant.conf")]
    [TestCase(OperatingSystemName.Rocky, "/etc/NetworkManager/system-connections/sextant.nmconnection /etc/NetworkManager/conf.d/10-sextant.conf")]
    public void The_network_is_told_in_the_words_of_what_manages_it(OperatingSystemName system, string files)
    {
        var plan = PlannedClusters.PlanOf(Joining.On(system), 4);
        Assert.That(plan.Files.Select(file => file.Path).Where(path => path.StartsWith("/etc/systemd/network/", StringComparison.Ordinal) || path.StartsWith("/etc/NetworkManager/", StringComparison.Ordinal)),
            Is.EqualTo(files.Split(' ')));
        foreach (var connection in plan.Files.Where(file => file.Path.EndsWith(".nmconnection", StringComparison.Ordinal)))
            Assert.That(connection.Mode, Is.EqualTo(Permissions.Private), "NetworkManager passes over a connection that others may read");
    }

    [Test]
    public void NetworkManager_gets_the_fixed_address_or_asks_for_one_in_the_name_of_the_MAC()
    {
        var rocky = Joining.On(OperatingSystemName.Rocky);
        const string path = "/etc/NetworkManager/system-connections/sextant.nmconnection";
        var wide = rocky with { Network = rocky.Network with { UpstreamResolvers = [Ipv4Address.Parse("10.0.0.2"), Ipv4Address.Parse("10.0.0.3")] } };
        var alone = rocky with { Network = rocky.Network.With(subnet => subnet with { Gateway = null }) };
        Assert.Multiple(() =>
        {
            Assert.That(Settings(Content(PlannedClusters.PlanOf(wide, 1), path)), Is.EqualTo(
                "id=sextant type=ethernet autoconnect-priority=100 mac-address=52:54:00:00:00:01 method=manual address1=10.0.0.11/24,10.0.0.254 dns=10.0.0.1;10.0.0.2;10.0.0.3; "
                + "dns-search=open.example; method=disabled"));
            Assert.That(Settings(Content(PlannedClusters.PlanOf(alone, 1), path)), Does.Contain(" address1=10.0.0.11/24 dns=10.0.0.1; dns-search=open.example; route1=10.96.0.0/16 "));
            Assert.That(Settings(Content(PlannedClusters.PlanOf(rocky, 4), path)), Does.EndWith(" mac-address=52:54:00:00:00:04 method=auto dhcp-client-id=mac method=disabled"));
        });
    }

    [TestCase(OperatingSystemName.Debian, "/etc/systemd/network/10-sextant.network",
        "MACAddress=52:54:00:00:00:01 Type=ether Kind=!* MTUBytes=1400 Address=10.0.1.11/24 Gateway=10.0.1.254 DNS=10.0.1.3 NTP=10.0.1.5 Domains=open.example r2.example "
        + "Destination=10.2.0.0/16 Gateway=10.0.1.253")]
    [TestCase(OperatingSystemName.Rocky, "/etc/NetworkManager/system-connections/sextant.nmconnection",
        "id=sextant type=ethernet autoconnect-priority=100 mac-address=52:54:00:00:00:01 mtu=1400 method=manual address1=10.0.1.11/24,10.0.1.254 dns=10.0.1.3; "
        + "dns-search=open.example;r2.example; route1=10.2.0.0/16,10.0.1.253 method=disabled")]
    public void A_machine_with_a_fixed_address_has_what_DHCP_would_say_of_its_own_subnet(OperatingSystemName system, string path, string expected)
    {
        DhcpOption[] options =
        [
            DhcpOption.Of(OptionCode.InterfaceMtu, (ushort)1400), DhcpOption.Of(OptionCode.NtpServer, [Ipv4Address.Parse("10.0.1.5")]),
            DhcpOption.Of(OptionCode.DomainNameServer, [Ipv4Address.Parse("10.0.1.3")]), DhcpOption.OfDomains(OptionCode.DomainSearch, ["open.example", "r2.example"]),
            DhcpOption.OfRoutes(OptionCode.ClasslessRoutes, [new Ipv4Route(Ipv4Network.Parse("10.2.0.0/16"), Ipv4Address.Parse("10.0.1.253"))]),
        ];
        var behind = new SubnetDescription(Ipv4Network.Parse("10.0.1.0/24"), Ipv4Address.Parse("10.0.1.254"), null, TimeSpan.FromHours(1))
        {
            Options = [.. options.Select(OptionSetting.Of)],
        };
        var cluster = Joining.On(system);
        cluster = cluster with
        {
            Network = cluster.Network with { Subnets = [.. cluster.Network.Subnets, behind] },
            Nodes = [cluster.Nodes[0] with { Address = Ipv4Address.Parse("10.0.1.11") }, .. cluster.Nodes.Skip(1)],
        };
        Assert.That(Settings(Content(PlannedClusters.PlanOf(cluster, 1), path)), Is.EqualTo(expected));
    }

    [Test]
    public void Without_a_gateway_nodes_of_Kubernetes_have_a_route_for_services_and_others_have_none()
    {
        var alone = PlannedClusters.Five with { Network = PlannedClusters.Five.Network.With(subnet => subnet with { Gateway = null }) };
        const string path = "/etc/systemd/network/10-sextant.network";
        Assert.Multiple(() =>
        {
            Assert.That(Settings(Content(PlannedClusters.PlanOf(alone, 8), path)), Does.EndWith(" Destination=10.96.0.0/16 Scope=link"), "a master");
            Assert.That(Settings(Content(PlannedClusters.PlanOf(alone, 7), path)), Does.EndWith(" Destination=10.96.0.0/16 Scope=link"), "a worker that takes a lease");
            Assert.That(Content(PlannedClusters.PlanOf(alone, 1), path), Does.Not.Contain("Route"), "a member of etcd alone");
            Assert.That(Content(PlannedClusters.PlanOf(PlannedClusters.Five, 8), path), Does.Not.Contain("Route"), "the default route is enough");
        });
    }

    [Test]
    public void The_module_of_Ceph_is_loaded_where_volumes_come_from_it()
    {
        foreach (var (cluster, expected) in new[] { (PlannedClusters.WithVip, true), (Joining, false) })
        {
            var modules = PlannedClusters.PlanOf(cluster, 4).Files.Single(file => file.Path.StartsWith("/etc/modules-load.d/", StringComparison.Ordinal)).Content;
            Assert.That(modules.Contains("\nrbd\n", StringComparison.Ordinal), Is.EqualTo(expected));
        }
    }

    private static string Content(NodePlan plan, string path) => plan.Files.Single(file => file.Path == path).Content;

    private static string Settings(string keyFile) => string.Join(' ', keyFile.Split('\n').Where(line => line.Contains('=', StringComparison.Ordinal) && line[0] != '#'));
}
