using NUnit.Framework;
using Sextant.Cluster;
using Sextant.Planning;
using Sextant.Rendering;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Rendering;

/// <summary>Rocky's kickstart file: its form as the installer reads it, and its scripts run with programs that stand for the installer's.</summary>
[TestFixture]
public sealed class KickstartTests
{
    private static readonly ClusterDescription Cluster = PlannedClusters.Three.On(OperatingSystemName.Rocky);

    private StandInInstaller installer = null!;

    [SetUp]
    public void Start() => installer = new StandInInstaller();

    [TearDown]
    public void Stop() => installer.Dispose();

    [Test]
    public void The_installer_understands_every_line_with_the_disk_that_was_found()
    {
        var text = Render();
        var read = new KickstartText(text, Included("nvme0n1", Plan()));
        Assert.That(read.Faults, Is.Empty);
        Assert.That(read.Command("url"), Is.EqualTo("--url=http://10.0.0.5/rocky/10.2"));
        Assert.That(read.Command("network"), Does.Contain("--hostname=m1").And.Contain("--device=52:54:00:00:00:01"));
        Assert.That(read.Command("rootpw"), Is.EqualTo("--lock"));
        Assert.That(read.Bodies("%packages").Single().Split('\n'), Is.SupersetOf(new[] { "@^minimal-environment", "cloud-init", "curl", "openssh-server", "tar" }));
        Assert.That(text, Does.Not.Contain("{{"));
    }

    [Test]
    public void A_machine_that_is_to_be_wiped_gets_a_script_that_erases_every_disk_and_nothing_to_install()
    {
        installer.Disks("sda:20", "nvme0n1:40");
        var plan = PlannedClusters.Plan(Cluster);
        var text = ((RenderedDocument.Text)Kickstart.RenderWipe(Plan(), plan.Network, plan.Templates)).Content;
        Assert.That(text, Does.Not.Contain("%packages").And.Not.Contain("part /").And.Not.Contain("{{").And.Not.Contain("bootloader"));
        var body = text[(text.IndexOf('\n', text.IndexOf("%pre ", StringComparison.Ordinal)) + 1)..text.IndexOf("%end", StringComparison.Ordinal)];
        Assert.That(Tool.Run("shellcheck", ["--shell=sh", "--exclude=SC2034,SC2154,SC2329", "-"], body).ToString(), Does.StartWith("status 0"));
        var outcome = installer.RunScript(body);
        Assert.That(installer.Reports, Is.EqualTo(new[]
        {
            "wiping erasing every fixed disk: sda 20 GB, nvme0n1 40 GB", "wiped erased /dev/sda (discarded), erased /dev/nvme0n1 (discarded)",
        }), outcome.ToString());
        Assert.That(installer.Called, Has.One.EqualTo("reboot -f"));
    }

    [TestCase("%end\n\n%pre-install", "\n%pre-install", "begins within %pre")]
    [TestCase("rootpw --lock\n", "", "rootpw is missing")]
    [TestCase("rootpw --lock\n", "rootpw --lock\nrootpw --lock\n", "rootpw is given twice")]
    [TestCase("firewall --disabled\n", "firewalld --disabled\n", "unknown command firewalld")]
    [TestCase("%packages", "%package", "unknown section %package")]
    [TestCase("%include /tmp/sextant-disk.ks", "%include /tmp/other.ks", "nothing is written to /tmp/other.ks")]
    [TestCase("reqpart --add-boot", "autopart", "autopart excludes part")]
    public void The_check_itself_finds_what_an_installer_would_refuse(string right, string wrong, string fault)
    {
        var text = Render();
        Assert.That(text, Does.Contain(right));
        Assert.That(new KickstartText(text.Replace(right, wrong, StringComparison.Ordinal), Included("sda", Plan())).Faults, Has.Some.Contains(fault));
    }

    [Test]
    public void Every_script_in_it_is_sound_shell()
    {
        foreach (var (name, options, body) in new KickstartText(Render(), Included("sda", Plan())).Scripts)
        {
            Assert.That(options, Does.Contain("--interpreter=/bin/sh"), name);
            // What one script does not use of the shared parts is used by another.
            var outcome = Tool.Run("shellcheck", ["--shell=sh", "--exclude=SC2034,SC2154,SC2329", "-"], body);
            Assert.That(outcome.Status, Is.Zero, $"{name}\n{outcome}");
        }
    }

    [Test]
    public void Nothing_is_left_to_a_password_and_the_firmwares_boot_list_is_left_alone()
    {
        var read = new KickstartText(Render(), Included("sda", Plan()));
        Assert.That(read.Command("user"), Is.Null);
        Assert.That(read.Command("bootloader"), Does.Contain("--leavebootorder").And.Contain("--append=\"console=ttyS0\""));
    }

    [Test]
    public void The_first_script_chooses_the_disk_and_tells()
    {
        installer.Disks("sda:4", "sdb:20");
        var outcome = installer.RunScript(Body("%pre"));
        Assert.That(outcome.Status, Is.Zero, outcome.ToString());
        Assert.That(installer.Text("tmp/sextant-disk.ks"), Does.StartWith("ignoredisk --only-use=sdb\nclearpart --all --initlabel --drives=sdb\n"));
        Assert.That(installer.Reports, Is.EqualTo(new[] { "installing partitioning /dev/sdb" }));
    }

