using System.Security.Cryptography;
using NUnit.Framework;
using Sextant.Assets;
using Sextant.Bundle;
using Sextant.Primitives;
using Sextant.Registry;

namespace Sextant.Tests.Bundle;

/// <summary>What is not bundled, not loaded, and not believed, and what people are told.</summary>
public sealed class BundleRefusalTests
{
    private BundleSite from = null!;
    private BundleSite to = null!;

    [SetUp]
    public async Task MakeSites() => (from, to) = (await BundleSite.FullAsync(50_000), BundleSite.Empty());

    [TearDown]
    public void RemoveSites()
    {
        from.Dispose();
        to.Dispose();
    }

    [Test]
    public async Task A_bundle_that_would_lack_something_is_not_written_and_each_thing_is_named_with_its_command()
    {
        File.Delete(Path.Combine(from.Assets, "debian/vmlinuz"));
        File.Delete(Path.Combine(from.Assets, BundleSite.Kubelet));
        from.Store.DeleteTag(RepositoryName.Parse("registry.k8s.io/pause"), TagName.Parse("3.10.2"));
        var request = new BundleRequest(from.Assets, from.State, BundleSite.Cluster, Everything: false, EvenIncomplete: false);
        var refused = (BundleOutcome.Refused)await WriteAsync(request);
        Assert.That(refused.Problems, Has.Count.EqualTo(3));
        Assert.That(refused.Problems, Has.One.Contains("debian/vmlinuz").And.One.Contains("'sextant assets build debian'"));
        Assert.That(refused.Problems, Has.One.Contains(BundleSite.Kubelet).And.One.Contains($"'sextant assets pull --only {BundleSite.Kubelet}'"));
        Assert.That(refused.Problems, Has.One.Contains(BundleSite.Pause).And.One.Contains($"'sextant images pull {BundleSite.Pause}'"));
        Assert.That(File.Exists(from.File("site.tar.zst")), Is.False);

        var written = (BundleOutcome.Written)await WriteAsync(request with { EvenIncomplete = true });
        Assert.That(written.List.Purpose.Missing, Is.EqualTo(refused.Problems));
        to.Trusting();
        Assert.That(Said(await to.LoadAsync(from.File("site.tar.zst"), BundleSite.Cluster)), Does.Contain("debian/vmlinuz").And.Contain(BundleSite.Kubelet).And.Contain(BundleSite.Pause));
        Assert.That(to.Visible(), Is.Empty, "refused before anything was copied");
        var loaded = (LoadOutcome.Loaded)await to.LoadAsync(from.File("site.tar.zst"));
        Assert.That(loaded.Notes, Has.Count.EqualTo(3).And.All.StartsWith("the bundle is incomplete"));
    }

    [Test]
    public async Task What_the_site_has_already_need_not_be_in_the_bundle()
    {
        to.Trusting();
        Assert.That(await to.LoadAsync(await from.BundleAsync(), BundleSite.Cluster), Is.TypeOf<LoadOutcome.Loaded>());
        File.Delete(Path.Combine(from.Assets, "debian/vmlinuz"));
        from.Store.DeleteTag(RepositoryName.Parse("registry.k8s.io/pause"), TagName.Parse("3.10.2"));
        await WriteAsync(new BundleRequest(from.Assets, from.State, BundleSite.Cluster, Everything: false, EvenIncomplete: true));
        Assert.That(await to.LoadAsync(from.File("site.tar.zst"), BundleSite.Cluster), Is.TypeOf<LoadOutcome.Loaded>());
    }

    [Test]
    public async Task A_damaged_file_stops_the_bundle_and_is_named()
    {
        var earlier = File.ReadAllBytes(await from.BundleAsync());
        var image = Path.Combine(from.Assets, "debian/rootfs.tar.zst");
        File.WriteAllBytes(image, BundleSite.Octets(99, 50_000));
        var refused = (BundleOutcome.Refused)await WriteAsync(new BundleRequest(from.Assets, from.State, BundleSite.Cluster, Everything: false, EvenIncomplete: true));
        Assert.That(refused.Problems.Single(), Does.Contain("debian/rootfs.tar.zst").And.Contain("damaged"));
        Assert.That(File.ReadAllBytes(from.File("site.tar.zst")), Is.EqualTo(earlier), "the earlier bundle is untouched");
        Assert.That(Directory.GetFiles(from.Root, ".*"), Is.Empty);
    }

