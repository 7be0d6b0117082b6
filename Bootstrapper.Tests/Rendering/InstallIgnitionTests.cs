using System.Text.Json;
using NUnit.Framework;
using Sextant.Cluster;
using Sextant.Rendering;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Rendering;

/// <summary>The installers of Flatcar and Fedora CoreOS: what tells the live system, and the scripts run with programs that stand for the live system's.</summary>
[TestFixture]
public sealed class InstallIgnitionTests
{
    private const string NodeDocumentText = "{\"ignition\":{\"version\":\"3.3.0\"}}\n";

    private static readonly ClusterDescription Flatcar = PlannedClusters.Three.On(OperatingSystemName.Flatcar);
    private static readonly ClusterDescription FlatcarWithMirrors = Flatcar with { AssetMirrors = [new AssetMirrorDescription("http://10.0.0.6/assets", [])] };
    private static readonly ClusterDescription FlatcarCloudConfig = PlannedClusters.Three.On(OperatingSystemName.Flatcar, NodeConfigFormat.CloudConfig);
    private static readonly ClusterDescription FedoraCoreos = PlannedClusters.Three.On(OperatingSystemName.FedoraCoreos);

    private StandInInstaller machine = null!;

    [SetUp]
    public void Start()
    {
        machine = new StandInInstaller();
        machine.Disks("sda:20", "sdb:40");
        machine.Documents["node.ign"] = NodeDocumentText;
        machine.Documents["cloud-config.yml"] = "#cloud-config\n";
        machine.Documents["flatcar.asc"] = "key\n";
        machine.Partition("sda", 6);
        machine.Partition("sda", 9);
        machine.Program("blkid", "case $* in */dev/sda6) echo OEM ;; *) echo ROOT ;; esac");
        machine.Program("flatcar-install", "");
        machine.Program("coreos-installer", "");
    }

    [TearDown]
    public void Stop() => machine.Dispose();

    private static IEnumerable<TestCaseData> Systems() =>
    [
        new TestCaseData(Flatcar).SetArgDisplayNames("Flatcar"), new TestCaseData(FlatcarCloudConfig).SetArgDisplayNames("Flatcar with cloud-config"),
        new TestCaseData(FedoraCoreos).SetArgDisplayNames("Fedora CoreOS"),
    ];

    [TestCaseSource(nameof(Systems))]
    public void Ignition_itself_accepts_the_configuration(ClusterDescription cluster)
    {
        var outcome = Tool.Run("ignition-validate", ["-"], Render(cluster));
        Assert.That(outcome.Status, Is.Zero, outcome.ToString());
        Assert.That(outcome.Output + outcome.Errors, Is.Empty);
    }

    [TestCaseSource(nameof(Systems))]
    public void The_live_system_installs_and_does_nothing_else(ClusterDescription cluster)
    {
        using var config = JsonDocument.Parse(Render(cluster));
        var units = config.RootElement.GetProperty("systemd").GetProperty("units").EnumerateArray().ToList();
        Assert.That(units.Where(unit => unit.TryGetProperty("enabled", out var enabled) && enabled.GetBoolean()).Select(unit => unit.GetProperty("name").GetString()),
            Is.EqualTo(new[] { "sextant-install.service" }));
        Assert.That(units.Where(unit => unit.TryGetProperty("mask", out var mask) && mask.GetBoolean()).Select(unit => unit.GetProperty("name").GetString()),
            Is.EqualTo(PlannedClusters.PlanOf(cluster, 1).MaskedUnits).And.Not.Empty, "an update must not restart the machine meanwhile");
        Assert.That(Render(cluster), Does.Not.Contain(PlannedClusters.Ticket));
    }

    [TestCase("flatcar/install.sh")]
    [TestCase("fedora-coreos/install.sh")]
    [TestCase("installer/live.sh")]
    public void Every_script_is_sound_shell(string script)
    {
        var outcome = Tool.Run("shellcheck", ["--shell=sh", script], folder: Repository.PathOf("templates"));
        Assert.That(outcome.Status, Is.Zero, outcome.ToString());
    }

