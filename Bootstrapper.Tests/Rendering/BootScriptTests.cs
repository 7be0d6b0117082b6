using NUnit.Framework;
using Sextant.Rendering;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Rendering;

[TestFixture]
public sealed class BootScriptTests
{
    private static RenderedDocument Install(params string[] arguments)
    {
        var plan = PlannedClusters.PlanOf(PlannedClusters.Three, 1);
        return BootScript.Render(ScriptDialect.Ipxe, 
            new ScriptAction.Install(plan with { KernelArguments = arguments }, 2), plan.Mac, PlannedClusters.Plan(PlannedClusters.Three).Network, PlannedClusters.Templates);
    }

    [TestCase("console=ttyS0,115200n8")]
    [TestCase("nosmt=force")]
    [TestCase("a=b||c")]
    public void Ordinary_kernel_arguments_are_carried(string argument) =>
        Assert.That(((RenderedDocument.Text)Install(argument)).Content, Does.Contain($"BOOTIF=01-52-54-00-00-00-01 {argument} || goto failed\n"));

    [TestCase("a\nexit 0")]
    [TestCase("a\rb")]
    [TestCase("${net0/mac}")]
    [TestCase("||")]
    [TestCase("&&")]
    [TestCase("#")]
    [TestCase("say=\"hello\"")]
    [TestCase("it's")]
    [TestCase("back\\slash")]
    [TestCase("ümlaut")]
    public void Arguments_that_iPXE_would_take_for_its_own_are_not_served(string argument) =>
        Assert.That(Install(argument), Is.TypeOf<RenderedDocument.Broken>().With.Property("Problem").Contains("arguments"));

    [Test]
    public void Each_mirror_is_tried_whole_before_the_bootstrapper_and_one_with_a_certificate_is_left_out()
    {
        var plan = PlannedClusters.PlanOf(PlannedClusters.Three, 1) with { AssetMirrors = ["http://10.0.1.1", "https://10.0.1.2", "http://10.0.1.3:8080/a"], KernelArguments = ["quiet"] };
        var script = ((RenderedDocument.Text)BootScript.Render(ScriptDialect.Ipxe, 
            new ScriptAction.Install(plan, 1), plan.Mac, PlannedClusters.Plan(PlannedClusters.Three).Network, PlannedClusters.Templates)).Content;
        const string arguments = "initrd=live.img boot=sextant sextant.url=http://10.0.0.1/boot/52-54-00-00-00-01 BOOTIF=01-52-54-00-00-00-01 quiet";
        Assert.That(script.Split('\n').Where(line => line.StartsWith("kernel", StringComparison.Ordinal) || line is "imgfree"), Is.EqualTo(new[]
        {
            "imgfree",
            $"kernel --timeout 5000 http://10.0.1.1/debian/vmlinuz {arguments} && initrd --timeout 5000 http://10.0.1.1/debian/live.img && boot ||",
            "imgfree",
            $"kernel --timeout 5000 http://10.0.1.3:8080/a/debian/vmlinuz {arguments} && initrd --timeout 5000 http://10.0.1.3:8080/a/debian/live.img && boot ||",
            "imgfree",
            $"kernel http://10.0.0.1/assets/debian/vmlinuz {arguments} || goto failed",
        }));
    }

    [TestCase("http://10.0.1.1/${net0/mac}")]
    [TestCase("http://10.0.1.1/a || reboot")]
    public void A_mirror_that_iPXE_would_take_for_its_own_is_not_served(string mirror)
    {
        var plan = PlannedClusters.PlanOf(PlannedClusters.Three, 1) with { AssetMirrors = ["http://10.0.1.1", mirror] };
        Assert.That(
            BootScript.Render(ScriptDialect.Ipxe, new ScriptAction.Install(plan, 1), plan.Mac, PlannedClusters.Plan(PlannedClusters.Three).Network, PlannedClusters.Templates),
            Is.TypeOf<RenderedDocument.Broken>().With.Property("Problem").Contains("mirrors"));
    }

    private static readonly ScriptAction[] Actions =
        [new ScriptAction.Install(PlannedClusters.PlanOf(PlannedClusters.Three, 1), 1), new ScriptAction.LocalDisk(), new ScriptAction.Discover(), new ScriptAction.Hold("it's a reason")];

    [TestCase("console=ttyS0,115200n8", "'console=ttyS0,115200n8'")]
    [TestCase("a=b;c", "'a=b;c'")]
    [TestCase("x={y}", "'x={y}'")]
    [TestCase("price=$5", "'price=$5'")]
    public void GRUB_gets_each_argument_in_quotes(string argument, string expected) =>
        Assert.That(GrubWith(80, argument), Does.Contain($"  if linux (http,10.0.0.1)/assets/debian/vmlinuz 'boot=sextant' 'sextant.url=http://10.0.0.1/boot/52-54-00-00-00-01' 'BOOTIF=01-52-54-00-00-00-01' {expected}; then\n")
            .And.Contain("    if initrd (http,10.0.0.1)/assets/debian/live.img; then\n"));

