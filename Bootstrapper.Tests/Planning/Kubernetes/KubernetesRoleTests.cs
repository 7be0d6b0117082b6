using NUnit.Framework;
using Sextant.Cluster;
using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Planning.Kubernetes;

/// <summary>What each kind of machine gets, and what it does not.</summary>
public sealed class KubernetesRoleTests
{
    private static readonly string[] NodeFiles =
    [
        "/etc/crictl.yaml", "/etc/kubernetes/kubelet.conf", "/etc/kubernetes/kubelet.yaml", "/etc/kubernetes/manifests/api-proxy.yaml", "/etc/kubernetes/pki/ca.crt",
        "/etc/kubernetes/proxy/haproxy.cfg", "/etc/modules-load.d/90-sextant-kubernetes.conf", "/etc/sysctl.d/90-sextant-kubernetes.conf",
    ];

    private static readonly string[] MasterFiles =
    [
        "/etc/kubernetes/admin.conf", "/etc/kubernetes/config/admission.yaml", "/etc/kubernetes/config/audit-policy.yaml", "/etc/kubernetes/config/authentication.yaml",
        "/etc/kubernetes/controller-manager.conf", "/etc/kubernetes/manifests/kube-apiserver.yaml", "/etc/kubernetes/manifests/kube-controller-manager.yaml",
        "/etc/kubernetes/manifests/kube-scheduler.yaml", "/etc/kubernetes/pki/etcd-ca.crt", "/etc/kubernetes/pki/front-proxy-ca.crt", "/etc/kubernetes/scheduler.conf",
    ];

    private static readonly string[] VirtualAddressFiles = ["/etc/kubernetes/vip/kube-vip.yaml", "/etc/kubernetes/vip/place"];

    private static readonly string[] NodeDownloads = ["/opt/bin/kubelet", "/opt/bin", "/opt/cni/bin"];

    private static IEnumerable<TestCaseData> Kinds()
    {
        yield return new TestCaseData(1, (string[])[.. NodeFiles, .. MasterFiles, .. VirtualAddressFiles], (string[])[.. NodeDownloads, "/opt/bin/kubectl"], 2)
            .SetArgDisplayNames("master, member and worker");
        yield return new TestCaseData(2, (string[])[.. NodeFiles, .. MasterFiles, .. VirtualAddressFiles], (string[])[.. NodeDownloads, "/opt/bin/kubectl"], 2).SetArgDisplayNames("master");
        yield return new TestCaseData(3, NodeFiles, NodeDownloads, 0).SetArgDisplayNames("worker");
        yield return new TestCaseData(4, NodeFiles, NodeDownloads, 0).SetArgDisplayNames("ingress");
        yield return new TestCaseData(5, Array.Empty<string>(), Array.Empty<string>(), 0).SetArgDisplayNames("member of etcd");
        yield return new TestCaseData(6, NodeFiles, NodeDownloads, 0).SetArgDisplayNames("worker without a fixed address");
    }

    [TestCaseSource(nameof(Kinds))]
    public void A_machine_gets_what_its_roles_need(int number, string[] files, string[] downloads, int secrets)
    {
        var plan = KubernetesClusters.Plan(number);
        var kubernetes = plan.Files.Select(file => file.Path).Where(path => path.Contains("kubernetes", StringComparison.Ordinal) || path == "/etc/crictl.yaml");
        Assert.Multiple(() =>
        {
            Assert.That(kubernetes, Is.EquivalentTo(files));
            Assert.That(plan.Downloads.Select(download => download.Target).Where(target => !target.Contains("etcd", StringComparison.Ordinal)), Is.SupersetOf(downloads));
            Assert.That(plan.Downloads.Any(download => download.Target == "/opt/bin/kubectl"), Is.EqualTo(downloads.Contains("/opt/bin/kubectl")));
            Assert.That(plan.Secrets, Has.Count.EqualTo(secrets));
            Assert.That(plan.Units.Any(unit => unit.Name == "kubelet.service"), Is.EqualTo(files.Length > 0));
        });
    }

    [TestCase(1, "")]
    [TestCase(2, "node-role.kubernetes.io/control-plane  NoSchedule")]
    [TestCase(3, "example.com/gpu a100 NoSchedule|slow  PreferNoSchedule|on true NoExecute")]
    [TestCase(4, "")]
    public void A_kubelet_registers_with_the_taints_of_its_machine(int number, string expected)
    {
        var taints = KubernetesManifests.Find(KubernetesManifests.Document(KubernetesClusters.Plan(number).Text("/etc/kubernetes/kubelet.yaml")), "registerWithTaints");
        var found = (taints as YamlDotNet.RepresentationModel.YamlSequenceNode ?? [])
            .Select(taint => $"{KubernetesManifests.Text(taint, "key")} {KubernetesManifests.Text(taint, "value")} {KubernetesManifests.Text(taint, "effect")}");
        Assert.That(string.Join('|', found), Is.EqualTo(expected));
    }

