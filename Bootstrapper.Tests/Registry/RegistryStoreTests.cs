using System.Text;
using NUnit.Framework;
using Sextant.Files;
using Sextant.Primitives;
using Sextant.Registry;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Registry;

public sealed class RegistryStoreTests
{
    private static readonly RepositoryName Pause = RepositoryName.Parse("registry.k8s.io/pause");
    private static readonly RepositoryName Other = RepositoryName.Parse("library/other");
    private static readonly byte[] Layer = [.. Enumerable.Range(0, 1_000_000).Select(i => (byte)(i * 7))];
    private static readonly byte[] Config = "{}"u8.ToArray();

    private TemporaryFolder folder = null!;
    private RegistryStore store = null!;

    [SetUp]
    public void OpenStore() => store = RegistryStore.Open((folder = new TemporaryFolder()).Path);

    [TearDown]
    public void RemoveStore() => folder.Dispose();

    [Test]
    public async Task An_image_is_pushed_and_found_by_tag_and_by_digest()
    {
        var digest = await PushImageAsync(Pause, "3.10");
        var byTag = await store.FindManifestAsync(Pause, new ManifestReference.ByTag(TagName.Parse("3.10")), default);
        Assert.That(byTag!.Digest, Is.EqualTo(digest));
        Assert.That(Digest.Sha256Of(byTag.Content.Span), Is.EqualTo(digest));
        var layer = (VerifiedFile.Good)await store.OpenBlobAsync(Pause, Digest.Sha256Of(Layer), default);
        using (layer.Handle) Assert.That(layer.Length, Is.EqualTo(Layer.Length));
        Assert.That(store.Repositories(), Is.EqualTo(new[] { Pause }));
        Assert.That(await StoreVerification.RunAsync(store, new Progress<WorkProgress>(), default), Is.Empty);
    }

    [Test]
    public async Task A_blob_of_one_repository_is_not_in_another_until_it_is_mounted()
    {
        await PushBlobAsync(Pause, Layer);
        var digest = Digest.Sha256Of(Layer);
        Assert.That(await store.OpenBlobAsync(Other, digest, default), Is.TypeOf<VerifiedFile.Absent>());
        Assert.That(await store.MountBlobAsync(Other, digest, RepositoryName.Parse("nobody"), default), Is.False);
        Assert.That(await store.MountBlobAsync(Other, digest, Pause, default), Is.True);
        Assert.That(store.HasBlob(Other, digest), Is.True);
        Assert.That(Directory.GetFiles(Path.Combine(folder.Path, "blobs"), "*", SearchOption.AllDirectories), Has.Length.EqualTo(1), "stored once");
    }

    [Test]
    public async Task An_upload_is_resumed_where_it_broke_off()
    {
        string id;
        using (var upload = store.BeginUpload(Pause))
        {
            id = upload.Id;
            await upload.AppendAsync(new MemoryStream(Layer, 0, 400_000), null, default);
            Assert.That(store.ResumeUpload(Pause, id), Is.Null, "one writer at a time");
        }
        using var resumed = RegistryStore.Open(folder.Path).ResumeUpload(Pause, id)!;
        Assert.That(resumed.Length, Is.EqualTo(400_000));
        await resumed.AppendAsync(new MemoryStream(Layer, 400_000, 600_000), null, default);
        Assert.That(await resumed.CommitAsync(Digest.Sha256Of(Layer), default), Is.EqualTo(new UploadEnd.Stored(Digest.Sha256Of(Layer), Layer.Length)));
    }

