using System.Text;
using NUnit.Framework;
using Sextant.Cluster;
using Sextant.Planning;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Planning;

/// <summary>What a machine's containerd is told, and what the distribution's containerd makes of it.</summary>
[TestFixture]
public sealed class ContainerRuntimeTests
{
    private const string Hosts = "/etc/containerd/certs.d/_default/hosts.toml";

    private static readonly ClusterDescription Open = PlannedClusters.Three with { Registry = RegistryDescription.At("r.example") };

    [Test]
    public void The_distributions_containerd_reads_the_configuration_as_it_is_meant()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("config.toml", Content(PlannedClusters.Three, "/etc/containerd/config.toml"));
        var dump = Tool.Run("containerd", ["--config", file, "config", "dump"]);
        Assert.That(dump.Status, Is.Zero, dump.ToString());
        var lines = dump.Output.Split('\n').Select(line => line.Trim()).ToArray();
        Assert.Multiple(() =>
        {
            Assert.That(lines, Has.One.EqualTo("version = 2"));
            Assert.That(lines, Has.One.EqualTo("sandbox_image = \"registry.k8s.io/pause:3.10.2\""));
            Assert.That(lines, Has.One.EqualTo("config_path = \"/etc/containerd/certs.d\""));
            Assert.That(Array.IndexOf(lines, "SystemdCgroup = true"),
                Is.GreaterThan(Array.IndexOf(lines, "[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc.options]")).And.GreaterThan(0));
        });
    }

    [TestCase("1.35.8", "registry.k8s.io/pause:3.10.1")]
    [TestCase("1.36.4", "registry.k8s.io/pause:3.10.2")]
    public void The_pause_image_is_the_one_of_the_Kubernetes_release(string version, string image) =>
        Assert.That(
            Content(PlannedClusters.Three with { Kubernetes = PlannedClusters.Three.Kubernetes with { Version = version } }, "/etc/containerd/config.toml"),
            Does.Contain($"sandbox_image = \"{image}\"\n"));

    [Test]
    public void A_release_without_a_pause_image_in_the_manifest_is_not_planned() => Assert.That(
        () => Content(PlannedClusters.Three with { Kubernetes = PlannedClusters.Three.Kubernetes with { Version = "1.34.0" } }, "/etc/containerd/config.toml"),
        Throws.TypeOf<PinException>().With.Message.Contains("registry.k8s.io/pause"));

    [Test]
    public void Images_come_from_the_bootstrapper_alone_and_it_is_known_by_the_pinned_authority()
    {
        var text = Content(PlannedClusters.Three, Hosts);
        Assert.That(Settings(text), Is.EqualTo(new[]
        {
            "server = \"https://10.0.0.1:5000\"", "capabilities = [\"pull\", \"resolve\"]", "ca = \"/etc/sextant/sextant-ca.crt\"",
            "[host.\"https://10.0.0.1:5000\"]", "capabilities = [\"pull\", \"resolve\"]", "ca = \"/etc/sextant/sextant-ca.crt\"",
        }));
    }

    [Test]
    public void An_external_registry_takes_the_bootstrappers_place()
    {
        Assert.That(Settings(Content(Open, Hosts)), Is.EqualTo(new[]
        {
            "server = \"https://r.example\"", "capabilities = [\"pull\", \"resolve\"]", "[host.\"https://r.example\"]", "capabilities = [\"pull\", \"resolve\"]",
        }));
        Assert.That(PlannedClusters.PlanOf(Open, 1).Secrets.Select(secret => secret.Name), Has.None.EqualTo("registry-credentials"));
    }

    [Test]
    public void An_account_is_a_secret_without_which_containerd_does_not_start()
    {
        var plan = PlannedClusters.PlanOf(PlannedClusters.One, 1);
        var secret = plan.Secrets.Single(one => one.Name == "registry-credentials");
        var content = PlannedClusters.Plan(PlannedClusters.One).ContentOf(secret);
        var authorization = $"Authorization = \"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes("cluster-pull:" + PlannedClusters.RegistryPassword))}\"";
        Assert.Multiple(() =>
        {
            Assert.That(secret, Is.EqualTo(new PlannedSecret("registry-credentials", Hosts, "root:root")));
            Assert.That(plan.Files.Select(file => file.Path), Has.None.EqualTo(Hosts));
            Assert.That(plan.Files.Single(file => file.Path == "/etc/systemd/system/containerd.service.d/10-sextant.conf").Content, Does.Contain($"ConditionPathExists={Hosts}\n"));
            Assert.That(plan.Files.Single(file => file.Path == "/etc/sextant/registry-ca.crt").Content, Does.StartWith("-----BEGIN CERTIFICATE-----"));
            Assert.That(plan.Files.Single(file => file.Path == "/etc/sextant/enroll").Content, Does.Contain("waiting='containerd.service etcd.service kubelet.service'"));
            Assert.That(Settings(content), Is.EqualTo(new[]
            {
                "server = \"https://registry.example.com:5000\"", "capabilities = [\"pull\", \"resolve\"]", "ca = \"/etc/sextant/registry-ca.crt\"",
                "[header]", authorization,
                "[host.\"https://registry.example.com:5000\"]", "capabilities = [\"pull\", \"resolve\"]", "ca = \"/etc/sextant/registry-ca.crt\"",
                "[host.\"https://registry.example.com:5000\".header]", authorization,
            }));
        });
    }

    [Test]
    public void A_password_is_not_printed_with_what_holds_it() =>
        Assert.That(PlannedClusters.FilesOf(PlannedClusters.One).ToString(), Is.EqualTo("SiteFiles { RegistryCa = given, RegistryPassword = given, CephKey = none }"));

    private static string Content(ClusterDescription cluster, string path) => PlannedClusters.PlanOf(cluster, 1).Files.Single(file => file.Path == path).Content;

    private static IEnumerable<string> Settings(string toml) => toml.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#');
}
