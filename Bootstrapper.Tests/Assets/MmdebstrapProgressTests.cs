using NUnit.Framework;
using Sextant.Assets;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Assets;

public sealed class MmdebstrapProgressTests
{
    /// <summary>A whole build of this image, as mmdebstrap 1.3.5 printed it.</summary>
    private static readonly string[] Recorded = File.ReadAllLines(Repository.PathOf("Bootstrapper.Tests", "Assets", "mmdebstrap.log"));

    [Test]
    public void A_recorded_build_goes_through_every_step_in_order_and_never_back()
    {
        var steps = new List<string>();
        var state = MmdebstrapProgress.Start;
        var last = 0.0;
        foreach (var line in Recorded)
        {
            state = state.After(line);
            Assert.That(state.Current.Fraction, Is.InRange(last, 1.0), line);
            last = state.Current.Fraction;
            var step = state.Current.Step.Split(" (")[0];
            if (steps.Count == 0 || steps[^1] != step) steps.Add(step);
        }
        Assert.That(steps, Is.EqualTo(new[]
        {
            "starting", "reading the package lists", "downloading the base system", "unpacking the base system", "installing the base system",
            "installing packages", "configuring the system", "making the initramfs", "making the live system", "cleaning up", "packing the image", "image packed",
        }));
        Assert.That(last, Is.EqualTo(0.99));
    }

    [Test]
    public void Packages_are_counted_through_fetching_unpacking_and_setting_up()
    {
        var before = Array.FindIndex(Recorded, line => line.Contains("165 newly installed", StringComparison.Ordinal));
        var after = Array.FindIndex(Recorded, line => line.StartsWith("I: running --customize-hook", StringComparison.Ordinal));
        Assert.That(After(before + 1).Step, Is.EqualTo("installing packages"));
        Assert.That(After(before + 1).Fraction, Is.EqualTo(0.36).Within(0.001));
        Assert.That(After((before + after) / 2).Fraction, Is.EqualTo(0.58).Within(0.03));
        Assert.That(After(after).Step, Is.EqualTo("installing packages (165/165)"));
        Assert.That(After(after).Fraction, Is.EqualTo(0.80).Within(0.001));

        static BuildProgress After(int lines) => Recorded.Take(lines).Aggregate(MmdebstrapProgress.Start, (state, line) => state.After(line)).Current;
    }

    [TestCase("")]
    [TestCase("Get:1 http://mirror.example/debian trixie InRelease")]
    [TestCase(" newly installed,")]
    [TestCase("0 upgraded, 99999999999999999999 newly installed, 0 to remove")]
    [TestCase("I: something new")]
    public void Unknown_lines_change_nothing(string line) => Assert.That(MmdebstrapProgress.Start.After(line).Current, Is.EqualTo(MmdebstrapProgress.Start.Current));

    [Test]
    public void A_phase_that_comes_again_does_not_go_back()
    {
        var state = MmdebstrapProgress.Start.After("I: creating tarball...").After("I: extracting archives...");
        Assert.That(state.Current, Is.EqualTo(new BuildProgress("packing the image", 0.93)));
    }
}
