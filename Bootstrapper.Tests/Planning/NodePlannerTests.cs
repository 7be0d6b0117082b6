using NUnit.Framework;
using Sextant.Cluster;
using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Planning;

[TestFixture]
public sealed class NodePlannerTests
{
    private const string RegistryHosts = "/etc/containerd/certs.d/_default/hosts.toml";

    private static readonly ClusterDescription Three = PlannedClusters.Three;

    /// <summary>One field changed, and what of m1's plan may change by it.</summary>
    private static IEnumerable<TestCaseData> Changes()
    {
        static TestCaseData Case(string name, ClusterDescription changed, params string[] affected) => new TestCaseData(changed, affected).SetArgDisplayNames(name);
        static ClusterDescription WithNode(int index, Func<NodeDescription, NodeDescription> change) =>
            Three with { Nodes = [.. Three.Nodes.Select((node, at) => at == index ? change(node) : node)] };

        yield return Case("nothing", Three with { });
        yield return Case("etcd token", Three with { Etcd = new EtcdDescription("other") }, "/etc/etcd/etcd.env");
        yield return Case("cluster name", Three with { Name = "other" }, "/etc/etcd/etcd.env", "etcd.service");
        yield return Case("domain", Three with { Network = Three.Network with { Domain = "other.example" } }, "/etc/hosts", "/etc/systemd/network/10-sextant.network", "etcd-server", "etcd-peer");
        yield return Case("lease time", Three with { Network = Three.Network with { LeaseTime = TimeSpan.FromHours(1) } });
        yield return Case("HTTP port", Three with { Bootstrapper = Three.Bootstrapper with { HttpPort = 8080 } });
        yield return Case("HTTPS port", Three with { Bootstrapper = Three.Bootstrapper with { HttpsPort = 8443 } }, "/etc/sextant/enroll");
        yield return Case("bootstrapper's address", Three with { Bootstrapper = Three.Bootstrapper with { Address = Ipv4Address.Parse("10.0.0.2") } },
            "/etc/hosts", "/etc/sextant/enroll", RegistryHosts);
        yield return Case("registry", Three with { Registry = RegistryDescription.At("r.example") }, "/etc/hosts", RegistryHosts);
        yield return Case("registry port", Three with { Registry = RegistryDescription.Builtin with { Port = 5001 } }, RegistryHosts);
        yield return Case("pull-through and images", Three with { Registry = RegistryDescription.Builtin with { PullThrough = true, Images = ["quay.io/a/b:1"] } });
        yield return Case("mirrors", Three with { AssetMirrors = [new AssetMirrorDescription("http://10.0.0.6", [])] });
        yield return Case("own rack", WithNode(0, node => node with { Rack = "r1" }));
        yield return Case("Kubernetes", Three with { Kubernetes = Three.Kubernetes with { Version = "1.35.8" } }, "/etc/containerd/config.toml");
        yield return Case("another member's address", WithNode(1, node => node with { Address = Ipv4Address.Parse("10.0.0.77") }), "/etc/hosts", "/etc/etcd/etcd.env", "/etc/etcd/join");
        yield return Case("another member's MAC", WithNode(1, node => node with { Mac = PlannedClusters.Mac(77) }));
        yield return Case("another member leaves etcd", WithNode(1, node => node with { Roles = [NodeRole.KubeMaster] }), "/etc/etcd/etcd.env", "/etc/etcd/join");
        yield return Case("own address", WithNode(0, node => node with { Address = Ipv4Address.Parse("10.0.0.77") }),
            "/etc/hosts", "/etc/systemd/network/10-sextant.network", "/etc/etcd/etcd.env", "/etc/etcd/join", "etcd-server", "etcd-peer");
        yield return Case("own name", WithNode(0, node => node with { Hostname = "other" }),
            "/etc/hosts", "/etc/etcd/etcd.env", "/etc/etcd/join", "etcd.service", "etcd-server", "etcd-peer");
        yield return Case("own kernel arguments", WithNode(0, node => node with { KernelArguments = ["quiet"] }));
        yield return Case("a new worker with a fixed address", Three with { Nodes = [.. Three.Nodes, PlannedClusters.Node(9, [NodeRole.Worker])] }, "/etc/hosts");
        yield return Case("a new worker with a dynamic address", Three with { Nodes = [.. Three.Nodes, PlannedClusters.Node(9, [NodeRole.Worker]) with { Address = null }] });
    }

