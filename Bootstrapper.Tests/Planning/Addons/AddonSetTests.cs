using NUnit.Framework;
using Sextant.Cluster;
using Sextant.Planning;
using Sextant.Planning.Addons;
using Sextant.Primitives;
using Sextant.Tests.TestKit;
using YamlDotNet.Serialization;

namespace Sextant.Tests.Planning.Addons;

/// <summary>The addons that every cluster has, and how a set of addons is made.</summary>
[TestFixture]
public sealed class AddonSetTests
{
    private static readonly Dictionary<string, ClusterDescription> Clusters = new()
    {
        ["three"] = PlannedClusters.Three, ["one"] = PlannedClusters.One, ["five"] = PlannedClusters.Five,
    };

    [TestCase("three")]
    [TestCase("one")]
    [TestCase("five")]
    public void Every_cluster_has_kube_proxy_then_flannel_then_CoreDNS(string name)
    {
        var documents = DocumentsOf(Clusters[name]);
        Assert.That(documents.Select(document => document.Addon).Distinct(), Is.EqualTo(new[] { "kube-proxy", "flannel", "coredns", "bootstrapper" }));
        Assert.That(documents.SelectMany(document => document.Objects), Is.SupersetOf(new[]
        {
            new ManifestObject("apps/v1", "DaemonSet", "kube-system", "kube-proxy"),
            new ManifestObject("apps/v1", "DaemonSet", "kube-flannel", "kube-flannel-ds"),
            new ManifestObject("v1", "Service", "kube-system", "kube-dns"),
        }));
    }

    [Test]
    public void The_images_are_the_pinned_ones()
    {
        var images = DocumentsOf(PlannedClusters.Three).SelectMany(document => document.Images);
        Assert.That(images, Is.EqualTo(new[]
        {
            "registry.k8s.io/kube-proxy:v1.36.4", "ghcr.io/flannel-io/flannel-cni-plugin:v1.9.1-flannel3", "ghcr.io/flannel-io/flannel:v0.28.9",
            "registry.k8s.io/coredns/coredns:v1.14.2",
        }));
    }

    [Test]
    public void An_image_that_is_not_pinned_is_called_by_its_name()
    {
        var material = Material(PlannedClusters.Three);
        var without = material with { Pins = material.Pins with { Images = [.. material.Pins.Images.Where(image => !image.Contains("coredns", StringComparison.Ordinal))] } };
        Assert.That(() => AddonSet.Of(PlannedClusters.Three, without),
            Throws.TypeOf<PinException>().With.Message.Contains("addons/coredns/coredns.yaml needs the image coredns"));
    }

    [TestCase(ProxyMode.Nftables, "nftables", true)]
    [TestCase(ProxyMode.Iptables, "iptables", false)]
    public void Kube_proxy_and_flannel_write_rules_of_the_same_kind(ProxyMode mode, string word, bool nftables)
    {
        var cluster = PlannedClusters.Three with { Kubernetes = PlannedClusters.Three.Kubernetes with { ProxyMode = mode } };
        var proxy = Yaml(Object(cluster, "ConfigMap", "kube-proxy")["data"], "config.conf");
        Assert.That(proxy["mode"], Is.EqualTo(word));
        Assert.That(proxy["clusterCIDR"], Is.EqualTo("10.244.0.0/16"));
        var flannel = Yaml(Object(cluster, "ConfigMap", "kube-flannel-cfg")["data"], "net-conf.json");
        Assert.That(flannel["EnableNFTables"], Is.EqualTo(nftables ? "true" : "false"));
        Assert.That(flannel["Network"], Is.EqualTo("10.244.0.0/16"));
    }

    [TestCase(FlannelBackend.HostGw, "host-gw")]
    [TestCase(FlannelBackend.Vxlan, "vxlan")]
    public void Flannels_backend_is_the_files(FlannelBackend backend, string word)
    {
        var settings = Yaml(Object(PlannedClusters.Three with { Flannel = new FlannelDescription(backend) }, "ConfigMap", "kube-flannel-cfg")["data"], "net-conf.json");
        Assert.That(((Dictionary<object, object>)settings["Backend"])["Type"], Is.EqualTo(word));
    }

    [Test]
    public void Kube_proxy_and_flannel_reach_the_API_by_the_machines_own_proxy()
    {
        var kubeconfig = Yaml(Object(PlannedClusters.Three, "ConfigMap", "kube-proxy")["data"], "kubeconfig.conf");
        Assert.That(At(kubeconfig, "clusters", 0, "cluster", "server"), Is.EqualTo("https://127.0.0.1:7445"));
        var environment = (List<object>)At(Object(PlannedClusters.Three, "DaemonSet", "kube-flannel-ds"), "spec", "template", "spec", "containers", 0, "env")!;
        Assert.That(environment.Select(one => (At(one, "name"), At(one, "value"))),
            Is.SupersetOf(new[] { ((object?)"KUBERNETES_SERVICE_HOST", (object?)"127.0.0.1"), ("KUBERNETES_SERVICE_PORT", "7445") }));
    }

