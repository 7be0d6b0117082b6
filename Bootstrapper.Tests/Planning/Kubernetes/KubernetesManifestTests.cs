using NUnit.Framework;
using Sextant.Planning;
using Sextant.Tests.TestKit;
using YamlDotNet.RepresentationModel;

namespace Sextant.Tests.Planning.Kubernetes;

/// <summary>Everything Kubernetes is to read on a machine, read strictly.</summary>
public sealed class KubernetesManifestTests
{
    private const string Manifests = "/etc/kubernetes/manifests/";

    private static IEnumerable<TestCaseData> Documents() => KubernetesClusters.Nodes()
        .SelectMany(one => one.Node.Files.Select(file => (one.Cluster, one.Node, file.Path, file.Content)).Concat(
            one.Node.Secrets.Where(secret => secret.Path.EndsWith(".yaml", StringComparison.Ordinal)).Select(secret => (one.Cluster, one.Node, secret.Path, Content: one.Cluster.ContentOf(secret)))))
        .Where(one => one.Path.StartsWith("/etc/kubernetes/", StringComparison.Ordinal) && (one.Path.EndsWith(".yaml", StringComparison.Ordinal) || one.Path.EndsWith(".conf", StringComparison.Ordinal)))
        .DistinctBy(one => (one.Path, one.Content))
        .Select(one => new TestCaseData(one.Path, one.Content).SetArgDisplayNames(one.Cluster.Description.Name, one.Node.Hostname, one.Path));

    [TestCaseSource(nameof(Documents))]
    public void A_document_for_Kubernetes_has_no_fault(string path, string content) => Assert.That(KubernetesManifests.Faults(content), Is.Empty, content);

    [Test]
    public void Every_kind_of_document_was_read() => Assert.That(Documents().Select(one => (string)one.Arguments[0]!).Distinct(), Is.EquivalentTo(new[]
    {
        "/etc/kubernetes/admin.conf", "/etc/kubernetes/controller-manager.conf", "/etc/kubernetes/kubelet.conf", "/etc/kubernetes/scheduler.conf",
        "/etc/kubernetes/config/admission.yaml", "/etc/kubernetes/config/audit-policy.yaml", "/etc/kubernetes/config/authentication.yaml", "/etc/kubernetes/config/encryption.yaml",
        "/etc/kubernetes/kubelet.yaml", "/etc/kubernetes/vip/kube-vip.yaml",
        Manifests + "api-proxy.yaml", Manifests + "kube-apiserver.yaml", Manifests + "kube-controller-manager.yaml", Manifests + "kube-scheduler.yaml",
    }));

    private static IEnumerable<TestCaseData> Pods() => Documents().Where(one => ((string)one.Arguments[1]!).Contains("\nkind: Pod\n", StringComparison.Ordinal));

    /// <summary>A static pod may ask the API for nothing: it is there before the API is.</summary>
    [TestCaseSource(nameof(Pods))]
    public void A_static_pod_stands_on_its_own(string path, string content)
    {
        var spec = KubernetesManifests.Find(KubernetesManifests.Document(content), "spec");
        Assert.Multiple(() =>
        {
            Assert.That(KubernetesManifests.Text(spec, "hostNetwork"), Is.EqualTo("true"));
            Assert.That(KubernetesManifests.Text(spec, "priorityClassName"), Is.EqualTo("system-node-critical"));
            Assert.That(KubernetesManifests.Text(spec, "securityContext", "seccompProfile", "type"), Is.EqualTo("RuntimeDefault"));
            Assert.That(KubernetesManifests.Text(spec, "serviceAccountName"), Is.Null);
            foreach (var volume in Items(spec, "volumes")) Assert.That(KubernetesManifests.Find(volume, "hostPath"), Is.Not.Null, volume.ToString());
            foreach (var container in Items(spec, "containers"))
            {
                Assert.That(KubernetesManifests.Find(container, "resources", "requests", "cpu"), Is.Not.Null);
                Assert.That(KubernetesManifests.Find(container, "resources", "requests", "memory"), Is.Not.Null);
                Assert.That(KubernetesManifests.Text(container, "securityContext", "allowPrivilegeEscalation"), Is.EqualTo("false"));
            }
        });
    }

