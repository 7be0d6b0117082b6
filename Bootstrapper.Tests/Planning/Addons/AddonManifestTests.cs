using System.Text.Json;
using NUnit.Framework;
using Sextant.Cluster;
using Sextant.Planning;
using Sextant.Planning.Addons;
using Sextant.Primitives;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Planning.Addons;

/// <summary>What holds for the manifests of every addon, and what each of the optional ones does with a cluster's values.</summary>
[TestFixture]
public sealed class AddonManifestTests
{
    private static readonly string[] Optional = ["ceph-csi-rbd", "dashboard", "ingress", "logging", "metrics-server", "monitoring"];

    /// <summary>Every cluster, with every addon it can have.</summary>
    private static IEnumerable<TestCaseData> Clusters()
    {
        foreach (var (name, cluster) in PlannedClusters.All)
        {
            yield return new TestCaseData(cluster).SetArgDisplayNames(name);
            yield return new TestCaseData(Whole(cluster)).SetArgDisplayNames(name + " with all addons");
        }
    }

    [TestCaseSource(nameof(Clusters))]
    public void Another_reader_of_YAML_finds_the_same_objects(ClusterDescription cluster)
    {
        // PyYAML reads YAML 1.1 and is pickier than ours, as kubectl is.
        const string print = """
            import sys, yaml
            for one in yaml.safe_load_all(sys.stdin):
                print(one["apiVersion"], one["kind"], one["metadata"].get("namespace"), one["metadata"]["name"])
            """;
        var plan = PlannedClusters.Plan(cluster);
        var result = Tool.Run("/usr/bin/python3", ["-c", print], plan.AddonManifests());
        Assert.That(result.Status, Is.Zero, result.ToString());
        Assert.That(result.Output.TrimEnd().Split('\n'),
            Is.EqualTo(ManifestText.Parse("all", plan.AddonManifests()).Objects.Select(one => $"{one.ApiVersion} {one.Kind} {one.Namespace ?? "None"} {one.Name}")));
    }

    [TestCaseSource(nameof(Clusters))]
    public void A_strict_reader_of_Kubernetes_finds_no_fault(ClusterDescription cluster)
    {
        Assert.That(KubernetesManifests.Faults(PlannedClusters.Plan(cluster).AddonManifests()), Is.Empty);
        var proxy = Object(cluster, "ConfigMap", "kube-proxy");
        foreach (var key in new[] { "config.conf", "kubeconfig.conf" }) Assert.That(KubernetesManifests.Faults(Text(proxy, "data", key)!), Is.Empty, key);
    }

    [TestCaseSource(nameof(Clusters))]
    public void Every_object_says_who_put_it_there_and_every_namespace_is_made_before_it_is_used(ClusterDescription cluster)
    {
        var made = new HashSet<string> { "kube-system", "default" };
        foreach (var one in Objects(cluster))
        {
            var name = $"{Text(one, "kind")} {Text(one, "metadata", "name")}";
            Assert.That(Text(one, "metadata", "labels", "app.kubernetes.io/managed-by"), Is.EqualTo("sextant"), name);
            if (Text(one, "kind") == "Namespace")
            {
                made.Add(Text(one, "metadata", "name")!);
                Assert.That(Text(one, "metadata", "labels", "pod-security.kubernetes.io/enforce"), Is.Not.Null, $"{name} says what its pods may do");
            }
            else if (Text(one, "metadata", "namespace") is { } space) Assert.That(made, Does.Contain(space), name);
        }
    }

    [TestCaseSource(nameof(Clusters))]
    public void Every_container_says_what_it_needs_and_runs_a_pinned_image(ClusterDescription cluster)
    {
        var pins = PlannedClusters.Plan(cluster).Material.Pins;
        var containers = Objects(cluster).SelectMany(one => PodsOf(one).SelectMany(pod => Children(pod, "initContainers").Concat(Children(pod, "containers"))).Select(container => (Text(one, "metadata", "name"), container))).ToList();
        Assert.That(containers, Is.Not.Empty);
        foreach (var (owner, container) in containers)
        {
            var name = $"{owner}: {Text(container, "name")}";
            Assert.That(pins.Images, Does.Contain(Text(container, "image")), name);
            foreach (var path in new[] { "requests.cpu", "requests.memory", "limits.memory" })
                Assert.That(Text(container, ["resources", .. path.Split('.')]), Is.Not.Null, $"{name} says nothing of {path}");
            Assert.That(Text(container, "imagePullPolicy"), Is.Null, $"{name}: a pinned tag is pulled once");
        }
    }