    [Test]
    public void A_changed_configuration_starts_the_pods_again_that_read_it_once()
    {
        var before = PlannedClusters.Three;
        var after = before with { Flannel = new FlannelDescription(FlannelBackend.HostGw) };
        Assert.That(ConfigOf(after, "kube-flannel-ds"), Is.Not.EqualTo(ConfigOf(before, "kube-flannel-ds")));
        Assert.That(ConfigOf(after, "kube-proxy"), Is.EqualTo(ConfigOf(before, "kube-proxy")), "another addon's configuration is no reason");

        static object? ConfigOf(ClusterDescription cluster, string name) =>
            At(Object(cluster, "DaemonSet", name), "spec", "template", "metadata", "annotations", "sextant.io/config");
    }

    [Test]
    public void Each_interface_that_a_machine_names_has_a_flannel_of_its_own()
    {
        var nodes = PlannedClusters.Three.Nodes;
        var cluster = PlannedClusters.Three with
        {
            Nodes = [nodes[0] with { FlannelInterface = "eno2" }, nodes[1] with { FlannelInterface = "enP2p1s0" }, nodes[2] with { FlannelInterface = "eno2" }, PlannedClusters.Node(4, [NodeRole.Worker])],
        };
        var sets = DocumentsOf(cluster).SelectMany(document => document.Objects).Where(one => one is { Kind: "DaemonSet", Namespace: "kube-flannel" }).Select(one => one.Name).ToList();
        Assert.That(sets, Has.Count.EqualTo(3));
        Assert.That(sets, Does.Contain("kube-flannel-ds").And.Contain("kube-flannel-ds-eno2"));
        Assert.That(Choice("kube-flannel-ds"), Is.EqualTo(("NotIn", "enP2p1s0 eno2", "--iface=$(POD_IP)")));
        Assert.That(Choice("kube-flannel-ds-eno2"), Is.EqualTo(("In", "eno2", "--iface=eno2")));
        var odd = sets.Single(name => name.StartsWith("kube-flannel-ds-enp", StringComparison.Ordinal));
        Assert.That(odd, Does.Match("^kube-flannel-ds-enp2p1s0-[0-9a-f]{6}$"), "an interface in lower case would have that name without the digits");
        Assert.That(Choice(odd), Is.EqualTo(("In", "enP2p1s0", "--iface=enP2p1s0")));

        (object?, string, object?) Choice(string name)
        {
            var pod = At(Object(cluster, "DaemonSet", name), "spec", "template", "spec");
            var expression = At(pod, "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms", 0, "matchExpressions", 1);
            Assert.That(At(expression, "key"), Is.EqualTo(FlannelInterfaces.Label));
            var arguments = (List<object>)At(pod, "containers", 0, "args")!;
            return (At(expression, "operator"), string.Join(' ', ((List<object>)At(expression, "values")!).Order()), arguments.Single(one => ((string)one).StartsWith("--iface=", StringComparison.Ordinal)));
        }
    }

    [TestCase("three", "2", true)]
    [TestCase("one", "1", false)]
    public void CoreDNS_is_on_two_machines_where_there_are_two(string name, string replicas, bool guarded)
    {
        var cluster = Clusters[name];
        Assert.That(At(Object(cluster, "Deployment", "coredns"), "spec", "replicas"), Is.EqualTo(replicas));
        Assert.That(DocumentsOf(cluster).SelectMany(document => document.Objects).Any(one => one.Kind == "PodDisruptionBudget"), Is.EqualTo(guarded));
        Assert.That(At(Object(cluster, "Service", "kube-dns"), "spec", "clusterIP"), Is.EqualTo("10.96.0.10"));
    }