    [Test]
    public async Task Everything_that_is_there_is_bundled_when_asked()
    {
        from.Publish(("spare.tar", "spare"u8.ToArray(), []));
        await BundleSite.PushAsync(from.Store, RepositoryName.Parse("docker.io/library/extra"), "{}"u8.ToArray(), "layer"u8.ToArray(), "1");
        var needed = (BundleOutcome.Written)await WriteAsync(new BundleRequest(from.Assets, from.State, BundleSite.Cluster, Everything: false, EvenIncomplete: false));
        Assert.That(needed.List.Assets.Select(asset => asset.Path), Has.None.EqualTo("spare.tar"));
        var all = (BundleOutcome.Written)await WriteAsync(new BundleRequest(from.Assets, from.State, null, Everything: true, EvenIncomplete: false));
        Assert.That(all.List.Assets.Select(asset => asset.Path), Does.Contain("spare.tar"));
        Assert.That(all.List.Images.Select(image => image.Reference), Does.Contain("docker.io/library/extra:1"));
        Assert.That(all.List.Entries.Select(entry => entry.Path), Is.SupersetOf(needed.List.Entries.Select(entry => entry.Path)));
    }

    [Test]
    public async Task A_stranger_s_bundle_is_refused_until_its_key_is_pinned()
    {
        var bundle = await from.BundleAsync();
        var refused = Said(await to.LoadAsync(bundle));
        Assert.That(refused, Does.Contain(BundleSite.Signer.Fingerprint).And.Contain($"--trust {BundleSite.Signer.Fingerprint}").And.Contain("sextant assets key"));
        Assert.That(Directory.Exists(to.Assets), Is.False);
        Assert.That(Said(await to.LoadAsync(bundle, trust: "SHA256:somebodyelse")), Does.Contain("not by SHA256:somebodyelse"));
        using var other = BundleKey.Create();
        Assert.That(Said(await to.LoadAsync(bundle, key: other.Signer)), Does.Contain($"not by the key given, {other.Signer.Fingerprint}"));
        Assert.That(Said(await to.LoadAsync(bundle)), Does.Contain("does not know"), "a wrong pin pins nothing");

        Assert.That(await to.LoadAsync(bundle, trust: BundleSite.Signer.Fingerprint), Is.TypeOf<LoadOutcome.Loaded>());
        Assert.That(await to.LoadAsync(bundle), Is.TypeOf<LoadOutcome.Loaded>(), "pinned for good");
        var pin = Directory.GetFiles(Path.Combine(to.State, "pki/trusted-bundle-keys")).Single();
        Assert.That(File.ReadAllText(pin), Is.EqualTo(BundleSite.Signer.Pem));
        File.WriteAllText(pin, other.Signer.Pem);
        Assert.That(Said(await to.LoadAsync(bundle)), Does.Contain("holds another key"), "the content of a pin counts, not its name");
    }

    [Test]
    public async Task A_key_in_a_file_is_as_good_as_a_fingerprint_and_the_site_believes_itself()
    {
        var bundle = await from.BundleAsync();
        Assert.That(BundleSigner.TryParse(BundleSite.Signer.Pem, out var key, out _), Is.True);
        Assert.That(await to.LoadAsync(bundle, key: key), Is.TypeOf<LoadOutcome.Loaded>());
        Assert.That(await from.LoadAsync(bundle), Is.TypeOf<LoadOutcome.Loaded>());
    }

    [Test]
    public void Only_RSA_keys_of_3072_bits_and_more_sign_bundles()
    {
        using var small = RSA.Create(2048);
        using var curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Assert.That(BundleSigner.TryParse(small.ExportSubjectPublicKeyInfoPem(), out _, out var problem), Is.False);
        Assert.That(problem, Does.Contain("2048 bits"));
        Assert.That(BundleSigner.TryParse(curve.ExportSubjectPublicKeyInfoPem(), out _, out _), Is.False);
        Assert.That(BundleSigner.TryParse(small.ExportPkcs8PrivateKeyPem(), out _, out problem), Is.False);
        Assert.That(problem, Does.Contain("private key"));
        Assert.That(BundleSigner.TryParse("nonsense", out _, out _), Is.False);
    }

