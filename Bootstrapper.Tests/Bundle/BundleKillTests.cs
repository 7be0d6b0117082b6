using NUnit.Framework;
using Sextant.Assets;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Bundle;

/// <summary>The program killed with SIGKILL at random moments, over and over, on the same folders.</summary>
[TestFixture, Category("Long"), NonParallelizable]
public sealed class BundleKillTests
{
    [Test]
    public async Task Killed_while_it_bundles_it_leaves_no_bundle_or_a_whole_one()
    {
        using var from = await BundleSite.FullAsync(4_000_000);
        var (description, bundle) = (from.File("cluster.yaml"), from.File("out.tar.zst"));
        File.WriteAllText(description, BundleRoundTripTests.ExampleWithImage());
        byte[]? whole = null;
        var verb = new KilledVerb("assets", "bundle", description, "--state", from.State, "--assets", from.Assets, "-o", bundle);
        await verb.RunAsync(() => File.Delete(bundle), isOver =>
        {
            if (isOver) whole ??= File.ReadAllBytes(bundle);
            if (isOver || File.Exists(bundle)) Assert.That(File.ReadAllBytes(bundle), Is.EqualTo(whole));
            File.Delete(bundle);
            return Task.CompletedTask;
        });
        Assert.That(Directory.GetFiles(from.Root, ".*"), Is.Empty, "what the killed left is gone");
    }

    [Test]
    public async Task Killed_while_it_loads_it_leaves_folders_that_are_sound_and_the_next_run_completes()
    {
        using var from = await BundleSite.FullAsync(4_000_000);
        var bundle = await from.BundleAsync();
        using var to = BundleSite.Empty().Trusting();
        var everything = from.Visible();
        var verb = new KilledVerb("assets", "load", bundle, "--state", to.State, "--assets", to.Assets);
        await verb.RunAsync(() => Clear(to), async isOver =>
        {
            await to.IsSoundAsync(withoutLeftovers: isOver);
            Assert.That(to.Visible(), isOver ? Is.EqualTo(everything) : Is.SubsetOf(everything));
            Assert.That(AssetFolder.Load(to.Assets).Files, Is.Empty.Or.Count.EqualTo(4), "all assets or none");
        });
    }

    private static void Clear(BundleSite site)
    {
        foreach (var folder in (string[])[site.Assets, Path.Combine(site.State, "registry")])
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
    }
}