    [Test]
    public void GRUB_fetches_over_TFTP_where_HTTP_is_on_a_port_of_its_own()
    {
        var script = GrubWith(8080, "quiet");
        Assert.That(script, Does.Contain("linux (tftp,10.0.0.1)/debian/vmlinuz ").And.Contain("initrd (tftp,10.0.0.1)/debian/live.img;"));
        Assert.That(script, Does.Contain("'sextant.url=http://10.0.0.1:8080/boot/52-54-00-00-00-01'"), "the live system speaks HTTP on any port");
        var plan = PlannedClusters.Plan(PlannedClusters.Three);
        Assert.That(BootScript.FindGrub(plan.Network with { HttpPort = 8080 }, plan.Templates), Does.Contain("configfile (tftp,10.0.0.1)/boot/$net_default_mac/grub.cfg\n"));
    }

    [TestCase(80)]
    [TestCase(8080)]
    public void GRUB_reads_every_configuration(int port)
    {
        var plan = PlannedClusters.Plan(PlannedClusters.Three);
        var network = plan.Network with { HttpPort = port };
        var texts = Actions.Select(action => (ScriptAction)(action is ScriptAction.Hold ? new ScriptAction.Hold("a reason") : action))
            .Select(action => ((RenderedDocument.Text)BootScript.Render(ScriptDialect.Grub, action, PlannedClusters.Mac(1), network, plan.Templates)).Content)
            .Append(BootScript.FindGrub(network, plan.Templates));
        foreach (var text in texts)
        {
            var file = Path.GetTempFileName();
            try
            {
                File.WriteAllText(file, text);
                var checkedBy = Tool.Run("grub-script-check", [file]);
                Assert.That(checkedBy.Status, Is.Zero, checkedBy + text);
            }
            finally
            {
                File.Delete(file);
            }
        }
    }

    [Test]
    public void A_reason_that_would_end_a_quoted_word_is_not_served()
    {
        var plan = PlannedClusters.Plan(PlannedClusters.Three);
        foreach (var dialect in new[] { ScriptDialect.Ipxe, ScriptDialect.Grub, ScriptDialect.Pxelinux })
            Assert.That(BootScript.Render(dialect, Actions[^1], PlannedClusters.Mac(1), plan.Network, plan.Templates), Is.TypeOf<RenderedDocument.Broken>());
    }

    [Test]
    public void Pxelinux_and_U_Boot_find_files_where_they_found_the_configuration()
    {
        var plan = PlannedClusters.Plan(PlannedClusters.Three);
        string Of(ScriptDialect dialect) => ((RenderedDocument.Text)BootScript.Render(dialect, Actions[0], PlannedClusters.Mac(1), plan.Network, plan.Templates)).Content;
        Assert.That(Of(ScriptDialect.Pxelinux), Does.Contain("  KERNEL /debian/vmlinuz\n  INITRD /debian/live.img\n  APPEND boot=sextant sextant.url=http://10.0.0.1/boot/52-54-00-00-00-01 BOOTIF=01-52-54-00-00-00-01"));
        Assert.That(Of(ScriptDialect.PxelinuxOverHttp), Does.Contain("  KERNEL http://10.0.0.1/assets/debian/vmlinuz\n  INITRD http://10.0.0.1/assets/debian/live.img\n"));
    }

    private static string GrubWith(int port, params string[] arguments)
    {
        var plan = PlannedClusters.PlanOf(PlannedClusters.Three, 1) with { KernelArguments = arguments };
        var cluster = PlannedClusters.Plan(PlannedClusters.Three);
        return ((RenderedDocument.Text)BootScript.Render(ScriptDialect.Grub, new ScriptAction.Install(plan, 1), plan.Mac, cluster.Network with { HttpPort = port }, cluster.Templates)).Content;
    }

    [Test]
    public void A_plan_of_another_machine_is_our_own_mistake()
    {
        var plan = PlannedClusters.Plan(PlannedClusters.Three);
        Assert.That(
            () => BootScript.Render(ScriptDialect.Ipxe, new ScriptAction.Install(plan.For(PlannedClusters.Mac(1), null)!, 1), PlannedClusters.Mac(2), plan.Network, plan.Templates),
            Throws.ArgumentException);
    }

    [Test]
    public void Every_label_a_script_jumps_to_exists()
    {
        var network = PlannedClusters.Plan(PlannedClusters.Three).Network;
        ScriptAction[] actions =
            [new ScriptAction.Install(PlannedClusters.PlanOf(PlannedClusters.Three, 1), 1), new ScriptAction.LocalDisk(), new ScriptAction.Discover(), new ScriptAction.Hold("x")];
        foreach (var action in actions)
        {
            var lines = ((RenderedDocument.Text)BootScript.Render(ScriptDialect.Ipxe, action, PlannedClusters.Mac(1), network, PlannedClusters.Templates)).Content.Split('\n');
            var targets = lines.SelectMany(line => line.Split("goto ").Skip(1)).Select(rest => rest.Split(' ')[0]).ToArray();
            Assert.That(targets, Is.Not.Empty);
            Assert.That(lines[0], Is.EqualTo("#!ipxe"));
            Assert.That(targets.Where(target => !lines.Contains(":" + target)), Is.Empty, action.ToString());
        }
    }
}
