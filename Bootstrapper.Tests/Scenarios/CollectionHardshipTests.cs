using System.Collections.Concurrent;
using System.Net;
using NUnit.Framework;
using Sextant.Primitives;
using Sextant.Registry;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Scenarios;

/// <summary>Collections of garbage, killed at any moment while the running service takes images in.</summary>
[TestFixture, Category("Network"), NonParallelizable]
public sealed class CollectionHardshipTests
{
    private const int Lanes = 2;

    [Test]
    public async Task A_collection_that_is_killed_takes_nothing_from_images_that_are_being_pushed()
    {
        using var registry = new RegistryOnSegment();
        using var over = new CancellationTokenSource();
        var answered = new ConcurrentBag<(string Repository, string Tag, PushableImage Image)>();
        var client = registry.Client();
        var pushers = Enumerable.Range(0, Lanes).Select(lane => Task.Run(() => PushAsync(lane))).ToArray();
        var store = RegistryStore.Open(registry.StoreFolder);
        try
        {
            await new KilledVerb("images", "gc", "--untagged", "--grace", "0s", "--state", registry.Service.StatePath)
                .RunAsync(() => { }, async _ => Assert.That(await VerifyAsync(store), Is.Empty));
        }
        finally
        {
            await over.CancelAsync();
            await Task.WhenAll(pushers);
        }
        await TestContext.Out.WriteLineAsync($"{answered.Count} pushes answered");
        Assert.That(answered, Has.Count.GreaterThanOrEqualTo(Lanes));
        foreach (var (repository, tag, image) in answered)
        {
            using var manifest = await client.GetAsync($"/v2/{repository}/manifests/{tag}");
            Assert.That(await manifest.Content.ReadAsByteArrayAsync(), Is.EqualTo(image.Manifest), $"{repository}:{tag}");
            Assert.That(image.Blobs.Where(blob => !store.HasBlob(RepositoryName.Parse(repository), Digest.Sha256Of(blob))), Is.Empty, $"{repository}:{tag}");
        }
        var last = Product.Run("images", "gc", "--untagged", "--grace", "0s", "--state", registry.Service.StatePath);
        Assert.That(last.Status, Is.Zero, last.ToString());
        Assert.That(await VerifyAsync(store), Is.Empty);
        foreach (var repository in store.Repositories())
            Assert.That(store.Manifests(repository), Is.EquivalentTo(store.Tags(repository).Select(tag => store.FindTag(repository, tag)!.Value).Distinct()), "only what a tag leads to");
        Assert.That(Directory.GetFiles(Path.Combine(registry.StoreFolder, "uploads")), Is.Empty);

        async Task PushAsync(int lane)
        {
            // However busy the machine is, each lane gets at least one image through that is looked at in the end.
            for (var (number, isAnswered) = (0, false); !over.IsCancellationRequested || !isAnswered;)
            {
                // With every push the image that was the latest before becomes garbage; one in four has a tag of its own.
                var image = PushableImage.Make(lane * 100_000 + number, 20_000, 500);
                var tag = number % 4 == 0 ? $"n{number}" : "latest";
                try
                {
                    // What a collection took from under an unfinished push is pushed again.
                    if (await client.PushImageAsync($"garbage/lane{lane}", tag, image, chunk: 8_000) != HttpStatusCode.Created) continue;
                }
                catch (HttpRequestException)
                {
                    continue;
                }
                if (tag != "latest") answered.Add(($"garbage/lane{lane}", tag, image));
                isAnswered |= tag != "latest";
                number++;
            }
        }
    }

    private static Task<IReadOnlyList<StoreProblem>> VerifyAsync(RegistryStore store) => StoreVerification.RunAsync(store, new Progress<WorkProgress>(), default);
}
