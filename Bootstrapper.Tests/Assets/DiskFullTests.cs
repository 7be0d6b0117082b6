using NUnit.Framework;
using Sextant.Assets;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Assets;

/// <summary>A real file system of two megabytes; mounting it needs root.</summary>
[Category("Network")]
public sealed class DiskFullTests
{
    [TestCase(true, "are missing, for this file")]
    [TestCase(false, "for this file: ")]
    public async Task A_full_disk_is_named_keeps_what_arrived_and_the_next_run_goes_on(bool announced, string reason)
    {
        using var site = new PullSite { Content = PullSite.Octets(4, 3_000_000) };
        Mount("size=2m");
        try
        {
            site.WriteManifest();
            site.Server.Behaviour = request => StandInHttp.Right(request, site.Content) with { HasLength = announced };
            var failed = (PullOutcome.Failed)(await site.PullAsync()).Single();
            Assert.That(failed.Reason, Does.Contain(reason).And.Contain("what arrived is kept, make room and run the command again"));
            if (announced) Assert.That(failed.Reason, Does.Match("there is no room in .+: 3000 kB are needed, [0-9]+ kB are free, [0-9]+ kB are missing"));
            else Assert.That(new FileInfo(site.PartPath).Length, Is.InRange(1_000_000, 2_100_000));
            Assert.That(site.Served(), Is.Null);
            Mount("remount,size=8m");
            Assert.That((await site.PullAsync()).Single(), Is.InstanceOf<PullOutcome.Fetched>());
            Assert.That(site.Server.Requests[^1].From, announced ? Is.Zero : Is.GreaterThan(1_000_000));
            Assert.That(site.Served(), Is.EqualTo(site.Content));
        }
        finally
        {
            Tool.Run("umount", [site.Folder]);
        }

        void Mount(string options)
        {
            var mounted = Tool.Run("mount", ["-t", "tmpfs", "-o", options, "sextant-test", site.Folder]);
            Assert.That(mounted.Status, Is.Zero, mounted.ToString());
        }
    }
}
