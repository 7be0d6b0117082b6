using NUnit.Framework;
using Sextant.Rendering;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Rendering;

[TestFixture]
public sealed class InstallEnvironmentTests
{
    [TestCase("plain")]
    [TestCase("it's")]
    [TestCase("'; touch /tmp/sextant-pwned; '")]
    [TestCase("$(id) `id` ${HOME} \\ \" & | * ~")]
    [TestCase("two\nlines")]
    [TestCase("")]
    public void A_shell_reads_every_value_as_it_was(string value)
    {
        var plan = PlannedClusters.PlanOf(PlannedClusters.Three, 1) with { InstallDisk = value };
        var text = ((RenderedDocument.Text)InstallEnvironment.Render(plan, new InstallImage("http://x/", "00", 7), 3)).Content;
        var result = Tool.Run("sh", ["-c", text + "printf '%s|%s|%s' \"$SEXTANT_DISK\" \"$SEXTANT_IMAGE_SIZE\" \"$SEXTANT_ATTEMPT\""]);
        Assert.That(result.Output, Is.EqualTo(value + "|7|3"), result.ToString());
    }

    [Test]
    public void The_image_is_looked_for_at_the_mirrors_in_their_order_and_at_the_bootstrapper_last()
    {
        var plan = PlannedClusters.PlanOf(PlannedClusters.Three, 1) with { AssetMirrors = ["https://10.0.1.2", "http://10.0.1.1/a"] };
        var image = InstallImage.Debian(PlannedClusters.Plan(PlannedClusters.Three).Network, "00", 7);
        var text = ((RenderedDocument.Text)InstallEnvironment.Render(plan, image, 1)).Content;
        Assert.That(text.Split('\n'), Has.One.EqualTo(
            "SEXTANT_IMAGE_URLS='https://10.0.1.2/debian/rootfs.tar.zst http://10.0.1.1/a/debian/rootfs.tar.zst http://10.0.0.1/assets/debian/rootfs.tar.zst'"));
    }

    [Test]
    public void A_value_no_shell_can_hold_is_not_served() =>
        Assert.That(
            InstallEnvironment.Render(PlannedClusters.PlanOf(PlannedClusters.Three, 1) with { InstallDisk = "a\0b" }, new InstallImage("", "", 0), 1),
            Is.TypeOf<RenderedDocument.Broken>().With.Property("Problem").Contains("SEXTANT_DISK"));
}