    [Test]
    public void The_site_s_key_is_made_once_is_private_and_is_not_used_when_others_may_read_it()
    {
        var keys = new BundleKeyFolder(to.State);
        var (first, isNew) = (SiteKeyResult.Opened)keys.OpenOrCreate();
        using (first) Assert.That(isNew, Is.True);
        var (second, isNewAgain) = (SiteKeyResult.Opened)keys.OpenOrCreate();
        using (second) Assert.That((second.Signer.Fingerprint, isNewAgain), Is.EqualTo((first.Signer.Fingerprint, false)));
        var path = Path.Combine(to.State, "pki/bundle/key.pem");
        Assert.That(File.GetUnixFileMode(path), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.That(File.GetUnixFileMode(Path.GetDirectoryName(path)!), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        Assert.That(((SiteKeyResult.Unusable)keys.OpenOrCreate()).Problem, Does.Contain("chmod 600"));
        File.Delete(path);
        Assert.That(((SiteKeyResult.Unusable)keys.OpenOrCreate()).Problem, Does.Contain("is missing"));
        Assert.That(Directory.GetFileSystemEntries(Path.Combine(to.State, "pki"), ".*"), Is.Empty);
    }

    [Test]
    public async Task A_manifest_that_people_wrote_is_kept_when_it_agrees_and_the_load_is_refused_when_it_does_not()
    {
        to.Trusting();
        Directory.CreateDirectory(to.Assets);
        var path = Path.Combine(to.Assets, AssetManifest.FileName);
        var bundle = await from.BundleAsync();
        var own = BundleSite.Manifest().Replace("The agent.", "The agent, as we call it.", StringComparison.Ordinal);
        File.WriteAllText(path, own);
        Assert.That(((LoadOutcome.Loaded)await to.LoadAsync(bundle)).Notes.Single(), Does.Contain("is kept"));
        Assert.That(File.ReadAllText(path), Is.EqualTo(own));

        File.WriteAllText(path, BundleSite.Manifest().Replace("tftp: true", "tftp: false", StringComparison.Ordinal));
        Assert.That(Said(await to.LoadAsync(bundle)), Does.Contain("snponly.efi").And.Contain("move manifest.yaml away"));
    }

    [Test]
    public async Task A_manifest_that_a_bundle_brought_gives_way_to_the_next_bundle_s()
    {
        to.Trusting();
        Assert.That(await to.LoadAsync(await from.BundleAsync()), Is.TypeOf<LoadOutcome.Loaded>());
        var newer = BundleSite.Manifest().Replace("Nobody needs it.", "Nobody needs it yet.", StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(from.Assets, AssetManifest.FileName), newer);
        Assert.That(await to.LoadAsync(await from.BundleAsync()), Is.TypeOf<LoadOutcome.Loaded>());
        Assert.That(File.ReadAllText(Path.Combine(to.Assets, AssetManifest.FileName)), Is.EqualTo(newer));
    }

    [Test]
    public async Task An_image_without_its_layer_or_without_the_part_for_the_machines_is_missing()
    {
        var request = new BundleRequest(from.Assets, from.State, BundleSite.Cluster, Everything: false, EvenIncomplete: false);
        var application = RepositoryName.Parse("registry.example_5000/team/app");
        from.Store.DeleteBlob(application, Digest.Sha256Of(BundleSite.Octets(5, 50_000)));
        Assert.That(((BundleOutcome.Refused)await WriteAsync(request)).Problems.Single(), Does.Contain(BundleSite.Application).And.Contain("lacks its blob"));
        var pause = RepositoryName.Parse("registry.k8s.io/pause");
        var index = await from.Store.FindManifestAsync(pause, new ManifestReference.ByTag(TagName.Parse("3.10.2")), default);
        Assert.That(ManifestDocument.TryParse(index!.Content, index.MediaType, out var document, out _), Is.True);
        await from.Store.DeleteManifestAsync(pause, document!.Manifests[0].Digest, default);
        Assert.That(((BundleOutcome.Refused)await WriteAsync(request)).Problems, Has.One.Contains(BundleSite.Pause).And.One.Contains("for linux/amd64"));
    }

    [Test]
    public async Task What_the_manifest_has_of_nobody_is_named()
    {
        var other = BundleSite.Cluster with { Kubernetes = BundleSite.Cluster.Kubernetes with { Version = "1.99.0" } };
        var refused = (BundleOutcome.Refused)await WriteAsync(new BundleRequest(from.Assets, from.State, other, Everything: false, EvenIncomplete: false));
        Assert.That(refused.Problems, Has.Some.Contains("Kubernetes 1.99.0"));
    }

    internal static string Said(LoadOutcome outcome)
    {
        Assert.That(outcome, Is.TypeOf<LoadOutcome.Refused>());
        return string.Join("\n", ((LoadOutcome.Refused)outcome).Problems);
    }

    private Task<BundleOutcome> WriteAsync(BundleRequest request) => BundleWriter.WriteAsync(request, from.File("site.tar.zst"), new Progress<WorkProgress>(), default);
}
