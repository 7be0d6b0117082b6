using System.Net;
using System.Text.Json;
using NUnit.Framework;
using Sextant.Assets;
using Sextant.Bundle;
using Sextant.Primitives;
using Sextant.Registry;
using Sextant.Tests.Bundle;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Scenarios;

/// <summary>
/// One byte changed in every kind of stored file, with the file's date as before: the verb that reads it names the file, and nothing else than what was
/// stored is served. Where a changed byte does no harm, the case says why.
/// </summary>
[NonParallelizable]
public sealed class CorruptionTests
{
    private static readonly RepositoryName Name = RepositoryName.Parse("registry.example/app");
    private static readonly byte[] Configuration = "{\"architecture\":\"amd64\"}"u8.ToArray();
    private static readonly byte[] Layer = BundleSite.Octets(7, 50_000);

    private ServedAppliance appliance = null!;
    private RegistryStore store = null!;
    private (Digest Digest, int Length) image;
    private Digest about;
    private string referrers = "";

    [OneTimeSetUp]
    public async Task FillRegistry()
    {
        appliance = await ServedAppliance.StartAsync();
        store = appliance.Registry.Store;
        image = await BundleSite.PushAsync(store, Name, Configuration, Layer, "v1");
        (about, _) = await BundleSite.PushAsync(store, Name, "{\"signature\":1}"u8.ToArray(), "a signature"u8.ToArray(), tag: null, image);
        referrers = (await GetAsync($"referrers/{image.Digest}")).Text;
        Assert.That(referrers, Does.Contain(about.ToString()));
    }

    [OneTimeTearDown]
    public ValueTask Stop() => appliance.DisposeAsync();

