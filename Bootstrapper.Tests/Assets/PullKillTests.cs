using System.Diagnostics;
using NUnit.Framework;
using Sextant.Assets;
using Sextant.Primitives;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Assets;

/// <summary>The real command, killed at random moments as a power cut would.</summary>
public sealed class PullKillTests
{
    private const int Kills = 25;

    [Test, CancelAfter(120_000)]
    public async Task A_pull_that_is_killed_serves_nothing_broken_and_the_next_one_goes_on_where_it_was()
    {
        using var site = new PullSite();
        var contents = Enumerable.Range(0, 6).ToDictionary(n => $"files/f{n}", n => PullSite.Octets(n, 1_500_000));
        site.WriteManifest([.. contents.Select(one => site.Entry(one.Key, one.Value))]);
        site.Server.Behaviour = request => StandInHttp.Right(request, contents[request.Path[1..]]) with { Chunk = 4_000 };
        // Fixed, so that a failure can be had again; the machine's own timing makes the moments differ.
        var random = new Random(20);
        var killed = 0;
        for (var run = 0; run < Kills; run++)
        {
            using var pull = Start(site);
            if (pull.WaitForExit(TimeSpan.FromMilliseconds(150 + random.Next(500)))) break;
            pull.Kill();
            pull.WaitForExit();
            killed++;
            foreach (var asset in await VerifyAsync(site)) Assert.That(asset.Verdict, Is.EqualTo(AssetVerdict.Good), asset.ToString());
        }
        Assert.That(killed, Is.GreaterThan(3), "it was killed at work");
        using var last = Start(site);
        Assert.That(last.WaitForExit(TimeSpan.FromSeconds(60)), Is.True);
        Assert.That(last.ExitCode, Is.Zero);
        foreach (var (path, content) in contents) Assert.That(site.Served(path), Is.EqualTo(content), path);
        Assert.That(site.Server.Requests.Count(request => request.From > 0), Is.GreaterThan(0), "something was resumed");
        Assert.That((await VerifyAsync(site)).Count, Is.EqualTo(contents.Count));
    }

    private static Process Start(PullSite site)
    {
        var start = new ProcessStartInfo("dotnet", [Product.Dll, "assets", "pull", "--all", "--parallel", "3", "--assets", site.Folder]) { RedirectStandardOutput = true, RedirectStandardError = true };
        var process = Process.Start(start)!;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private static async Task<IReadOnlyList<VerifiedAsset>> VerifyAsync(PullSite site)
    {
        var catalog = AssetFolder.Load(site.Folder);
        Assert.That(catalog.Problems, Is.Empty);
        return await AssetVerification.RunAsync(site.Folder, catalog, new Progress<WorkProgress>(), default);
    }
}