    [Test]
    public void Without_a_disk_the_machine_restarts_and_the_bootstrapper_knows_why()
    {
        installer.Disks("sda:4");
        var outcome = installer.RunScript(Body("%pre"));
        Assert.That(installer.Reports, Is.EqualTo(new[] { "failed disk: no fixed disk has 8GB or more; there are: sda 4 GB" }), outcome.ToString());
        Assert.That(installer.Called, Has.Some.EqualTo("reboot -f"));
    }

    [Test]
    public void Other_disks_are_erased_only_when_that_is_wanted()
    {
        installer.Disks("sda:20", "sdb:40");
        installer.RunScript(Body("%pre"));
        Assert.That(installer.Called, Has.None.Contains("dd "));
        var outcome = installer.RunScript(Body("%pre", Plan() with { WipeDisks = true }));
        Assert.That(installer.Called.Where(line => line.StartsWith("dd ", StringComparison.Ordinal)), Has.Exactly(2).Items.And.All.Contains("of=/dev/sdb "), outcome.ToString());
    }

    [Test]
    public void The_last_script_puts_the_seed_in_place_and_says_installed_last()
    {
        installer.Documents["user-data"] = "#cloud-config\nhostname: m1\n";
        installer.Documents["meta-data"] = "instance-id: x\n";
        installer.Write("tmp/sextant-disk", "/dev/sdb\n");
        installer.Write("mnt/sysroot/usr/lib/systemd/system/cloud-init-main.service", "");
        installer.Write("mnt/sysroot/etc/cloud/cloud.cfg.d/.keep", "");
        var outcome = installer.RunScript(Body("%post"));
        Assert.That(outcome.Status, Is.Zero, outcome.ToString());
        Assert.That(installer.Text("mnt/sysroot/var/lib/cloud/seed/nocloud/user-data"), Is.EqualTo("#cloud-config\nhostname: m1\n"));
        Assert.That(installer.Text("mnt/sysroot/var/lib/cloud/seed/nocloud/meta-data"), Is.EqualTo("instance-id: x\n"));
        Assert.That(File.GetUnixFileMode(installer.PathOf("mnt/sysroot/var/lib/cloud/seed/nocloud/user-data")), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.That(installer.Text("mnt/sysroot/etc/cloud/cloud.cfg.d/99-sextant.cfg"), Does.Contain("datasource_list: [NoCloud]"));
        Assert.That(installer.Called, Has.One.Matches("systemctl --root=.*/mnt/sysroot --quiet enable cloud-init-main.service"));
        Assert.That(installer.Reports, Is.EqualTo(new[] { "installing configuring m1", "installed /dev/sdb" }));
    }

    [Test]
    public void A_refused_document_ends_the_installation_with_the_bootstrappers_words()
    {
        installer.Write("tmp/sextant-disk", "/dev/sdb\n");
        var outcome = installer.RunScript(Body("%post"));
        Assert.That(installer.Reports[^1], Does.StartWith("failed ").And.Contain("user-data: 409"), outcome.ToString());
        Assert.That(installer.Reports, Has.None.StartWith("installed"));
    }

    [Test]
    public void Whatever_else_fails_is_told()
    {
        installer.Write("tmp/sextant-pre.log", "one\ntwo\nno network\n");
        installer.RunScript(Body("%onerror"));
        Assert.That(installer.Reports.Single(), Does.StartWith("failed the installer gave up: ").And.Contain("no network"));
        Assert.That(installer.Called, Has.Some.EqualTo("reboot -f"));
    }

    [TestCase("say=\"hello\"")]
    [TestCase("a\nreboot")]
    [TestCase("back\\slash")]
    public void Arguments_that_the_installer_would_take_apart_are_not_served(string argument) =>
        Assert.That(Kickstart.Render(Plan() with { KernelArguments = [argument] }, PlannedClusters.Plan(Cluster).Network, PlannedClusters.Templates, 1),
            Is.TypeOf<RenderedDocument.Broken>().With.Property("Problem").Contains("kernel arguments"));

    [Test]
    public void Another_system_has_no_kickstart_file() =>
        Assert.That(() => Kickstart.Render(PlannedClusters.PlanOf(PlannedClusters.Three, 1), PlannedClusters.Plan(Cluster).Network, PlannedClusters.Templates, 1), Throws.ArgumentException);

    private static NodePlan Plan() => PlannedClusters.PlanOf(Cluster, 1);

    private static string Render(NodePlan? plan = null) =>
        ((RenderedDocument.Text)Kickstart.Render(plan ?? Plan(), PlannedClusters.Plan(Cluster).Network, PlannedClusters.Templates, 1)).Content;

    private static string Body(string section, NodePlan? plan = null) => new KickstartText(Render(plan), Included("sda", Plan())).Bodies(section).Single();

    /// <summary>What the first script writes, with the disk filled in: taken out of its text, so that both are one.</summary>
    private static Dictionary<string, string> Included(string disk, NodePlan plan)
    {
        var lines = Render(plan).Split('\n').SkipWhile(line => !line.StartsWith("cat > /tmp/sextant-disk.ks", StringComparison.Ordinal)).Skip(1).TakeWhile(line => line != "END");
        return new Dictionary<string, string>
        {
            ["/tmp/sextant-disk.ks"] = string.Join('\n', lines).Replace("$name", disk, StringComparison.Ordinal)
                .Replace("$SEXTANT_KERNEL_ARGUMENTS", string.Join(' ', plan.KernelArguments), StringComparison.Ordinal),
        };
    }
}