    [Test]
    public void CoreDNS_asks_the_sites_resolvers_for_other_names_and_denies_them_where_there_are_none()
    {
        var network = PlannedClusters.Three.Network;
        var online = CorefileOf(PlannedClusters.Three with { Network = network with { UpstreamResolvers = [Ipv4Address.Parse("10.0.0.53"), Ipv4Address.Parse("10.0.1.53")] } });
        Assert.That(online, Does.Contain("forward . 10.0.0.1 10.0.0.53 10.0.1.53 {").And.Contain("policy sequential").And.Not.Contain("NXDOMAIN"));
        Assert.That(online, Does.Contain("\ndemo.example:53 {\n").And.Contain("forward . 10.0.0.1\n"), "the site's names are the bootstrapper's");
        var offline = CorefileOf(PlannedClusters.Three);
        Assert.That(offline, Does.Contain("rcode NXDOMAIN").And.Contain("forward . 10.0.0.1 127.0.0.1:5353 {").And.Contain("\n.:5353 {\n"));
        var without = CorefileOf(PlannedClusters.Three with { Dns = DnsDescription.Default with { IsOn = false } });
        Assert.That(without, Does.Contain("forward . 127.0.0.1:5353 {").And.Not.Contain("demo.example:53").And.Not.Contain("10.0.0.1\n"));

        static string CorefileOf(ClusterDescription cluster) => (string)At(Object(cluster, "ConfigMap", "coredns"), "data", "Corefile")!;
    }

    [Test]
    public void Pods_find_the_machines_by_name()
    {
        var hosts = (string)At(Object(PlannedClusters.Five, "ConfigMap", "coredns"), "data", "hosts")!;
        Assert.That(hosts, Does.StartWith("10.0.0.1 bootstrapper.rack.example bootstrapper registry.rack.example registry\n").And.Contain("\n10.0.0.16 m6.rack.example m6\n").And.Not.Contain("m7"));
    }

    [Test]
    public void Pods_find_the_API_at_its_address_or_at_every_master()
    {
        Assert.That(HostsOf(PlannedClusters.Three), Does.EndWith("\n10.0.0.11 api.demo.example\n10.0.0.12 api.demo.example\n10.0.0.13 api.demo.example\n"));
        Assert.That(HostsOf(PlannedClusters.Three with { Api = new ApiDescription(Ipv4Address.Parse("10.0.0.5")) }), Does.EndWith("m3\n10.0.0.5 api.demo.example\n"));

        static string HostsOf(ClusterDescription cluster) => (string)At(Object(cluster, "ConfigMap", "coredns"), "data", "hosts")!;
    }

    [Test]
    public void The_text_names_what_it_has_and_says_where_it_ends()
    {
        var text = PlannedClusters.Plan(PlannedClusters.Three).AddonManifests();
        var lines = text.Split('\n');
        Assert.That(lines, Does.Contain("# object: daemonset.apps kube-system kube-proxy").And.Contain("# object: clusterrole.rbac.authorization.k8s.io - flannel"));
        Assert.That(lines.Where(line => line.StartsWith("# object:", StringComparison.Ordinal)), Has.None.Contains("namespace"), "a namespace may hold what people put there");
        Assert.That(text, Does.EndWith("\n# end of the addons\n"));
        Assert.That(ManifestText.Parse("all", text).Objects, Is.EqualTo(DocumentsOf(PlannedClusters.Three).SelectMany(document => document.Objects)));
    }

    [TestCase("a: [", "is not YAML")]
    [TestCase("a: 1\na: 2\n", "is not YAML")]
    [TestCase("- a\n", "no object of Kubernetes")]
    [TestCase("apiVersion: v1\nmetadata: {name: a}\n", "has no kind")]
    [TestCase("apiVersion: v1\nkind: Pod\nmetadata: {namespace: a}\n", "has no name")]
    [TestCase("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: a}\n", "has pod a twice")]
    public void A_text_that_kubectl_would_refuse_is_not_served(string template, string fault)
    {
        var material = Material(PlannedClusters.Three);
        var texts = new Dictionary<string, string>(material.Templates.Texts) { ["addons/coredns/coredns.yaml"] = template };
        var plan = new ClusterPlan(PlannedClusters.Three, material with { Templates = new TemplateSet(texts) });
        Assert.That(plan.AddonManifests, Throws.TypeOf<TemplateException>().With.Message.Contains(fault).And.Message.Contains("addons/coredns/coredns.yaml"));
    }

    private static PlanMaterial Material(ClusterDescription cluster) => PlannedClusters.Plan(cluster).Material;

    private static IReadOnlyList<AddonDocument> DocumentsOf(ClusterDescription cluster) => AddonSet.Of(cluster, Material(cluster));

    private static Dictionary<object, object> Object(ClusterDescription cluster, string kind, string name) => (Dictionary<object, object>)Manifest
        .Read(PlannedClusters.Plan(cluster).AddonManifests()).Single(one => Manifest.Text(one, "kind") == kind && Manifest.Text(one, "metadata", "name") == name);

    private static Dictionary<object, object> Yaml(object data, string key) => new DeserializerBuilder().Build().Deserialize<Dictionary<object, object>>((string)((Dictionary<object, object>)data)[key]);

    private static object? At(object? node, params object[] path) => Manifest.At(node, path);
}
