using NUnit.Framework;
using Sextant.Cluster;
using Sextant.Primitives;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Planning;

[TestFixture]
public sealed class NodePlannerTests
{
    private static readonly ClusterDescription Three = PlannedClusters.Three;

    [Test]
    public void Roles_choose_what_a_machine_gets()
    {
        var member = PlannedClusters.PlanOf(PlannedClusters.Five, 1);
        var worker = PlannedClusters.PlanOf(PlannedClusters.Five, 6);
        Assert.Multiple(() =>
        {
            Assert.That(member.Units.Select(unit => unit.Name),
                Is.EqualTo(new[] { "sextant-enroll.service", "sextant-renew.service", "sextant-renew.timer", "etcd.service", "sextant-etcd-promote.service" }),
                "a machine that is a member and nothing else runs no containers");
            Assert.That(member.Certificates.Select(one => one.Name), Is.EqualTo(new[] { "machine", "etcd-server", "etcd-peer", "etcd-healthcheck-client" }));
            Assert.That(worker.Units.Select(unit => unit.Name), Is.EqualTo(new[] { "sextant-enroll.service", "sextant-fetch.service", "sextant-renew.service", "sextant-renew.timer", "containerd.service", "kubelet.service" }));
            Assert.That(worker.Certificates.Select(one => one.Name), Is.EqualTo(new[] { "machine", "kubelet-client", "kubelet-server" }));
            Assert.That(worker.Files.Select(file => file.Path), Has.None.Contains("etcd"));
        });
    }

    [Test]
    public void No_plan_writes_a_path_twice_or_a_file_others_may_write()
    {
        foreach (var cluster in PlannedClusters.All.Values)
            foreach (var (_, plan) in PlannedClusters.NodesOf(cluster))
            {
                Assert.That(plan.Files.Select(file => file.Path), Is.Unique.And.All.StartsWith("/etc/"));
                Assert.That(plan.Units.Select(unit => unit.Name).Concat(plan.MaskedUnits), Is.Unique);
                Assert.That(plan.Downloads.Select(download => download.Asset), Is.Unique);
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
}