    [Test]
    public async Task Another_content_than_announced_is_not_stored()
    {
        using (var upload = store.BeginUpload(Pause))
        {
            await upload.AppendAsync(new MemoryStream(Layer), null, default);
            Assert.That(await upload.CommitAsync(Digest.Sha256Of("other"u8), default), Is.EqualTo(new UploadEnd.WrongDigest(Digest.Sha256Of(Layer))));
        }
        Assert.That(Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories).Select(Path.GetFileName), Is.SubsetOf(new[] { "lock", "lock.gate" }));
    }

    [Test]
    public async Task A_manifest_whose_blobs_are_missing_is_refused_by_name()
    {
        var put = await store.PutManifestAsync(Pause, Manifest(), MediaTypes.OciManifest, DigestAlgorithm.Sha256, [], default);
        Assert.That(((ManifestPut.BlobsMissing)put).Missing, Is.EquivalentTo(new[] { Digest.Sha256Of(Config), Digest.Sha256Of(Layer) }));
    }

    [Test]
    public async Task A_damaged_blob_is_named_not_served_and_healed_by_a_push()
    {
        await PushImageAsync(Pause, "3.10");
        var digest = Digest.Sha256Of(Layer);
        var path = Path.Combine(folder.Path, "blobs", "sha256", digest.Hex[..2], digest.Hex);
        using (var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite)) file.WriteByte((byte)(Layer[0] ^ 1));
        Assert.That(await store.OpenBlobAsync(Pause, digest, default), Is.EqualTo(new VerifiedFile.Corrupt(path)));
        Assert.That((await StoreVerification.RunAsync(store, new Progress<WorkProgress>(), default)).Single().Where, Is.EqualTo(digest.ToString()));
        Assert.That(await store.PromiseBlobAsync(Pause, digest, default), Is.False, "so that a pusher sends it again");
        await PushBlobAsync(Pause, Layer);
        Assert.That(await StoreVerification.RunAsync(store, new Progress<WorkProgress>(), default), Is.Empty);
    }

    [Test]
    public async Task A_collection_removes_what_no_manifest_needs_and_nothing_that_was_promised()
    {
        await PushImageAsync(Pause, "3.10");
        await PushBlobAsync(Pause, "garbage"u8.ToArray());
        await PushBlobAsync(Pause, "promised"u8.ToArray());
        var later = DateTimeOffset.UtcNow.AddHours(25);
        foreach (var file in Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories)) File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddHours(-1));
        Assert.That(await store.PromiseBlobAsync(Pause, Digest.Sha256Of("promised"u8), default), Is.True);
        var request = new CollectionRequest(TimeSpan.FromHours(25.5), Untagged: false, DryRun: false);
        var collected = (CollectionOutcome.Collected)await GarbageCollection.RunAsync(store, request, later, default);
        Assert.That(collected.Blobs, Is.EqualTo(new[] { Digest.Sha256Of("garbage"u8) }));
        Assert.That(collected.Octets, Is.EqualTo(7));
        Assert.That(store.HasBlob(Pause, Digest.Sha256Of("promised"u8)), Is.True);
        Assert.That(await StoreVerification.RunAsync(store, new Progress<WorkProgress>(), default), Is.Empty);
    }

    [Test]
    public async Task Untagged_manifests_go_only_when_asked_and_what_a_tag_leads_to_stays()
    {
        var first = await PushImageAsync(Pause, "3.10");
        await PushBlobAsync(Pause, "{\"other\":1}"u8.ToArray());
        var second = ((ManifestPut.Stored)await store.PutManifestAsync(
            Pause, Manifest("{\"other\":1}"u8.ToArray()), MediaTypes.OciManifest, DigestAlgorithm.Sha256, [TagName.Parse("3.10")], default)).Digest;
        var later = DateTimeOffset.UtcNow.AddDays(2);
        var kept = (CollectionOutcome.Collected)await GarbageCollection.RunAsync(store, new CollectionRequest(CollectionRequest.DefaultGrace, false, false), later, default);
        Assert.That(kept.Manifests, Is.Empty);
        var gone = (CollectionOutcome.Collected)await GarbageCollection.RunAsync(store, new CollectionRequest(CollectionRequest.DefaultGrace, true, false), later, default);
        Assert.That(gone.Manifests, Is.EqualTo(new[] { $"{Pause}@{first}" }));
        Assert.That(store.HasManifest(Pause, second), Is.True);
        Assert.That(await StoreVerification.RunAsync(store, new Progress<WorkProgress>(), default), Is.Empty);
    }

    private async Task<Digest> PushImageAsync(RepositoryName repository, string tag)
    {
        await PushBlobAsync(repository, Config);
        await PushBlobAsync(repository, Layer);
        var put = await store.PutManifestAsync(repository, Manifest(), MediaTypes.OciManifest, DigestAlgorithm.Sha256, [TagName.Parse(tag)], default);
        return ((ManifestPut.Stored)put).Digest;
    }

    private async Task PushBlobAsync(RepositoryName repository, byte[] content)
    {
        using var upload = store.BeginUpload(repository);
        await upload.AppendAsync(new MemoryStream(content), null, default);
        Assert.That(await upload.CommitAsync(Digest.Sha256Of(content), default), Is.TypeOf<UploadEnd.Stored>());
    }

    private static byte[] Manifest(byte[]? config = null) => Encoding.UTF8.GetBytes($$"""
        {"schemaVersion":2,"mediaType":"{{MediaTypes.OciManifest}}",
         "config":{"mediaType":"{{MediaTypes.OciConfig}}","digest":"{{Digest.Sha256Of(config ?? Config)}}","size":{{(config ?? Config).Length}}},
         "layers":[{"mediaType":"{{MediaTypes.OciLayer}}","digest":"{{Digest.Sha256Of(Layer)}}","size":{{Layer.Length}}}]}
        """);
}