    [TestCaseSource(nameof(Clusters))]
    public void What_is_on_its_machines_network_does_not_need_service_addresses(ClusterDescription cluster)
    {
        // A machine without a gateway has no way to the service range from its own network; pods have.
        foreach (var one in Objects(cluster))
            foreach (var pod in PodsOf(one).Where(pod => Text(pod, "hostNetwork") == "true" && Text(pod, "automountServiceAccountToken") != "false"))
            {
                var name = Text(one, "metadata", "name");
                if (name == "kube-proxy") continue;
                var hosts = Children(pod, "containers").SelectMany(container => Children(container, "env")).Where(variable => Text(variable, "name") == "KUBERNETES_SERVICE_HOST");
                Assert.That(hosts.Select(variable => Text(variable, "value")), Is.Not.Empty.And.All.EqualTo("127.0.0.1"), $"{name} reaches the API by the machine's own proxy");
            }
    }

    [Test]
    public void Each_addon_that_can_be_switched_on_is_there_when_it_is_and_only_then()
    {
        foreach (var addon in Optional)
        {
            var cluster = Whole(PlannedClusters.Everything);
            Assert.That(AddonSet.Of(cluster, Material(cluster)).Select(document => document.Addon), Does.Contain(addon));
            var without = cluster with { Addons = [.. cluster.Addons.Where(name => name != addon)], Ceph = addon == "ceph-csi-rbd" ? null : cluster.Ceph };
            Assert.That(AddonSet.Of(without, Material(without)).Select(document => document.Addon), Does.Not.Contain(addon));
        }
    }

    [Test]
    public void Ceph_gets_the_values_of_its_section_and_the_key_of_its_file()
    {
        var cluster = Whole(PlannedClusters.Everything);
        var configuration = JsonDocument.Parse(Text(Object(cluster, "ConfigMap", "ceph-csi-config"), "data", "config.json")!).RootElement[0];
        Assert.That(configuration.GetProperty("clusterID").GetString(), Is.EqualTo(cluster.Ceph!.ClusterId));
        Assert.That(configuration.GetProperty("monitors").EnumerateArray().Select(one => one.GetString()), Is.EqualTo(cluster.Ceph.Monitors));
        var secret = Object(cluster, "Secret", "csi-rbd-secret");
        Assert.That((Text(secret, "stringData", "userID"), Text(secret, "stringData", "userKey")), Is.EqualTo(("kubernetes", PlannedClusters.CephKey)));
        var volumes = Object(cluster, "StorageClass", "ceph-rbd");
        Assert.That((Text(volumes, "parameters", "pool"), Text(volumes, "parameters", "clusterID")), Is.EqualTo(("kubernetes", cluster.Ceph.ClusterId)));
    }

    [Test]
    public void With_Ceph_what_is_kept_is_on_volumes_and_without_it_lives_with_its_pod()
    {
        var with = Whole(PlannedClusters.Everything);
        var without = with with { Addons = [.. with.Addons.Where(name => name != "ceph-csi-rbd")], Ceph = null };
        Assert.That(Claims(with), Is.EquivalentTo(new[] { "opensearch", "prometheus", "grafana" }));
        Assert.That(Claims(without), Is.Empty);
        foreach (var (kind, name) in new[] { ("StatefulSet", "opensearch"), ("StatefulSet", "prometheus"), ("Deployment", "grafana") })
        {
            Assert.That(Data(with, kind, name, "persistentVolumeClaim", "claimName"), Is.EqualTo(name));
            Assert.That(Data(without, kind, name, "emptyDir", "sizeLimit"), Is.Not.Null, name);
        }

        static string[] Claims(ClusterDescription cluster) => [.. Objects(cluster).Where(one => Text(one, "kind") == "PersistentVolumeClaim").Select(one => Text(one, "metadata", "name")!)];
        static string? Data(ClusterDescription cluster, string kind, string name, string source, string key) =>
            Text(Children(PodsOf(Object(cluster, kind, name)).Single(), "volumes").Single(volume => Text(volume, "name") == "data"), source, key);
    }

    [Test]
    public void An_address_of_ingress_is_announced_and_none_is_not()
    {
        var with = Whole(PlannedClusters.Everything) with { Ingress = new IngressDescription(Ipv4Address.Parse("10.0.0.6")) };
        var service = Object(with, "Service", "traefik");
        Assert.That((Text(service, "spec", "loadBalancerIP"), Text(service, "metadata", "annotations", "kube-vip.io/loadbalancerIPs")), Is.EqualTo(("10.0.0.6", "10.0.0.6")));
        Assert.That(Objects(with).Any(one => Text(one, "kind") == "DaemonSet" && Text(one, "metadata", "name") == "kube-vip"));
        var without = with with { Ingress = new IngressDescription(null) };
        Assert.That(Objects(without).Select(one => Text(one, "metadata", "name")), Does.Contain("traefik").And.Not.Contain("kube-vip"));
    }

