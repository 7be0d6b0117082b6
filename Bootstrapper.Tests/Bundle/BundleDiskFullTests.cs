using NUnit.Framework;
using Sextant.Bundle;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Bundle;

/// <summary>A small file system of its own that fills up. Needs root.</summary>
[Category("Network"), NonParallelizable]
public sealed class BundleDiskFullTests
{
    private BundleSite from = null!;
    private BundleSite to = null!;

    [SetUp]
    public async Task MakeSites()
    {
        from = await BundleSite.FullAsync(1_000_000);
        to = BundleSite.Empty();
        Assert.That(Tool.Run("mount", ["-t", "tmpfs", "-o", "size=6m", "sextant-test", to.Root]).Status, Is.Zero);
        to.Trusting();
    }

    [TearDown]
    public void RemoveSites()
    {
        _ = Tool.Run("umount", [to.Root]);
        to.Dispose();
        from.Dispose();
    }

    [Test]
    public void A_bundle_for_which_there_is_no_room_is_not_left_half_written()
    {
        Fill(leave: 1_000_000);
        var description = from.File("cluster.yaml");
        File.WriteAllText(description, BundleRoundTripTests.ExampleWithImage());
        var outcome = Product.Run("assets", "bundle", description, "--state", from.State, "--assets", from.Assets, "-o", to.File("site.tar.zst"));
        Assert.That(outcome.Status, Is.EqualTo(1), outcome.ToString());
        Assert.That(outcome.Errors, Does.Contain("disk is full").And.Contain("no bundle was written"));
        Assert.That(Directory.GetFiles(to.Root).Select(Path.GetFileName), Is.EqualTo(new[] { "filler" }));
    }

    [Test]
    public async Task A_load_for_which_there_is_no_room_is_refused_beforehand_with_what_is_missing()
    {
        Fill(leave: 1_500_000);
        var said = BundleRefusalTests.Said(await to.LoadAsync(await from.BundleAsync()));
        Assert.That(said, Does.Match("there is no room in .+: \\d+ [kM]B are needed, \\d+ [kM]B are free, \\d+ [kM]B are missing"));
        Assert.That(to.Visible(), Is.Empty);
    }

    [Test]
    public async Task A_disk_that_fills_up_while_a_bundle_is_loaded_ends_the_load_and_the_next_one_goes_on()
    {
        var content = File.ReadAllBytes(await from.BundleAsync());
        var line = new DisturbedStream(content, at: content.Length / 2, () => Fill(leave: 0));
        Assert.That(() => to.LoadAsync(line, BundleSite.Cluster), Throws.InstanceOf<IOException>().With.Matches<IOException>(failure => failure is { } full && Sextant.Files.Durable.IsDiskFull(full)));
        Assert.That(to.Visible(), Is.Empty);
        File.Delete(to.File("filler"));
        var loaded = await to.LoadAsync(new MemoryStream(content), BundleSite.Cluster);
        Assert.That(loaded, Is.TypeOf<LoadOutcome.Loaded>(), BundleRoundTripTests.Problems(loaded));
        Assert.That(to.Visible(), Is.EqualTo(from.Visible()));
        await to.IsSoundAsync();
    }

    private void Fill(long leave)
    {
        using var filler = new FileStream(to.File("filler"), FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        var page = new byte[4096];
        while (new DriveInfo(to.Root).AvailableFreeSpace > leave + page.Length) filler.Write(page);
        try
        {
            while (leave == 0) filler.Write(page);
        }
        catch (IOException)
        {
            // Full, as it should be.
        }
    }

    /// <summary>Gives its content, and at one place something happens.</summary>
    private sealed class DisturbedStream(byte[] content, int at, Action happens) : ForwardStream
    {
        private int position;
        private bool hasHappened;

        public override ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken cancellationToken = default)
        {
            if (position >= at && !hasHappened)
            {
                hasHappened = true;
                happens();
            }
            var count = Math.Min(Math.Min(destination.Length, content.Length - position), 10_000);
            content.AsSpan(position, count).CopyTo(destination.Span);
            position += count;
            return ValueTask.FromResult(count);
        }
    }
}
