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
