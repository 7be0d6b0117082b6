using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using Sextant.Cli;
using Sextant.Cluster;
using Sextant.Pki;
using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Rendering;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Cli;

[TestFixture]
public sealed class PlanAndRenderTests
{
    private TemporaryFolder folder = null!;

    [SetUp]
    public void Start() => folder = new TemporaryFolder();

    [TearDown]
    public void Stop() => folder.Dispose();

    [Test]
    public void The_plan_is_a_table_of_every_machine()
    {
        var output = new StringWriter();
        PlanCommand.Print(PlannedClusters.Five, json: false, output);
        var lines = output.ToString().Split('\n');
        Assert.That(lines.Count(line => line.Contains("52:54:00:00:00:", StringComparison.Ordinal)), Is.EqualTo(PlannedClusters.Five.Nodes.Count));
        Assert.That(lines.Single(line => line.Contains("m6", StringComparison.Ordinal)), Does.Contain("10.0.0.16").And.Contain("worker, ingress").And.Contain("debian"));
        Assert.That(lines.Single(line => line.Contains("m7", StringComparison.Ordinal)), Does.Contain("dynamic"));
    }

    [Test]
    public void The_plan_is_JSON_when_asked()
    {
        var output = new StringWriter();
        PlanCommand.Print(PlannedClusters.Five, json: true, output);
        using var json = JsonDocument.Parse(output.ToString());
        var worker = json.RootElement[6];
        Assert.Multiple(() =>
        {
            Assert.That(json.RootElement.GetArrayLength(), Is.EqualTo(PlannedClusters.Five.Nodes.Count));
            Assert.That(worker.GetProperty("mac").GetString(), Is.EqualTo("52:54:00:00:00:07"));
            Assert.That(worker.GetProperty("hostname").GetString(), Is.EqualTo("m7"));
            Assert.That(worker.GetProperty("address").ValueKind, Is.EqualTo(JsonValueKind.Null));
            Assert.That(worker.GetProperty("roles")[0].GetString(), Is.EqualTo("worker"));
            Assert.That(json.RootElement[0].GetProperty("roles")[0].GetString(), Is.EqualTo("etcd_member"));
            Assert.That(worker.GetProperty("os").GetString(), Is.EqualTo("debian"));
        });
    }

    [Test]
    public void Render_prints_the_document_alone_and_names_its_placeholders_on_standard_error()
    {
        var (status, output, errors) = Render(PlannedClusters.Three, PlannedClusters.Mac(1), ConfigFormat.CloudInit);
        Assert.Multiple(() =>
        {
            Assert.That(status, Is.Zero);
            Assert.That(output, Does.StartWith("#cloud-config\n").And.Contain(RenderCommand.TicketPlaceholder));
            Assert.That(errors, Does.Contain(RenderCommand.TicketPlaceholder).And.Contain("lacks authorities"));
            Assert.That(Directory.Exists(folder.At("state")), Is.False, "looking makes nothing");
        });
    }

    [Test]
    public void Render_uses_the_sites_authorities_when_there_are_any()
    {
        var opened = (SiteAuthoritiesResult.Opened)SiteAuthorities.OpenOrCreate(folder.At("state"), DateTimeOffset.UtcNow, NullLogger.Instance);
        using var authorities = opened.Authorities;
        var (_, output, errors) = Render(PlannedClusters.Three, PlannedClusters.Mac(1), ConfigFormat.CloudInit);
        Assert.That(errors, Does.Not.Contain("authorities"));
        Assert.That(output, Does.Contain(authorities.Anchors.Pem[CertificateAuthorityName.Etcd].Split('\n')[1]));
    }

    [Test]
    public void Render_digests_the_image_that_is_there()
    {
        var (_, without, note) = Render(PlannedClusters.Three, PlannedClusters.Mac(1), ConfigFormat.InstallEnv);
        Assert.That(without, Does.Contain($"SEXTANT_IMAGE_SHA256='{RenderCommand.DigestPlaceholder}'"));
        Assert.That(note, Does.Contain("rootfs.tar.zst"));
        folder.Write("assets/debian/rootfs.tar.zst", "abc");
        var (_, with, _) = Render(PlannedClusters.Three, PlannedClusters.Mac(1), ConfigFormat.InstallEnv);
        Assert.That(with, Does.Contain("SEXTANT_IMAGE_SHA256='ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'\nSEXTANT_IMAGE_SIZE='3'\n"));
    }

