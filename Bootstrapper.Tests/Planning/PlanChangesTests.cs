using NUnit.Framework;
using Sextant.Cluster;
using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Planning;

/// <summary>What another description would change, one changed field to a row.</summary>
[TestFixture]
public sealed class PlanChangesTests
{
    private static readonly ClusterDescription Base = PlannedClusters.Five;

    private static IEnumerable<TestCaseData> Changes()
    {
        static TestCaseData Case(string name, ClusterDescription changed, string machines, string service = "", string restart = "") => new TestCaseData(changed, machines, service, restart).SetArgDisplayNames(name);
        static ClusterDescription Node(int number, Func<NodeDescription, NodeDescription> change) =>
            Base with { Nodes = [.. Base.Nodes.Select((node, at) => at == number - 1 ? change(node) : node)] };
        var (network, system) = (Base.Network, Base.OperatingSystem);
        const string Same = "unchanged unchanged unchanged unchanged unchanged unchanged unchanged unchanged";
        const string Everyone = "reinstall reinstall reinstall reinstall reinstall reinstall reinstall reinstall";

        yield return Case("nothing", Base with { }, Same);
        yield return Case("an addon", Base with { Addons = ["metrics-server"] }, Same[..^"unchanged".Length] + "config");
        yield return Case("labels", Node(6, node => node with { Labels = new Dictionary<string, string> { ["example.com/a"] = "b" } }), "unchanged unchanged unchanged unchanged unchanged reinstall unchanged config");
        yield return Case("a taint", Node(6, node => node with { Taints = ["example.com/a=b:NoSchedule"] }), "unchanged unchanged unchanged unchanged unchanged reinstall unchanged unchanged");
        yield return Case("SSH keys", Base with { SshAuthorizedKeys = [] }, Everyone);
        yield return Case("kernel arguments", Base with { OperatingSystem = system with { KernelArguments = ["quiet"] } }, Everyone);
        yield return Case("the install disk", Node(1, node => node with { InstallDisk = "/dev/sdb" }), "reinstall unchanged unchanged unchanged unchanged unchanged unchanged unchanged");
        yield return Case("a new worker", Base with { Nodes = [.. Base.Nodes, PlannedClusters.Node(9, [NodeRole.Worker]) with { Address = null }] }, Same[..^"unchanged".Length] + "config new", "DNS");
        yield return Case("a worker less", Base with { Nodes = [.. Base.Nodes.Where(node => node.Address is not null)] }, Same[..^" unchanged unchanged".Length] + " config removed", "DNS");
        yield return Case("a machine in another's place", Node(7, node => node with { Mac = PlannedClusters.Mac(77) }), "unchanged unchanged unchanged unchanged unchanged unchanged new unchanged removed", "DNS");
        yield return Case("the lease time", Base with { Network = network.With(subnet => subnet with { LeaseTime = TimeSpan.FromHours(1) }) }, Same, "DHCP");
        yield return Case("strangers", Base with { UnknownMachines = UnknownMachines.Ignore }, Same, "unknown machines");
        yield return Case("enrolment", Base with { Enrollment = Enrollment.Approve }, Same, "enrollment");
        yield return Case("readers of the status page", Base with { Status = new StatusDescription(StatusReaders.Operator) }, Same, "who may look at the status page");
        yield return Case("pull-through", Base with { Registry = RegistryDescription.Builtin with { PullThrough = true } }, Same, "registry");
        yield return Case("the interface", Base with { Bootstrapper = Base.Bootstrapper with { Interface = "eno2" } }, Same, restart: "bootstrapper");
        yield return Case("a port", Base with { Bootstrapper = Base.Bootstrapper with { HttpsPort = 8443 } }, Everyone, restart: "bootstrapper");
        yield return Case("DHCP by somebody else", Base with { Dhcp = new DhcpDescription(DhcpMode.Proxy) }, Same, restart: "dhcp.mode");
        yield return Case("no time", Base with { Ntp = new NtpDescription(NtpMode.Off, null) }, Everyone, restart: "ntp.mode");
    }

    [TestCaseSource(nameof(Changes))]
    public void The_decision_table(ClusterDescription changed, string machines, string service, string restart)
    {
        var changes = PlanChanges.Between(PlannedClusters.Plan(Base), PlannedClusters.Plan(changed));
        Assert.That(string.Join(' ', changes.Machines.Select(machine => machine.Change.ToString().ToLowerInvariant())), Is.EqualTo(machines),
            string.Join('\n', changes.Machines.Select(machine => $"{machine.Hostname}: {string.Join(", ", machine.Config)} | {string.Join(", ", machine.Reinstall)}")));
        Assert.That(string.Join(", ", changes.Service), Is.EqualTo(service));
        Assert.That(string.Join(", ", changes.Restart), Is.EqualTo(restart));
    }

    [Test]
    public void What_differs_is_named()
    {
        var changed = Base with { Nodes = [.. Base.Nodes.Select(node => node.Mac == PlannedClusters.Mac(6) ? node with { Address = Ipv4Address.Parse("10.0.0.66") } : node)] };
        var changes = PlanChanges.Between(PlannedClusters.Plan(Base), PlannedClusters.Plan(changed));
        var worker = changes.Machines.Single(machine => machine.Mac == PlannedClusters.Mac(6));
        Assert.That(worker.Config, Is.EqualTo(new[] { "lease", "certificate kubelet-server" }));
        Assert.That(worker.Reinstall, Is.SupersetOf(new[] { "file /etc/hosts", "unit kubelet.service" }));
        Assert.That(changes.Machines[0].Reinstall, Is.EqualTo(new[] { "file /etc/hosts" }), "the others know it by its address");
        Assert.That(changes.Service, Is.EqualTo(new[] { "DNS" }));
    }
}