    [TestCase("layer")]
    [TestCase("configuration")]
    [TestCase("manifest")]
    [TestCase("manifest of a referrer")]
    [TestCase("manifest link")]
    [TestCase("manifest link of a referrer")]
    [TestCase("tag")]
    public async Task A_changed_byte_in_the_registry_is_named_and_not_served(string kind)
    {
        var path = PathOf(kind);
        foreach (var position in FlippedByte.PositionsIn(path))
        {
            using (new FlippedByte(path, position))
            {
                var problems = await VerifyAsync();
                Assert.That(problems.Select(problem => problem.ToString()), Has.Some.Contains(path), $"octet {position}");
                await NothingElseIsServedAsync($"octet {position}");
                if (position == 0)
                {
                    var said = Product.Run("images", "verify", "--state", Path.GetDirectoryName(store.Folder)!);
                    Assert.That((said.Status, said.Errors.Contains(path, StringComparison.Ordinal)), Is.EqualTo((1, true)), said.ToString());
                }
            }
            Assert.That(await VerifyAsync(), Is.Empty);
        }
        Assert.That((await GetAsync("manifests/v1")).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [TestCase("blob link", "its name says it all")]
    [TestCase("referrer", "its name says it all, and the manifest of that name says what is served")]
    public async Task A_file_without_content_has_no_byte_to_change_and_what_is_put_into_it_changes_nothing(string kind, string why)
    {
        var path = PathOf(kind);
        Assert.That(new FileInfo(path).Length, Is.Zero, why);
        await File.WriteAllTextAsync(path, "?");
        Assert.That(await VerifyAsync(), Is.Empty, why);
        Assert.That((await GetAsync($"referrers/{image.Digest}")).Text, Is.EqualTo(referrers), why);
        await File.WriteAllTextAsync(path, "");
    }

    [Test]
    public async Task A_referrer_that_is_missing_is_named()
    {
        File.Move(PathOf("referrer"), store.Paths.Root + "/moved");
        Assert.That((await VerifyAsync()).Single().ToString(), Does.StartWith($"{Name}@{about}: is missing among the referrers of {image.Digest}"));
        File.Move(store.Paths.Root + "/moved", PathOf("referrer"));
    }

    [Test]
    public async Task A_damaged_tag_protects_its_image_until_it_is_put_right_or_removed()
    {
        var request = new CollectionRequest(TimeSpan.Zero, Untagged: true, DryRun: false);
        using (new FlippedByte(PathOf("tag"), 20))
        {
            var refused = (CollectionOutcome.Refused)await GarbageCollection.RunAsync(store, request, DateTimeOffset.UtcNow.AddMinutes(1), default);
            Assert.That(refused.Problems.Single(), Does.Contain($"images remove {Name}:v1"));
            var removed = Product.Run("images", "remove", $"{Name}:v1", "--state", Path.GetDirectoryName(store.Folder)!);
            Assert.That((removed.Status, removed.Output.Trim()), Is.EqualTo((0, $"removed {Name}:v1 (led to no image)")), removed.ToString());
            Assert.That(await VerifyAsync(), Is.Empty);
            await File.WriteAllTextAsync(PathOf("tag"), "");
        }
        Assert.That(store.FindTag(Name, TagName.Parse("v1")), Is.EqualTo(image.Digest));
    }

    [Test]
    public async Task A_changed_byte_in_an_unfinished_upload_is_noticed_at_its_end()
    {
        var content = BundleSite.Octets(9, 10_000);
        foreach (var position in (int[])[0, 2_500, 4_999])
        {
            string id;
            using (var upload = store.BeginUpload(Name))
            {
                id = upload.Id;
                await upload.AppendAsync(new MemoryStream(content, 0, 5_000), null, default);
            }
            // Putting the byte back comes too late: the upload is gone with its end.
            _ = Flip(store.Paths.Upload(id), position);
            using var resumed = store.ResumeUpload(Name, id)!;
            await resumed.AppendAsync(new MemoryStream(content, 5_000, 5_000), null, default);
            Assert.That(await resumed.CommitAsync(Digest.Sha256Of(content), default), Is.TypeOf<UploadEnd.WrongDigest>());
            Assert.That(store.HasBlob(Name, Digest.Sha256Of(content)), Is.False);
        }
    }

    [Test]
    public void A_changed_byte_in_the_push_token_opens_nothing_to_the_old_one()
    {
        // Harmless by design: the file is the only truth, so another content is another token. 'sextant registry token --new' makes a good one.
        var token = appliance.Registry.Token;
        var before = token.Read();
        foreach (var position in FlippedByte.PositionsIn(token.Path))
            using (new FlippedByte(token.Path, position))
                Assert.That(PushAuthority.IdentifyUser(PushToken.UserName, before!, token.Read()), Is.EqualTo(token.Read() == before ? Caller.Pusher : Caller.Wrong), $"octet {position}");
        Assert.That(token.Read(), Is.EqualTo(before));
    }

    [Test]
    public async Task A_changed_byte_in_the_asset_folder_is_named_or_changes_nothing_that_is_read()
    {
        using var site = await BundleSite.FullAsync(50_000);
        var good = AssetFolder.Load(site.Assets);
        foreach (var file in good.Files)
            foreach (var position in FlippedByte.PositionsIn(file.FullPath))
                using (new FlippedByte(file.FullPath, position))
                    Assert.That((await VerifyAsync(site)).Single(one => one.Verdict != AssetVerdict.Good).Path, Is.EqualTo(file.Path));

        var index = Path.Combine(site.Assets, AssetIndex.FileName);
        var (named, length) = (0, (int)new FileInfo(index).Length);
        for (var position = 0; position < length; position++)
            using (new FlippedByte(index, position))
            {
                var catalog = AssetFolder.Load(site.Assets);
                if (catalog.Problems.Any(problem => problem.Path == AssetIndex.FileName)) named++;
                else Assert.That(catalog.Index.ToJson(), Is.EqualTo(good.Index.ToJson()), $"octet {position}"); // in the name of the digest, or white space
            }
        Assert.That(named, Is.GreaterThan(length * 9 / 10));
        using (new FlippedByte(index, length / 2))
        {
            var said = Product.Run("assets", "verify", "--assets", site.Assets);
            Assert.That((said.Status, said.Errors), Is.EqualTo((1, said.Errors)).And.Matches<(int, string)>(one => one.Item2.Contains("index.json: cannot be read", StringComparison.Ordinal)), said.ToString());
        }

        // People write manifest.yaml: it has no digest, and git knows its good content. It decides what may be served, never which octets.
        var manifest = Path.Combine(site.Assets, AssetManifest.FileName);
        for (var position = 0; position < (int)new FileInfo(manifest).Length; position += 3)
            using (new FlippedByte(manifest, position))
            {
                var catalog = AssetFolder.Load(site.Assets);
                foreach (var file in catalog.Files) Assert.That(file.Sha256, Is.EqualTo(good.Find(file.Path)!.Sha256), $"octet {position}");
                if (catalog.Files.Count < good.Files.Count) Assert.That(catalog.Problems, Is.Not.Empty, $"octet {position}");
            }
        Assert.That((await VerifyAsync(site)).Select(one => one.Verdict), Is.All.EqualTo(AssetVerdict.Good));
    }

    [Test]
    public void A_changed_byte_in_the_key_of_bundles_is_named_or_the_key_is_the_same()
    {
        using var site = BundleSite.Empty();
        site.UseSharedKey();
        var path = Path.Combine(site.State, "pki", "bundle", "key.pem");
        var (named, length) = (0, (int)new FileInfo(path).Length);
        for (var position = 0; position < length; position += 11)
            using (new FlippedByte(path, position))
                switch (new BundleKeyFolder(site.State).OpenOrCreate())
                {
                    case SiteKeyResult.Unusable(var problem):
                        Assert.That(problem, Does.Contain(path));
                        named++;
                        break;
                    case SiteKeyResult.Opened(var key, var isNew):
                        // A number that only makes signing faster is damaged, or white space.
                        using (key) Assert.That((key.Signer.Fingerprint, isNew, key.Signer.HasSigned("x"u8, key.Sign("x"u8))), Is.EqualTo((BundleSite.Signer.Fingerprint, false, true)), $"octet {position}");
                        break;
                    default:
                        throw new InvalidOperationException("no such result");
                }
        Assert.That(named, Is.GreaterThan(length / 11 / 4));
        using (new FlippedByte(path, 200))
        {
            var said = Product.Run("assets", "key", "--state", site.State);
            Assert.That((said.Status, said.Errors.Contains(path, StringComparison.Ordinal)), Is.EqualTo((1, true)), said.ToString());
        }
    }

    [Test]
    public void A_changed_byte_in_the_key_of_a_trusted_site_is_named_and_the_remedy_works()
    {
        using var site = BundleSite.Empty().Trusting();
        var path = Directory.GetFiles(Path.Combine(site.State, "pki", "trusted-bundle-keys")).Single();
        var keys = new BundleKeyFolder(site.State);
        var (named, length) = (0, (int)new FileInfo(path).Length);
        for (var position = 0; position < length; position++)
            using (new FlippedByte(path, position))
                if (BundleTrust.Refusal(keys, BundleSite.Signer, null, null) is { } refusal)
                {
                    named++;
                    Assert.That(refusal, Does.Contain(path).And.Contain("--trust"));
                }
        Assert.That(named, Is.GreaterThan(length * 9 / 10), "the rest is white space");
        _ = Flip(path, 100);
        Assert.That(BundleTrust.Refusal(keys, BundleSite.Signer, BundleSite.Signer.Fingerprint, null), Is.Null);
        Assert.That(BundleTrust.Refusal(keys, BundleSite.Signer, null, null), Is.Null, "written again");
    }

    private static FlippedByte Flip(string path, int position) => new(path, position);

    private static async Task<IReadOnlyList<VerifiedAsset>> VerifyAsync(BundleSite site) =>
        await AssetVerification.RunAsync(site.Assets, AssetFolder.Load(site.Assets), new Progress<WorkProgress>(), default);

    private Task<IReadOnlyList<StoreProblem>> VerifyAsync() => StoreVerification.RunAsync(store, new Progress<WorkProgress>(), default);

    private string PathOf(string kind) => kind switch
    {
        "layer" => store.Paths.Blob(Digest.Sha256Of(Layer)),
        "configuration" => store.Paths.Blob(Digest.Sha256Of(Configuration)),
        "manifest" => store.Paths.Blob(image.Digest),
        "manifest of a referrer" => store.Paths.Blob(about),
        "manifest link" => store.Paths.ManifestLink(Name, image.Digest),
        "manifest link of a referrer" => store.Paths.ManifestLink(Name, about),
        "tag" => store.Paths.Tag(Name, TagName.Parse("v1")),
        "blob link" => store.Paths.BlobLink(Name, Digest.Sha256Of(Layer)),
        "referrer" => store.Paths.Referrer(Name, image.Digest, about),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    /// <summary>Every answer is the content of the digest, of the type it was pushed as, or a refusal.</summary>
    private async Task NothingElseIsServedAsync(string when)
    {
        foreach (var (path, expected) in ((string, Digest)[])
            [("manifests/v1", image.Digest), ($"manifests/{image.Digest}", image.Digest), ($"manifests/{about}", about),
             ($"blobs/{Digest.Sha256Of(Layer)}", Digest.Sha256Of(Layer)), ($"blobs/{Digest.Sha256Of(Configuration)}", Digest.Sha256Of(Configuration))])
        {
            var answer = await GetAsync(path);
            if (answer.Status != HttpStatusCode.OK) continue;
            Assert.That(Digest.Sha256Of(answer.Content), Is.EqualTo(expected), $"{path}, {when}");
            if (path.StartsWith("manifests", StringComparison.Ordinal)) Assert.That(answer.Type, Is.EqualTo(MediaTypes.OciManifest), $"{path}, {when}");
        }
        using var list = JsonDocument.Parse((await GetAsync($"referrers/{image.Digest}")).Content);
        foreach (var one in list.RootElement.GetProperty("manifests").EnumerateArray()) Assert.That(referrers, Does.Contain(one.GetRawText()), when);
    }

    private async Task<(HttpStatusCode Status, byte[] Content, string? Type, string Text)> GetAsync(string path)
    {
        using var answer = await appliance.Client(1).GetAsync($"{appliance.RegistryBase}/v2/{Name}/{path}");
        var content = await answer.Content.ReadAsByteArrayAsync();
        return (answer.StatusCode, content, answer.Content.Headers.ContentType?.ToString(), System.Text.Encoding.UTF8.GetString(content));
    }
}
