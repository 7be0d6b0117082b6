using NUnit.Framework;
using Sextant.Assets;
using Sextant.Primitives;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Assets;

/// <summary>The real command, killed at random moments as a power cut would.</summary>
[TestFixture, Category("Long")]
public sealed class PullKillTests
{
    [Test]
    public async Task A_pull_that_is_killed_serves_nothing_broken_and_the_next_one_goes_on_where_it_was()
    {
        using var site = new PullSite();
        var contents = Enumerable.Range(0, 6).ToDictionary(n => $"files/f{n}", n => PullSite.Octets(n, 300_000));
        site.WriteManifest([.. contents.Select(one => site.Entry(one.Key, one.Value))]);
        site.Server.Behaviour = request => StandInHttp.Right(request, contents[request.Path[1..]]) with { Chunk = 4_000 };
        await new KilledVerb("assets", "pull", "--all", "--parallel", "3", "--assets", site.Folder).RunAsync(Clear, async isOver =>
        {
            var verified = await VerifyAsync(site);
            foreach (var asset in verified) Assert.That(asset.Verdict, Is.EqualTo(AssetVerdict.Good), asset.ToString());
            if (!isOver) return;
            Assert.That(verified, Has.Count.EqualTo(contents.Count));
            foreach (var (path, content) in contents) Assert.That(site.Served(path), Is.EqualTo(content), path);
        });
        Assert.That(site.Server.Requests.Count(request => request.From > 0), Is.GreaterThan(0), "something was resumed");

        void Clear()
        {
            foreach (var path in Directory.GetDirectories(site.Folder)) Directory.Delete(path, recursive: true);
            File.Delete(Path.Combine(site.Folder, AssetIndex.FileName));
        }
    }

    private static async Task<IReadOnlyList<VerifiedAsset>> VerifyAsync(PullSite site)
    {
        var catalog = AssetFolder.Load(site.Folder);
        Assert.That(catalog.Problems, Is.Empty);
        return await AssetVerification.RunAsync(site.Folder, catalog, new Progress<WorkProgress>(), default);
    }
}
