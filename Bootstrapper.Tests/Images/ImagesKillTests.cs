using System.Text;
using NUnit.Framework;
using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Registry;
using Sextant.Tests.Bundle;
using Sextant.Tests.TestKit;
using static Sextant.Tests.Images.ImageSamples;

namespace Sextant.Tests.Images;

/// <summary><c>sextant images load, pull, push</c> and <c>gc</c>, killed at any moment.</summary>
[TestFixture, Category("Long"), NonParallelizable]
public sealed class ImagesKillTests
{
    private static readonly RepositoryName Kept = RepositoryName.Parse("registry.example/kept");
    private static readonly RepositoryName Dropped = RepositoryName.Parse("registry.example/dropped");

    private TemporaryFolder folder = null!;

    private string State => folder.File("state");

    private string Registry => folder.At("state", "registry");

    [SetUp]
    public void MakeFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => folder.Dispose();

    [Test]
    public async Task A_load_leaves_the_registry_whole_and_the_next_one_completes()
    {
        var archive = folder.File("images.tar");
        (string, Sample)[] images = [("registry.example/a:1", Image(1, layers: 6, length: 4_000_000)), ("registry.example/b:1", Image(2, layers: 6, length: 4_000_000))];
        await File.WriteAllBytesAsync(archive, Tar(Layout([.. images.Select(one => ((string?)one.Item1, one.Item2))])));
        await new KilledVerb("images", "load", archive, "--state", State).RunAsync(Clear, isOver => IsWholeAsync(isOver, images));
    }

    [Test]
    public async Task A_pull_leaves_the_registry_whole_and_the_next_one_completes()
    {
        await using var upstream = await StandInRegistry.StartAsync();
        var image = Image(1, layers: 8, length: 4_000_000);
        var reference = upstream.Add("app", "1", image);
        await new KilledVerb("images", "pull", "--plain-http", reference.ToString(), "--state", State)
            .RunAsync(Clear, isOver => IsWholeAsync(isOver, ($"{reference.Here}:1", image)));
    }

    [Test]
    public async Task A_push_leaves_the_other_registry_whole_and_the_next_one_completes()
    {
        await using var other = await ServedAppliance.StartAsync();
        var image = Image(1, layers: 8, length: 4_000_000);
        await File.WriteAllBytesAsync(folder.File("image.tar"), Tar(Layout(("registry.example/app:1", image))));
        var loaded = Product.Run("images", "load", folder.File("image.tar"), "--state", State);
        Assert.That(loaded.Status, Is.Zero, loaded.ToString());
        var authority = folder.Write("ca.crt", other.Authorities[CertificateAuthorityName.Sextant].CertificatePem);
        var password = folder.Write("password", other.Registry.Token.Read()! + "\n");
        var there = other.Registry.Store;
        var (name, tag) = (RepositoryName.Parse("app"), TagName.Parse("1"));
        var verb = new KilledVerb("images", "push", "registry.example/app:1", "--to", new Uri(other.RegistryBase).Authority, "--ca", authority, "--username", PushToken.UserName,
            "--password-file", password, "--state", State);
        await verb.RunAsync(Forget, async isOver =>
        {
            Assert.That(await VerifyAsync(there), Is.Empty);
            Assert.That(await VerifyAsync(RegistryStore.Open(Registry)), Is.Empty);
            Assert.That(there.FindTag(name, tag), isOver ? Is.EqualTo(image.Digest) : Is.Null.Or.EqualTo(image.Digest));
        });

        void Forget()
        {
            foreach (var part in (string[])["repositories", "blobs", "uploads"])
                foreach (var file in Directory.GetFiles(Path.Combine(there.Folder, part), "*", SearchOption.AllDirectories)) File.Delete(file);
        }
    }