    /// <summary>What a pod mounts is there when the kubelet starts it: planned, or asked for with the ticket, or made by the kubelet.</summary>
    [Test]
    public void Whatever_a_static_pod_reads_is_planned() => Assert.Multiple(() =>
    {
        foreach (var (_, node) in KubernetesClusters.Nodes())
        {
            var there = node.Files.Select(file => file.Path).Concat(node.Certificates.SelectMany(one => new[] { one.KeyPath, one.CertificatePath })).Concat(node.Secrets.Select(one => one.Path)).ToHashSet();
            foreach (var file in node.Files.Where(file => file.Content.Contains("\nkind: Pod\n", StringComparison.Ordinal)))
            {
                var spec = KubernetesManifests.Find(KubernetesManifests.Document(file.Content), "spec");
                var named = Items(spec, "containers", "0", "command").Select(argument => ((YamlScalarNode)argument).Value!.Split('=')[^1])
                    .Where(argument => argument.StartsWith("/etc/", StringComparison.Ordinal));
                var mounted = Items(spec, "volumes").Where(volume => KubernetesManifests.Text(volume, "hostPath", "type") is "File")
                    .Select(volume => KubernetesManifests.Text(volume, "hostPath", "path")!);
                Assert.That(named.Concat(mounted).Where(path => !there.Contains(path)), Is.Empty, $"{node.Hostname} {file.Path}");
            }
            foreach (var file in node.Files.Where(file => file.Path.EndsWith(".conf", StringComparison.Ordinal) && file.Content.Contains("kind: Config", StringComparison.Ordinal)))
                foreach (var line in file.Content.Split('\n').Where(line => line.Contains(": /etc/", StringComparison.Ordinal)))
                    Assert.That(there, Does.Contain(line.Split(": ")[1]), file.Path);
        }
    });

    [Test]
    public void The_masters_alone_can_read_the_key_of_Secrets_and_it_is_the_sites()
    {
        var plan = PlannedClusters.Plan(KubernetesClusters.Mixed);
        var master = KubernetesClusters.Plan(2);
        var secret = KubernetesManifests.Document(plan.ContentOf(master.Secrets.Single(one => one.Name == "secrets-encryption")));
        Assert.Multiple(() =>
        {
            Assert.That(KubernetesManifests.Text(secret, "resources", "0", "providers", "0", "secretbox", "keys", "0", "secret"), Is.EqualTo(PlannedClusters.Keys.EncryptionKey));
            Assert.That(plan.ContentOf(master.Secrets.Single(one => one.Name == "service-account-key")), Does.StartWith("-----BEGIN EC PRIVATE KEY-----\n").And.EndsWith("\n"));
            Assert.That(KubernetesClusters.Nodes().SelectMany(one => one.Node.Files).Where(file => file.Content.Contains(PlannedClusters.Keys.EncryptionKey, StringComparison.Ordinal)), Is.Empty);
        });
    }

    [Test]
    public void A_plan_without_the_sites_keys_says_so_when_it_is_asked_for_them()
    {
        var plan = PlannedClusters.Plan(KubernetesClusters.Mixed);
        var looked = new ClusterPlan(plan.Description, plan.Material with { Keys = null });
        foreach (var secret in KubernetesClusters.Plan(2).Secrets)
            Assert.That(() => looked.ContentOf(secret), Throws.InvalidOperationException.With.Message.Contains($"without the site's keys, and {secret.Name}"));
    }

    private static IEnumerable<YamlNode> Items(YamlNode? node, params string[] keys) => KubernetesManifests.Find(node, keys) as YamlSequenceNode ?? Enumerable.Empty<YamlNode>();
}
