using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using Sextant.Images;
using Sextant.Registry;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Images;

public sealed class PulledImagesTests
{
    private static readonly ManifestReference Tag = new ManifestReference.ByTag(TagName.Parse("1"));

    private TemporaryFolder folder = null!;
    private RegistryStore store = null!;
    private StandInRegistry upstream = null!;
    private ImageReference image = null!;
    private IReadOnlyList<ImageReference> allowed = [];
    private DateTimeOffset now = DateTimeOffset.UnixEpoch;
    private PulledImages pulled = null!;

    [SetUp]
    public async Task StartAsync()
    {
        folder = new TemporaryFolder();
        store = RegistryStore.Open(folder.Path);
        upstream = await StandInRegistry.StartAsync();
        image = upstream.Add("app", "1", ImageSamples.Image(1));
        allowed = [image];
        pulled = new PulledImages(store, () => allowed, PulledImages.DefaultAccess with { PlainHttp = true, Retry = new RetryPolicy(1, TimeSpan.Zero, TimeSpan.Zero) },
            new Clock(() => now), NullLogger<PulledImages>.Instance);
    }

    [TearDown]
    public async Task StopAsync()
    {
        pulled.Dispose();
        await upstream.DisposeAsync();
        folder.Dispose();
    }

    [Test]
    public async Task An_image_of_the_plan_is_fetched_once_however_many_ask()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => pulled.TryFetchAsync(image.Here, Tag, default)));
        Assert.That(answers, Is.All.True);
        Assert.That(store.FindTag(image.Here, TagName.Parse("1")), Is.EqualTo(ImageSamples.Image(1).Digest));
        Assert.That(upstream.Requests.Count(request => request.Path.Contains("/blobs/", StringComparison.Ordinal)), Is.EqualTo(ImageSamples.Image(1).Blobs.Count));
    }

    [Test]
    public async Task What_the_plan_does_not_name_is_not_fetched()
    {
        Assert.That(await pulled.TryFetchAsync(image.Here, new ManifestReference.ByTag(TagName.Parse("2")), default), Is.False);
        Assert.That(await pulled.TryFetchAsync(RepositoryName.Parse("other/app"), Tag, default), Is.False);
        allowed = [];
        Assert.That(await pulled.TryFetchAsync(image.Here, Tag, default), Is.False);
        Assert.That(upstream.Requests, Is.Empty);
    }

    [Test]
    public async Task A_failure_is_remembered_for_a_minute()
    {
        upstream.Fault = context =>
        {
            context.Response.StatusCode = 500;
            return Task.FromResult(true);
        };
        Assert.That(await pulled.TryFetchAsync(image.Here, Tag, default), Is.False);
        upstream.Fault = _ => Task.FromResult(false);
        upstream.Requests.Clear();
        now += PulledImages.Forgetting - TimeSpan.FromSeconds(1);
        Assert.That(await pulled.TryFetchAsync(image.Here, Tag, default), Is.False);
        Assert.That(upstream.Requests, Is.Empty);
        now += TimeSpan.FromSeconds(1);
        Assert.That(await pulled.TryFetchAsync(image.Here, Tag, default), Is.True);
    }

    [Test]
    public async Task A_machine_that_leaves_does_not_end_the_fetching()
    {
        var held = new TaskCompletionSource();
        var asked = new TaskCompletionSource();
        upstream.Fault = async _ =>
        {
            asked.TrySetResult();
            await held.Task;
            return false;
        };
        using var leaving = new CancellationTokenSource();
        var first = pulled.TryFetchAsync(image.Here, Tag, leaving.Token);
        await asked.Task;
        await leaving.CancelAsync();
        Assert.That(async () => await first, Throws.InstanceOf<OperationCanceledException>());
        var second = pulled.TryFetchAsync(image.Here, Tag, default);
        held.SetResult();
        Assert.That(await second, Is.True);
        Assert.That(upstream.Requests.Count(request => request.Path.Contains("/manifests/", StringComparison.Ordinal)), Is.EqualTo(1));
    }

    private sealed class Clock(Func<DateTimeOffset> now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now();
    }
}