    [Test]
    public async Task A_collection_leaves_what_tags_lead_to_and_the_next_one_completes()
    {
        var template = folder.File("template");
        var store = RegistryStore.Open(template);
        var tags = new Dictionary<TagName, Digest>();
        for (var number = 0; number < 10; number++)
        {
            var tag = $"v{number}";
            tags[TagName.Parse(tag)] = (await BundleSite.PushAsync(store, Kept, Encoding.UTF8.GetBytes($"{{\"kept\":{number}}}"), Octets(number), tag)).Digest;
        }
        var about = (await BundleSite.PushAsync(store, Kept, "{\"about\":0}"u8.ToArray(), "signature"u8.ToArray(), tag: null, (tags[TagName.Parse("v0")], 1))).Digest;
        var keptBlobs = store.Paths.AllBlobs().Select(blob => blob.Digest).Order().ToArray();
        for (var number = 0; number < 60; number++)
        {
            // Layers that kept images have, too, and layers of their own.
            var repository = number % 2 == 0 ? Kept : Dropped;
            var (digest, length) = await BundleSite.PushAsync(store, repository, Encoding.UTF8.GetBytes($"{{\"dropped\":{number}}}"), Octets(number % 3 == 0 ? number % 10 : 1000 + number), tag: null);
            _ = await BundleSite.PushAsync(store, repository, Encoding.UTF8.GetBytes($"{{\"about\":{number + 1}}}"), "signature"u8.ToArray(), tag: null, (digest, length));
            using var upload = store.BeginUpload(repository);
            await upload.AppendAsync(new MemoryStream(Octets(number)), null, default);
        }
        Afresh();
        var (all, partial) = (store.Manifests(Kept).Count + store.Manifests(Dropped).Count, 0);
        await new KilledVerb("images", "gc", "--untagged", "--grace", "0s", "--state", State).RunAsync(Afresh, async isOver =>
        {
            var collected = RegistryStore.Open(Registry);
            Assert.That(await VerifyAsync(collected), Is.Empty);
            foreach (var (tag, digest) in tags) Assert.That(collected.FindTag(Kept, tag), Is.EqualTo(digest));
            Assert.That((await collected.ReferrersAsync(Kept, tags[TagName.Parse("v0")], default)).Select(one => one.Digest), Is.EqualTo(new[] { about }));
            Assert.That(keptBlobs, Is.SubsetOf(collected.Paths.AllBlobs().Select(blob => blob.Digest)));
            if (!isOver)
            {
                var left = collected.Manifests(Kept).Count + collected.Manifests(Dropped).Count;
                if (left < all && collected.Paths.AllBlobs().Count() > keptBlobs.Length) partial++;
                return;
            }
            Assert.That(collected.Manifests(Kept), Is.EquivalentTo(tags.Values.Append(about)));
            Assert.That(collected.Manifests(Dropped), Is.Empty);
            Assert.That(collected.Paths.AllBlobs().Select(blob => blob.Digest).Order(), Is.EqualTo(keptBlobs));
            Assert.That(collected.Paths.AllReferrers(Kept).Concat(collected.Paths.AllReferrers(Dropped)).Select(one => one.Digest), Is.EqualTo(new[] { about }));
            Assert.That(Directory.GetFiles(collected.Paths.Uploads), Is.Empty);
        });
        await TestContext.Out.WriteLineAsync($"{partial} kills found a collection half done");
        Assert.That(partial, Is.GreaterThan(0), "else nothing was tested");

        void Afresh()
        {
            Clear();
            Directory.CreateDirectory(State);
            Assert.That(Tool.Run("cp", ["-a", template, Registry]).Status, Is.Zero);
        }
    }

    private static byte[] Octets(int seed) => BundleSite.Octets(seed, 20_000);

    private static Task<IReadOnlyList<StoreProblem>> VerifyAsync(RegistryStore store) => StoreVerification.RunAsync(store, new Progress<WorkProgress>(), default);

    private async Task IsWholeAsync(bool isOver, params (string Name, Sample Image)[] images)
    {
        var store = RegistryStore.Open(Registry);
        Assert.That(await VerifyAsync(store), Is.Empty, "every blob, and what every tag leads to");
        foreach (var (name, image) in images)
        {
            var colon = name.LastIndexOf(':');
            var found = store.FindTag(RepositoryName.Parse(name[..colon]), TagName.Parse(name[(colon + 1)..]));
            Assert.That(found, isOver ? Is.EqualTo(image.Digest) : Is.Null.Or.EqualTo(image.Digest), name);
        }
    }

    private void Clear()
    {
        if (Directory.Exists(State)) Directory.Delete(State, recursive: true);
    }
}