    [Test]
    public void Grafanas_password_is_the_same_at_every_plan_of_a_site_and_another_at_another_site()
    {
        var cluster = Whole(PlannedClusters.Everything);
        var material = Material(cluster);
        var own = PasswordOf(material);
        var other = PasswordOf(material with { Keys = PlannedClusters.Keys with { EncryptionKey = Convert.ToBase64String("thirty-two octets, other site!!!"u8) } });
        Assert.That(own, Does.Match("^[0-9a-f]{24}$").And.EqualTo(PasswordOf(material)).And.Not.EqualTo(other));
        Assert.That(PasswordOf(material with { Keys = null }), Is.EqualTo("NOT-KNOWN-HERE"));
        Assert.That(AddonSet.Text(AddonSet.Of(cluster, material)), Does.Not.Contain(PlannedClusters.Keys.EncryptionKey));

        string? PasswordOf(PlanMaterial material) =>
            Text(Manifest.Read(AddonSet.Text(AddonSet.Of(cluster, material))).Single(one => Text(one, "kind") == "Secret" && Text(one, "metadata", "name") == "grafana"), "stringData", "admin-password");
    }

    [TestCase("fluent-bit", "fluent-bit.yaml", "logging/files/fluent-bit/fluent-bit.yaml")]
    [TestCase("prometheus", "prometheus.yml", "monitoring/files/prometheus/prometheus.yml")]
    [TestCase("prometheus", "rules.yml", "monitoring/files/prometheus/rules.yml")]
    [TestCase("grafana-dashboards", "machines.json", "monitoring/files/dashboards/machines.json")]
    [TestCase("grafana-dashboards", "cluster.json", "monitoring/files/dashboards/cluster.json")]
    public void A_file_gets_into_its_ConfigMap_letter_by_letter(string map, string key, string file)
    {
        var text = Repository.Read("templates", "addons", file);
        Assert.That(Text(Object(Whole(PlannedClusters.Everything), "ConfigMap", map), "data", key), Is.EqualTo(text));
    }

    [Test]
    public void The_dashboards_ask_the_data_source_that_is_provisioned()
    {
        var provisioned = Repository.Read("templates", "addons", "monitoring", "files", "grafana", "datasources.yaml");
        foreach (var file in Directory.GetFiles(Repository.PathOf("templates", "addons", "monitoring", "files", "dashboards")))
        {
            using var dashboard = JsonDocument.Parse(File.ReadAllText(file));
            var panels = dashboard.RootElement.GetProperty("panels").EnumerateArray().ToList();
            Assert.That(panels, Has.Count.GreaterThan(5));
            foreach (var panel in panels)
            {
                Assert.That(provisioned, Does.Contain($"uid: {panel.GetProperty("datasource").GetProperty("uid").GetString()}\n"));
                Assert.That(panel.GetProperty("targets").EnumerateArray().Select(target => target.GetProperty("expr").GetString()), Is.Not.Empty.And.All.Not.Empty);
            }
            Assert.That(panels.Select(panel => panel.GetProperty("id").GetInt32()), Is.Unique);
        }
    }

    /// <summary>The cluster with an ingress machine, a Ceph cluster and every addon.</summary>
    internal static ClusterDescription Whole(ClusterDescription cluster) => cluster with
    {
        Addons = Optional,
        Ceph = PlannedClusters.WithVip.Ceph,
        Nodes = [.. cluster.Nodes.Select((node, index) => index == 0 ? node with { Roles = [.. node.Roles.Append(NodeRole.Ingress).Distinct()] } : node)],
    };

    private static PlanMaterial Material(ClusterDescription cluster) => PlannedClusters.Plan(cluster).Material;

    private static IReadOnlyList<object> Objects(ClusterDescription cluster) => Manifest.Read(PlannedClusters.Plan(cluster).AddonManifests());

    private static object Object(ClusterDescription cluster, string kind, string name) => Objects(cluster).Single(one => Text(one, "kind") == kind && Text(one, "metadata", "name") == name);

    private static string? Text(object node, params string[] path) => Manifest.Text(node, path);

    private static IReadOnlyList<object> Children(object node, string key) => Manifest.Children(node, key);

    private static IEnumerable<object> PodsOf(object one) => Text(one, "kind") switch
    {
        "DaemonSet" or "Deployment" or "StatefulSet" => [Manifest.At(one, "spec", "template", "spec")!],
        "CronJob" => [Manifest.At(one, "spec", "jobTemplate", "spec", "template", "spec")!],
        _ => [],
    };
}