    [TestCase(1, "--node-ip=10.0.0.11", null)]
    [TestCase(3, "--node-ip=10.0.0.13", "--node-labels=disk=,example.com/rack=12,sextant.io/gpu=true")]
    [TestCase(4, "--node-ip=10.0.0.14", "--node-labels=sextant.io/ingress=true")]
    [TestCase(6, null, null)]
    public void A_kubelet_is_told_its_fixed_address_and_its_labels(int number, string? address, string? labels)
    {
        var flags = Flags(KubernetesClusters.Plan(number));
        Assert.That(flags.Where(flag => flag.StartsWith("--node-", StringComparison.Ordinal)), Is.EqualTo(new[] { address, labels }.OfType<string>()));
        Assert.That(flags, Has.Some.EqualTo($"--hostname-override=m{number}"));
    }

    [Test]
    public void A_stranger_that_joins_is_a_worker_under_the_name_its_certificate_has()
    {
        var plan = PlannedClusters.Plan(KubernetesClusters.Mixed).For(PlannedClusters.Stranger, Ipv4Address.Parse("10.0.0.150"))!;
        Assert.Multiple(() =>
        {
            Assert.That(Flags(plan), Has.Some.EqualTo("--hostname-override=node-52-54-00-99-99-99").And.None.StartsWith("--node-"));
            Assert.That(plan.Certificates.Single(one => one.Name == "kubelet-client").CommonName, Is.EqualTo("system:node:node-52-54-00-99-99-99"));
            Assert.That(plan.Certificates.Single(one => one.Name == "kubelet-server").Addresses, Is.EqualTo(new[] { "10.0.0.150" }));
        });
    }

    [Test]
    public void A_driver_comes_as_an_extension_where_the_system_has_such()
    {
        const string extensions = "/etc/flatcar/enabled-sysext.conf";
        var flatcar = KubernetesClusters.Mixed with { OperatingSystem = KubernetesClusters.Mixed.OperatingSystem with { Name = OperatingSystemName.Flatcar } };
        Assert.That(PlannedClusters.PlanOf(flatcar, 3).Text(extensions), Does.Contain("\nnvidia-drivers-"));
        Assert.That(PlannedClusters.PlanOf(flatcar, 1).Files.Select(file => file.Path), Has.None.EqualTo(extensions), "no GPU");
        Assert.That(KubernetesClusters.Plan(3).Files.Select(file => file.Path), Has.None.EqualTo(extensions), "Debian");
    }

    [Test]
    public void The_proxy_of_every_node_knows_every_master_and_restarts_when_they_change()
    {
        const string configuration = "/etc/kubernetes/proxy/haproxy.cfg";
        const string pod = "/etc/kubernetes/manifests/api-proxy.yaml";
        var plan = KubernetesClusters.Plan(3);
        var other = PlannedClusters.PlanOf(KubernetesClusters.Mixed with { Nodes = [.. KubernetesClusters.Mixed.Nodes.Where(node => node.Hostname != "m2")] }, 3);
        Assert.Multiple(() =>
        {
            Assert.That(plan.Text(configuration).Split('\n').Select(line => line.Trim()).Where(line => line.StartsWith("server ", StringComparison.Ordinal)),
                Is.EqualTo(new[] { "server m1 10.0.0.11:6443", "server m2 10.0.0.12:6443" }));
            Assert.That(KubernetesClusters.Plan(4).Text(pod).Replace("on m4;", "on m3;", StringComparison.Ordinal), Is.EqualTo(plan.Text(pod)));
            Assert.That(other.Text(configuration), Does.Not.Contain("server m2"));
            Assert.That(other.Text(pod), Is.Not.EqualTo(plan.Text(pod)));
        });
    }

    [Test]
    public void A_release_that_is_not_pinned_is_no_plan()
    {
        var cluster = KubernetesClusters.Mixed with { Kubernetes = KubernetesClusters.Mixed.Kubernetes with { Version = "1.34.2" } };
        Assert.That(() => PlannedClusters.PlanOf(cluster, 3), Throws.TypeOf<PinException>().With.Message.Contains("is pinned for this cluster"));
    }

    private static string[] Flags(NodePlan plan) =>
        [.. plan.Units.Single(unit => unit.Name == "kubelet.service").Content!.Split('\n').Select(line => line.Trim().TrimEnd('\\').TrimEnd()).Where(line => line.StartsWith("--", StringComparison.Ordinal))];
}
