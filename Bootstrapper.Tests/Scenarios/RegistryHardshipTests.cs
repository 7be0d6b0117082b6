using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using NUnit.Framework;
using Sextant.Primitives;
using Sextant.Registry;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Scenarios;

/// <summary>The running service when the plug is pulled while it takes images in, and when its disk is full.</summary>
[TestFixture, Category("Network"), NonParallelizable]
public sealed class RegistryHardshipTests
{
    private const int Kills = 60;
    private const int FewestKills = 12;
    private const int Lanes = 3;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    [Test]
    public async Task What_was_answered_before_a_kill_is_there_after_it()
    {
        var seed = Environment.TickCount;
        TestContext.Out.WriteLine($"seed {seed}");
        var random = new Random(seed);
        using var registry = new RegistryOnSegment();
        using var over = new CancellationTokenSource();
        var answered = new ConcurrentBag<(string Repository, string Tag, PushableImage Image)>();
        var client = registry.Client();
        var pushers = Enumerable.Range(0, Lanes).Select(lane => Task.Run(() => PushAsync(lane))).ToArray();
        var clock = Stopwatch.StartNew();
        // How long a fresh service takes for its first pushes here and now: kills come before, during and after that.
        SpinWait.SpinUntil(() => answered.Count >= Lanes, TimeSpan.FromSeconds(30));
        var latest = Math.Clamp((int)(1.5 * clock.Elapsed.TotalMilliseconds), 300, 3000);
        clock.Restart();
        var kills = 0;
        // On a busy machine a start takes seconds, and fewer kills fit in.
        for (; kills < Kills && (clock.Elapsed < Limit || kills < FewestKills); kills++)
        {
            await Task.Delay(random.Next(1, latest));
            registry.KillAndRestart();
        }
        var last = answered.Count;
        SpinWait.SpinUntil(() => answered.Count > last + 2, TimeSpan.FromSeconds(10));
        registry.Service.Kill();
        await over.CancelAsync();
        await Task.WhenAll(pushers);
        TestContext.Out.WriteLine($"{kills} kills, {answered.Count} pushes answered, {clock.Elapsed.TotalSeconds:0} s");

        Assert.That(last, Is.GreaterThan(Lanes), "else nothing was tested");
        var store = RegistryStore.Open(registry.StoreFolder);
        Assert.That(await StoreVerification.RunAsync(store, new Progress<WorkProgress>(), default), Is.Empty);
        foreach (var (repository, tag, image) in answered)
        {
            var name = RepositoryName.Parse(repository);
            Assert.That(store.FindTag(name, TagName.Parse(tag)), Is.EqualTo(image.Digest), $"{repository}:{tag}");
            Assert.That(image.Blobs.Where(blob => !store.HasBlob(name, Digest.Sha256Of(blob))), Is.Empty, $"{repository}:{tag}");
        }
        var collected = (CollectionOutcome.Collected)await GarbageCollection.RunAsync(store, new CollectionRequest(TimeSpan.Zero, Untagged: true, DryRun: false), DateTimeOffset.UtcNow.AddMinutes(1), default);
        Assert.That(collected.Manifests, Is.Empty);
        Assert.That(Directory.GetFiles(Path.Combine(registry.StoreFolder, "uploads")), Is.Empty, "what was interrupted is cleared away");
        Assert.That(await StoreVerification.RunAsync(store, new Progress<WorkProgress>(), default), Is.Empty);

        async Task PushAsync(int lane)
        {
            for (var number = 0; !over.IsCancellationRequested;)
            {
                // What was cut off is pushed again, as people do.
                var image = PushableImage.Make(seed + lane * 100_000 + number, 150_000, 500);
                try
                {
                    if (await client.PushImageAsync($"kills/lane{lane}", $"n{number}", image, chunk: 60_000) != HttpStatusCode.Created) continue;
                    answered.Add(($"kills/lane{lane}", $"n{number}", image));
                    number++;
                }
                catch (Exception killed) when (killed is HttpRequestException or IOException or System.Net.Sockets.SocketException or TaskCanceledException)
                {
                    await Task.Delay(10);
                }
            }
        }
    }

