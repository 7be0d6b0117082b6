using System.Diagnostics;
using NUnit.Framework;
using Sextant.Assets;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Bundle;

/// <summary>The program killed with SIGKILL at random moments, over and over, on the same folders.</summary>
[NonParallelizable]
public sealed class BundleKillTests
{
    private const int Rounds = 40;
    private const int LeastRounds = 10;
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(40);

    [Test]
    public async Task Killed_while_it_bundles_it_leaves_no_bundle_or_a_whole_one()
    {
        using var from = await BundleSite.FullAsync(4_000_000);
        var description = from.File("cluster.yaml");
        File.WriteAllText(description, BundleRoundTripTests.ExampleWithImage());
        string[] arguments = ["assets", "bundle", description, "--state", from.State, "--assets", from.Assets, "-o", from.File("out.tar.zst")];
        var full = Stopwatch.StartNew();
        Assert.That(Product.Run(arguments).Status, Is.Zero);
        var whole = File.ReadAllBytes(from.File("out.tar.zst"));
        var (rounds, completed) = (0, 0);
        foreach (var delay in Delays(full.Elapsed))
        {
            File.Delete(from.File("out.tar.zst"));
            if (KilledAfter(delay, arguments)) completed++;
            rounds++;
            if (File.Exists(from.File("out.tar.zst"))) Assert.That(File.ReadAllBytes(from.File("out.tar.zst")), Is.EqualTo(whole), $"killed after {delay}");
        }
        await TestContext.Out.WriteLineAsync($"{rounds} runs, {completed} of them faster than their killer");
        Assert.That(rounds, Is.GreaterThanOrEqualTo(LeastRounds));
        Assert.That(Product.Run(arguments).Status, Is.Zero);
        Assert.That(File.ReadAllBytes(from.File("out.tar.zst")), Is.EqualTo(whole));
        Assert.That(Directory.GetFiles(from.Root, ".*"), Is.Empty, "what the killed left is gone");
    }

    [Test]
    public async Task Killed_while_it_loads_it_leaves_folders_that_are_sound_and_the_next_run_completes()
    {
        using var from = await BundleSite.FullAsync(4_000_000);
        var bundle = await from.BundleAsync();
        using var to = BundleSite.Empty().Trusting();
        string[] arguments = ["assets", "load", bundle, "--state", to.State, "--assets", to.Assets];
        var full = Stopwatch.StartNew();
        Assert.That(Product.Run(arguments).Status, Is.Zero);
        var duration = full.Elapsed;
        var everything = from.Visible();
        Assert.That(to.Visible(), Is.EqualTo(everything));
        Clear(to);
        var (rounds, completed, partial) = (0, 0, 0);
        foreach (var delay in Delays(duration))
        {
            var isOver = KilledAfter(delay, arguments);
            rounds++;
            await to.IsSoundAsync(withoutLeftovers: false);
            var visible = to.Visible();
            Assert.That(visible, Is.SubsetOf(everything), $"killed after {delay}");
            Assert.That(AssetFolder.Load(to.Assets).Files, Is.Empty.Or.Count.EqualTo(4), $"all assets or none, killed after {delay}");
            if (!isOver && visible.Count == 0) partial++;
            if (!isOver) continue;
            completed++;
            Assert.That(visible, Is.EqualTo(everything));
            await to.IsSoundAsync();
            Clear(to);
        }
        await TestContext.Out.WriteLineAsync($"{rounds} runs, {completed} completed, {partial} ended before anything was visible");
        Assert.That(rounds, Is.GreaterThanOrEqualTo(LeastRounds));
        Assert.That(Product.Run(arguments).Status, Is.Zero);
        Assert.That(to.Visible(), Is.EqualTo(everything));
        await to.IsSoundAsync();
    }

    /// <summary>Moments between a run's beginning and a little after its end, until the rounds or the time are used up.</summary>
    private static IEnumerable<TimeSpan> Delays(TimeSpan duration)
    {
        var seed = Environment.TickCount;
        TestContext.Out.WriteLine($"seed {seed}, a whole run takes {duration.TotalMilliseconds:0} ms");
        var random = new Random(seed);
        var clock = Stopwatch.StartNew();
        for (var round = 0; round < Rounds && clock.Elapsed < Budget; round++) yield return duration * (random.NextDouble() * 1.15);
    }

    /// <summary>Runs the program and kills it then; true when it ended well before.</summary>
    private static bool KilledAfter(TimeSpan delay, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", [Product.Dll, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(delay)) process.Kill();
        process.WaitForExit();
        Task.WaitAll(output, errors);
        Assert.That(process.ExitCode, Is.EqualTo(0).Or.EqualTo(128 + 9), errors.Result);
        return process.ExitCode == 0;
    }

    private static void Clear(BundleSite site)
    {
        Directory.Delete(site.Assets, recursive: true);
        Directory.Delete(Path.Combine(site.State, "registry"), recursive: true);
    }
}