    [Test]
    public void A_machine_that_gets_nothing_is_an_error_with_the_reason()
    {
        var (status, output, errors) = Render(PlannedClusters.Three, PlannedClusters.Stranger, ConfigFormat.Ipxe);
        Assert.That((status, output), Is.EqualTo((1, "")));
        Assert.That(errors, Does.Contain(PlannedClusters.Stranger.ToString()).And.Contain("unknown_machines"));
    }

    [TestCase(OperatingSystemName.Debian, NodeConfigFormat.Ignition, "#cloud-config\n")]
    [TestCase(OperatingSystemName.Flatcar, NodeConfigFormat.Ignition, "{\n  \"ignition\"")]
    [TestCase(OperatingSystemName.Flatcar, NodeConfigFormat.CloudConfig, "#cloud-config\n")]
    public void Without_a_format_it_is_the_one_of_the_operating_system(OperatingSystemName system, NodeConfigFormat format, string beginning)
    {
        var (status, output, errors) = Render(PlannedClusters.Three.On(system, format), PlannedClusters.Mac(1), null);
        Assert.That(status, Is.Zero, errors);
        Assert.That(output, Does.StartWith(beginning));
        Assert.That(errors, Does.Contain(RenderCommand.TicketPlaceholder));
    }

    [Test]
    public void A_document_that_the_operating_system_does_not_read_is_refused_and_the_right_ones_are_named()
    {
        var (status, output, errors) = Render(PlannedClusters.Three.On(OperatingSystemName.FedoraCoreos), PlannedClusters.Mac(1), ConfigFormat.CloudInit);
        Assert.That((status, output), Is.EqualTo((1, "")));
        Assert.That(errors, Does.Contain("52:54:00:00:00:01 gets no cloud-init").And.Contain("ignition").And.Not.Contain("meta-data"));
    }

    [Test]
    public void A_missing_template_is_an_error_that_names_it()
    {
        folder.Write("templates/node/hosts", "x\n");
        var (status, _, errors) = Render(PlannedClusters.Five, PlannedClusters.Mac(6), ConfigFormat.CloudInit, folder.At("templates"));
        Assert.That(status, Is.EqualTo(1));
        Assert.That(errors, Does.Contain("template node/"));
    }

    [TestCase("render x.yaml --mac 52:54 --as ipxe", "'52:54' is not a MAC address.")]
    [TestCase("render x.yaml --mac 52:54:00:00:00:01 --as floppy", "floppy")]
    [TestCase("render x.yaml", "--mac")]
    public void Wrong_usage_is_told(string arguments, string expected)
    {
        var errors = SextantCommand.Create().Parse(arguments).Errors.Select(error => error.Message).ToArray();
        Assert.That(errors, Has.Length.EqualTo(1));
        Assert.That(errors[0], Does.Contain(expected));
    }

    [Test]
    public void Every_format_has_a_name_of_its_own()
    {
        Assert.That(ConfigFormat.All.Select(format => format.Name), Is.Unique.And.EquivalentTo(new[] { "cloud-init", "ignition", "cloud-config", "ipxe", "grub", "pxelinux", "install-env", "install-ignition", "kickstart", "meta-data" }));
        foreach (var format in ConfigFormat.All) Assert.That(ConfigFormat.Find(format.Name), Is.SameAs(format));
        Assert.That(ConfigFormat.Find("floppy"), Is.Null);
    }

    private (int Status, string Output, string Errors) Render(ClusterDescription cluster, MacAddress mac, ConfigFormat? format, string? templates = null)
    {
        var output = new StringWriter();
        var errors = new StringWriter();
        var choice = new RenderChoice(mac, format, folder.At("state"), folder.At("assets"), templates ?? TemplateFolder.DefaultPath);
        return (RenderCommand.Print(cluster, PlannedClusters.FilesOf(cluster), choice, output, errors), output.ToString(), errors.ToString());
    }
}