    [TestCaseSource(nameof(Changes))]
    public void One_changed_field_changes_exactly_what_depends_on_it(ClusterDescription changed, string[] affected)
    {
        var before = Contents(PlannedClusters.PlanOf(Three, 1));
        var after = Contents(PlannedClusters.PlanOf(changed, 1));
        Assert.That(after.Keys, Is.EquivalentTo(before.Keys));
        Assert.That(before.Keys.Where(key => before[key] != after[key]), Is.EquivalentTo(affected));
    }

    [Test]
    public void Roles_choose_what_a_machine_gets()
    {
        var member = PlannedClusters.PlanOf(PlannedClusters.Five, 1);
        var worker = PlannedClusters.PlanOf(PlannedClusters.Five, 6);
        Assert.Multiple(() =>
        {
            Assert.That(member.Units.Select(unit => unit.Name), Is.EqualTo(new[] { "sextant-enroll.service", "containerd.service", "etcd.service" }));
            Assert.That(member.Certificates.Select(one => one.Name), Is.EqualTo(new[] { "etcd-server", "etcd-peer", "etcd-healthcheck-client" }));
            Assert.That(worker.Units.Select(unit => unit.Name), Is.EqualTo(new[] { "sextant-enroll.service", "containerd.service" }));
            Assert.That(worker.Certificates, Is.Empty);
            Assert.That(worker.Files.Select(file => file.Path), Has.None.Contains("etcd"));
        });
    }

    [Test]
    public void No_plan_writes_a_path_twice_or_a_file_others_may_write()
    {
        foreach (var cluster in new[] { Three, PlannedClusters.One, PlannedClusters.Five })
            foreach (var node in cluster.Nodes)
            {
                var plan = PlannedClusters.Plan(cluster).For(node.Mac, null)!;
                Assert.That(plan.Files.Select(file => file.Path), Is.Unique.And.All.StartsWith("/etc/"));
                Assert.That(plan.Files.Where(file => (file.Mode & 0x12) != 0), Is.Empty, "0022");
                Assert.That(plan.Files.Select(file => file.Content), Is.All.EndsWith("\n"));
                Assert.That(plan.Certificates.Select(one => one.Name), Is.Unique);
            }
    }

    [Test]
    public void A_stranger_that_may_join_is_a_worker_named_after_its_MAC()
    {
        var plan = PlannedClusters.Plan(PlannedClusters.Five).For(PlannedClusters.Stranger, Ipv4Address.Parse("10.0.0.150"))!;
        Assert.Multiple(() =>
        {
            Assert.That(plan.Hostname, Is.EqualTo("node-52-54-00-99-99-99"));
            Assert.That(plan.Roles, Is.EqualTo(new[] { NodeRole.Worker }));
            Assert.That(plan.Address, Is.EqualTo(Ipv4Address.Parse("10.0.0.150")));
            Assert.That(plan.HasFixedAddress, Is.False);
            Assert.That(plan.Files.Single(file => file.Path == "/etc/hosts").Content, Does.Contain("127.0.1.1 node-52-54-00-99-99-99.rack.example node-52-54-00-99-99-99\n"));
        });
    }

    [Test]
    public void A_stranger_that_may_not_join_has_no_plan()
    {
        Assert.That(PlannedClusters.Plan(Three).For(PlannedClusters.Stranger, null), Is.Null);
        Assert.That(PlannedClusters.Plan(PlannedClusters.One).For(PlannedClusters.Stranger, null), Is.Null);
    }

    private static Dictionary<string, string> Contents(NodePlan plan) =>
        plan.Files.Select(file => (file.Path, $"{file.Mode} {file.Owner} {file.Content}"))
            .Concat(plan.Units.Select(unit => (unit.Name, unit.Enabled + unit.Content)))
            .Concat(plan.Certificates.Select(one => (one.Name, $"{one with { DnsNames = [], Addresses = [] }} {string.Join(' ', one.DnsNames)} {string.Join(' ', one.Addresses)}"
                .Replace("System.String[]", "", StringComparison.Ordinal))))
            .ToDictionary();
}