    [TestCaseSource(nameof(Systems))]
    public void A_machine_that_is_to_be_wiped_erases_every_disk_and_installs_nothing(ClusterDescription cluster)
    {
        var outcome = machine.RunIgnition(Render(cluster, LiveTask.Wipe));
        Assert.That(machine.Called.Where(line => line.StartsWith("blkdiscard", StringComparison.Ordinal)), Is.EqualTo(new[] { "blkdiscard --force /dev/sda", "blkdiscard --force /dev/sdb" }), outcome.ToString());
        Assert.That(machine.Called, Has.None.Contains("-install").And.None.Contains("installer").And.One.Contains("systemctl reboot"));
        Assert.That(machine.Reports, Is.EqualTo(new[] { "wiping erasing every fixed disk: sda 20 GB, sdb 40 GB", "wiped erased /dev/sda (discarded), erased /dev/sdb (discarded)" }));
    }

    [Test]
    public void Flatcar_is_written_with_its_configuration_and_its_kernel_arguments_and_then_the_machine_restarts()
    {
        var outcome = machine.RunIgnition(Render(Flatcar));
        Assert.That(machine.Called.Single(line => line.StartsWith("flatcar-install", StringComparison.Ordinal)),
            Does.Match("^flatcar-install -d /dev/sda -b http://10.0.0.1/assets/flatcar -V 4593.2.5 -o  -k .*/run/sextant.asc -i .*/run/node.ign$"), outcome.ToString());
        Assert.That((machine.Text("run/node.ign"), machine.Text("run/sextant.asc")), Is.EqualTo((NodeDocumentText, "key\n")));
        Assert.That(File.GetUnixFileMode(machine.PathOf("run/node.ign")), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite), "it holds the ticket");
        Assert.That(machine.Called, Has.Some.Match("^mount /dev/sda6 "));
        Assert.That(machine.Text("run/sextant.oem/grub.cfg"), Is.EqualTo("set linux_append=\"$linux_append console=ttyS0\"\n"));
        Assert.That(machine.Reports, Is.EqualTo(new[] { "installing writing Flatcar 4593.2.5 to /dev/sda from http://10.0.0.1/assets/flatcar", "installed /dev/sda" }));
        Assert.That(machine.Called[^1], Is.EqualTo("sleep 3600").Or.EqualTo("systemctl reboot"));
        Assert.That(machine.Called, Has.Some.EqualTo("systemctl reboot"));
    }

    [Test]
    public void Flatcar_with_cloud_config_gets_it_by_the_other_option()
    {
        machine.RunIgnition(Render(FlatcarCloudConfig));
        Assert.That(machine.Called, Has.One.Match("^flatcar-install .* -c .*/run/cloud-config.yml$"));
    }

    [Test]
    public void A_mirror_that_fails_is_left_for_the_bootstrapper()
    {
        machine.Documents["flatcar_production_image.bin.bz2.sig"] = "sig";
        machine.Program("flatcar-install", "case $* in *10.0.0.6*) echo 'GPG signature verification failed' >&2; exit 1 ;; esac");
        var outcome = machine.RunIgnition(Render(FlatcarWithMirrors));
        Assert.That(machine.Reports, Is.EqualTo(new[]
        {
            "installing writing Flatcar 4593.2.5 to /dev/sda from http://10.0.0.6/assets/flatcar",
            "installing http://10.0.0.6/assets/flatcar: flatcar-install: GPG signature verification failed ",
            "installing writing Flatcar 4593.2.5 to /dev/sda from http://10.0.0.1/assets/flatcar", "installed /dev/sda",
        }), outcome.ToString());
    }

    [Test]
    public void A_mirror_that_does_not_answer_is_not_begun_with()
    {
        machine.Program("curl", """
            case $* in
            */report*) ;;
            *--head*) exit 7 ;;
            *) while [ "$1" != --output ]; do shift; done; echo x > "$2"; printf 200 ;;
            esac
            """);
        machine.RunIgnition(Render(FlatcarWithMirrors));
        Assert.That(machine.Called.Where(line => line.StartsWith("flatcar-install", StringComparison.Ordinal)), Has.One.Items.And.All.Contain(" -b http://10.0.0.1/assets/flatcar "));
    }

    [Test]
    public void An_image_that_nobody_can_write_ends_with_the_installers_words_and_is_never_called_installed()
    {
        machine.Program("flatcar-install", "echo 'Image URL unavailable' >&2; exit 1");
        machine.RunIgnition(Render(Flatcar));
        Assert.That(machine.Reports[^1], Is.EqualTo("failed flatcar-install: Image URL unavailable "));
        Assert.That(machine.Called.Count(line => line.StartsWith("flatcar-install", StringComparison.Ordinal)), Is.EqualTo(5));
    }

    [Test]
    public void A_document_that_is_refused_ends_the_installation_before_anything_is_written()
    {
        machine.Documents.Clear();
        machine.RunIgnition(Render(Flatcar));
        Assert.That(machine.Reports.Single(), Does.Match("^failed http://10.0.0.1/boot/52-54-00-00-00-01/node.ign: 409 Refused"));
        Assert.That(machine.Called, Has.None.StartWith("flatcar-install"));
    }

    [TestCaseSource(nameof(Systems))]
    public void The_other_disks_are_erased_when_that_is_wanted_and_the_installers_disk_never(ClusterDescription cluster)
    {
        machine.RunIgnition(Render(cluster));
        Assert.That(machine.Called, Has.None.StartWith("dd "));
        machine.RunIgnition(Render(cluster with { OperatingSystem = cluster.OperatingSystem with { WipeDisks = true } }));
        Assert.That(machine.Called.Where(line => line.StartsWith("dd ", StringComparison.Ordinal)), Has.Exactly(2).Items.And.All.Contain(" of=/dev/sdb "));
        Assert.That(machine.Reports, Has.Some.EqualTo("installing erasing the other disks"));
    }

    [TestCaseSource(nameof(Systems))]
    public void Without_a_disk_nothing_is_written(ClusterDescription cluster)
    {
        var wanted = cluster with { Nodes = [.. cluster.Nodes.Select(node => node with { InstallDisk = "first:100GB" })] };
        machine.RunIgnition(Render(wanted));
        Assert.That(machine.Reports, Is.EqualTo(new[] { "failed disk: no fixed disk has 100GB or more; there are: sda 20 GB, sdb 40 GB" }));
        Assert.That(machine.Called, Has.None.StartWith("flatcar-install").And.None.StartWith("coreos-installer"));
    }

    [Test]
    public void Fedora_CoreOS_is_written_from_the_live_systems_own_image()
    {
        var outcome = machine.RunIgnition(Render(FedoraCoreos));
        Assert.That(machine.Called.Single(line => line.StartsWith("coreos-installer", StringComparison.Ordinal)),
            Does.Match("^coreos-installer install /dev/sda --offline --ignition-file .*/run/node.ign --append-karg console=ttyS0$"), outcome.ToString());
        Assert.That(machine.Reports, Is.EqualTo(new[] { "installing writing Fedora CoreOS to /dev/sda", "installed /dev/sda" }));
        Assert.That(machine.Called, Has.Some.EqualTo("systemctl reboot"));
    }

    [Test]
    public void Fedora_CoreOS_that_cannot_be_written_is_told()
    {
        machine.Program("coreos-installer", "echo 'Error: partition in use' >&2; exit 1");
        machine.RunIgnition(Render(FedoraCoreos));
        Assert.That(machine.Reports[^1], Is.EqualTo("failed coreos-installer: Error: partition in use "));
    }

    [Test]
    public void The_administrators_keys_open_the_live_system()
    {
        var text = Render(Flatcar);
        Assert.That(text, Does.Contain("\"name\": \"core\"").And.Contain("ssh-ed25519 AAAA"));
        Assert.That(Render(Flatcar with { SshAuthorizedKeys = [] }), Does.Not.Contain("\"core\""));
    }

    [Test]
    public void Debian_has_no_such_document() =>
        Assert.That(() => InstallIgnition.Render(PlannedClusters.PlanOf(PlannedClusters.Three, 1), PlannedClusters.Plan(PlannedClusters.Three).Network, PlannedClusters.Templates), Throws.ArgumentException);

    [Test]
    public void Half_a_character_is_not_served() =>
        Assert.That(InstallIgnition.Render(PlannedClusters.PlanOf(Flatcar, 1) with { InstallDisk = "\ud800" }, PlannedClusters.Plan(Flatcar).Network, PlannedClusters.Templates),
            Is.TypeOf<RenderedDocument.Broken>());

    private static string Render(ClusterDescription cluster, LiveTask task = LiveTask.Install)
    {
        var plan = PlannedClusters.Plan(cluster);
        return ((RenderedDocument.Text)InstallIgnition.Render(plan.For(PlannedClusters.Mac(1), null)!, plan.Network, PlannedClusters.Templates, task)).Content;
    }
}
