using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using NUnit.Framework;
using Sextant.Assets;
using Sextant.Pki;
using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Assets;

/// <summary>A folder that is filled from another bootstrapper: the appliance as the product composes it.</summary>
public sealed class PeerPullTests
{
    private const string Image = "debian/rootfs.tar.zst";

    private ServedAppliance peer = null!;
    private TemporaryFolder folder = null!;

    [SetUp]
    public async Task Start() => (peer, folder) = (await ServedAppliance.StartAsync(), new TemporaryFolder());

    [TearDown]
    public async Task Stop()
    {
        await peer.DisposeAsync();
        folder.Dispose();
    }

    [Test]
    public async Task The_index_names_every_file_that_is_served_with_its_digest()
    {
        using var answer = await peer.Client(1).GetAsync($"{peer.HttpBase}/assets/.index");
        Assert.That(answer.Content.Headers.ContentType!.MediaType, Is.EqualTo("application/json"));
        var listed = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync()).RootElement.GetProperty("assets").EnumerateArray()
            .Select(file => (file.GetProperty("path").GetString(), file.GetProperty("size").GetInt64(), file.GetProperty("sha256").GetString()));
        Assert.That(listed, Is.EquivalentTo(peer.Assets.Files.Select(file => (file.Path, file.Length, file.Sha256))));
    }

    [Test]
    public async Task Over_TLS_its_own_authority_vouches_for_what_was_built_there()
    {
        WriteManifest("build: debian");
        using var root = Root();
        var fetched = (PullOutcome.Fetched)((PullResult.Done)await PullAsync(new Uri(peer.HttpsBase), [root])).Files.Single();
        Assert.That(File.ReadAllBytes(fetched.File.FullPath), Is.EqualTo(peer.BytesOf(Image)));
        Assert.That(fetched.File.Entry, Is.EqualTo(peer.Assets.Find(Image)!.Entry));
        Assert.That(((PullResult.Done)await PullAsync(new Uri(peer.HttpsBase), [root])).Files.Single(), Is.InstanceOf<PullOutcome.UpToDate>());
    }

    [Test]
    public async Task Over_plain_HTTP_only_a_pinned_digest_counts()
    {
        WriteManifest("build: debian");
        var refused = (PullOutcome.Failed)((PullResult.Done)await PullAsync(new Uri(peer.HttpBase), null)).Files.Single();
        Assert.That(refused.Reason, Does.Contain("nobody vouches").And.Contain("--ca"));
        WriteManifest($"url: https://upstream.invalid/x, sha256: {peer.Assets.Find(Image)!.Sha256}");
        Assert.That(((PullResult.Done)await PullAsync(new Uri(peer.HttpBase), null)).Files.Single(), Is.InstanceOf<PullOutcome.Fetched>());
    }

    [Test]
    public async Task A_bootstrapper_that_another_authority_vouches_for_is_not_believed()
    {
        WriteManifest("build: debian");
        using var elsewhere = new TemporaryFolder();
        using var other = ((SiteAuthoritiesResult.Opened)SiteAuthorities.OpenOrCreate(elsewhere.Path, DateTimeOffset.UtcNow, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance)).Authorities;
        using var root = X509Certificate2.CreateFromPem(other[CertificateAuthorityName.Sextant].CertificatePem);
        Assert.That(((PullResult.CannotPull)await PullAsync(new Uri(peer.HttpsBase), [root])).Reason, Does.StartWith($"{peer.HttpsBase}/assets/.index gives no list of files: "));
        Assert.That(await PullAsync(new Uri(peer.HttpsBase), null), Is.InstanceOf<PullResult.CannotPull>());
    }

    [TestCase("missing", "url: https://u.example/x, sha256: $", "the other bootstrapper does not have it")]
    [TestCase("a", "url: https://u.example/x, sha256: 0000000000000000000000000000000000000000000000000000000000000000", "is pinned")]
    [TestCase("a", "package: p1, member: m, version: 2.0.0", "the other bootstrapper has version 1.0.0; 2.0.0 is pinned")]
    [TestCase("a", "package: p1, member: m, version: 1.0.0", null)]
    [TestCase("a", "url: https://u.example/x, sha256: $", null)]
    [TestCase("bad", "build: debian", "no digest or size")]
    public void What_the_other_bootstrapper_has_is_taken_only_when_it_is_what_the_manifest_pins(string path, string source, string? refusal)
    {
        var digest = Digest.Sha256Of("a"u8);
        var manifest = AssetManifest.Parse($"version: 2\nassets:\n  {path}: {{kind: image, description: d, licence: MIT, {source.Replace("$", digest.Hex, StringComparison.Ordinal)}}}\n");
        var index = new AssetIndex([new("a", AssetKind.Image, 1, digest.Hex, false, "", [], "1.0.0"), new("bad", AssetKind.Image, 1, "no digest", false, "", [])]);
        var offer = PeerOffer.Of(manifest.Entries.Single(), index, isAuthentic: true);
        if (refusal is null) Assert.That(offer, Is.EqualTo(new PeerOffer.Good(index.Assets[0], digest)));
        else Assert.That(((PeerOffer.Refused)offer).Reason, Does.Contain(refusal));
    }

    private X509Certificate2 Root() => X509Certificate2.CreateFromPem(peer.Authorities[CertificateAuthorityName.Sextant].CertificatePem);

    private void WriteManifest(string source) => folder.Write("manifest.yaml", $"version: 2\nassets:\n  {Image}: {{kind: image, description: d, licence: MIT, {source}}}\n");

    private Task<PullResult> PullAsync(Uri from, X509Certificate2Collection? authorities)
    {
        var manifest = AssetManifest.Load(folder.Path);
        var request = new PullRequest { Manifest = manifest, Entries = manifest.Entries, From = from, Authorities = authorities, Patience = PullSite.Patience };
        return AssetPull.RunAsync(folder.Path, request, new Progress<WorkProgress>(), TimeProvider.System, default);
    }
}
