using NUnit.Framework;
using Sextant.Rendering;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Rendering;

[TestFixture]
public sealed class IpxeScriptTests
{
    private static RenderedDocument Install(params string[] arguments)
    {
        var plan = PlannedClusters.PlanOf(PlannedClusters.Three, 1);
        return IpxeScript.Render(
            new IpxeAction.Install(plan with { KernelArguments = arguments }, 2), plan.Mac, PlannedClusters.Plan(PlannedClusters.Three).Network, PlannedClusters.Templates);
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
        var script = ((RenderedDocument.Text)IpxeScript.Render(
            new IpxeAction.Install(plan, 1), plan.Mac, PlannedClusters.Plan(PlannedClusters.Three).Network, PlannedClusters.Templates)).Content;
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
            IpxeScript.Render(new IpxeAction.Install(plan, 1), plan.Mac, PlannedClusters.Plan(PlannedClusters.Three).Network, PlannedClusters.Templates),
            Is.TypeOf<RenderedDocument.Broken>().With.Property("Problem").Contains("mirrors"));
    }

    [Test]
    public void A_plan_of_another_machine_is_our_own_mistake()
    {
        var plan = PlannedClusters.Plan(PlannedClusters.Three);
        Assert.That(
            () => IpxeScript.Render(new IpxeAction.Install(plan.For(PlannedClusters.Mac(1), null)!, 1), PlannedClusters.Mac(2), plan.Network, plan.Templates),
            Throws.ArgumentException);
    }

    [Test]
    public void Every_label_a_script_jumps_to_exists()
    {
        var network = PlannedClusters.Plan(PlannedClusters.Three).Network;
        IpxeAction[] actions =
            [new IpxeAction.Install(PlannedClusters.PlanOf(PlannedClusters.Three, 1), 1), new IpxeAction.LocalDisk(), new IpxeAction.Discover(), new IpxeAction.Hold("x")];
        foreach (var action in actions)
        {
            var lines = ((RenderedDocument.Text)IpxeScript.Render(action, PlannedClusters.Mac(1), network, PlannedClusters.Templates)).Content.Split('\n');
            var targets = lines.SelectMany(line => line.Split("goto ").Skip(1)).Select(rest => rest.Split(' ')[0]).ToArray();
            Assert.That(targets, Is.Not.Empty);
            Assert.That(lines[0], Is.EqualTo("#!ipxe"));
            Assert.That(targets.Where(target => !lines.Contains(":" + target)), Is.Empty, action.ToString());
        }
    }
}