    [Test]
    public async Task A_full_disk_is_said_and_loses_nothing()
    {
        var mounted = "";
        try
        {
            using var registry = new RegistryOnSegment(folder =>
            {
                var mount = Tool.Run("mount", ["-t", "tmpfs", "-o", "size=16m", "sextant-test", folder]);
                Assert.That(mount.Status, Is.Zero, mount.ToString());
                mounted = folder;
            });
            try
            {
                await FillAsync(registry, mounted);
            }
            finally
            {
                registry.Service.Kill();
                Tool.Run("umount", [mounted]);
            }
        }
        finally
        {
            if (Directory.Exists(mounted)) Tool.Run("umount", [mounted]);
        }
    }

    private static async Task FillAsync(RegistryOnSegment registry, string folder)
    {
        var client = registry.Client();
        var image = PushableImage.Make(1, 3_000_000);
        Assert.That(await client.PushImageAsync("full/first", "v1", image), Is.EqualTo(HttpStatusCode.Created));

        // A chunk that does not fit.
        var large = new byte[20_000_000];
        var small = large[..4_000_000];
        var location = await client.BeginAsync("full/second");
        using var begun = await client.SendAsync(HttpMethod.Patch, location, large[..1_000_000], ("Content-Range", "0-999999"));
        using var full = await client.SendAsync(HttpMethod.Patch, location, large[1_000_000..], ("Content-Range", $"1000000-{large.Length - 1}"));
        Assert.That(full.StatusCode, Is.EqualTo(HttpStatusCode.InsufficientStorage));
        Assert.That(await full.Content.ReadAsStringAsync(), Does.Contain("sextant images gc").And.Contain("MiB are free"));
        using var status = await client.GetAsync(location);
        Assert.That(status.Headers.GetValues("Range").Single(), Is.EqualTo("0-999999"), "as long as before");

        // Not even room for a manifest.
        var other = PushableImage.Make(2, 100);
        foreach (var blob in other.Blobs) Assert.That(await client.PushBlobAsync("full/third", blob), Is.EqualTo(HttpStatusCode.Created));
        var filler = Path.Combine(folder, "filler");
        Tool.Run("dd", ["if=/dev/zero", $"of={filler}", "bs=4096"]);
        Assert.That(await client.PushManifestAsync("full/third", "v1", other.Manifest), Is.EqualTo(HttpStatusCode.InsufficientStorage));
        Assert.That(await PushOrStatusAsync(client, PushableImage.Make(3, 5000)), Is.EqualTo(HttpStatusCode.InsufficientStorage));
        using (var manifest = await client.GetAsync("/v2/full/first/manifests/v1"))
            Assert.That(await manifest.Content.ReadAsByteArrayAsync(), Is.EqualTo(image.Manifest), "reading goes on");
        using (var blob = await client.GetAsync($"/v2/full/first/blobs/{Digest.Sha256Of(image.Layers[0])}"))
            Assert.That(await blob.Content.ReadAsByteArrayAsync(), Is.EqualTo(image.Layers[0]));

        // Room again: everything goes on where it was.
        File.Delete(filler);
        using var rest = await client.SendAsync(HttpMethod.Put, $"{location}?digest={Digest.Sha256Of(small)}", small[1_000_000..], ("Content-Range", $"1000000-{small.Length - 1}"));
        Assert.That(rest.StatusCode, Is.EqualTo(HttpStatusCode.Created), await rest.Content.ReadAsStringAsync());
        Assert.That(await client.PushManifestAsync("full/third", "v1", other.Manifest), Is.EqualTo(HttpStatusCode.Created));
        Assert.That(registry.Service.IsAlive, Is.True);
        Assert.That(registry.Service.Log, Does.Contain("\"event_id\":1900"));
        Assert.That(await StoreVerification.RunAsync(RegistryStore.Open(folder), new Progress<WorkProgress>(), default), Is.Empty);
    }

    private static async Task<HttpStatusCode> PushOrStatusAsync(RegistryClient client, PushableImage image)
    {
        using var begun = await client.SendAsync(HttpMethod.Post, $"/v2/full/fourth/blobs/uploads/?digest={Digest.Sha256Of(image.Layers[0])}", image.Layers[0]);
        return begun.StatusCode;
    }
}
