using NUnit.Framework;
using Sextant.Assets;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Assets;

/// <summary>Signatures made by the real <c>gpg</c> with keys of the test's own, checked by the real <c>gpgv</c>.</summary>
public sealed class SignatureTests
{
    private TemporaryFolder home = null!;
    private PullSite site = null!;

    [SetUp]
    public void Start()
    {
        (home, site) = (new TemporaryFolder(), new PullSite());
        File.SetUnixFileMode(home.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [TearDown]
    public void Stop()
    {
        // gpg's agent lives in the home folder; it is told to end before the folder goes.
        Tool.Run("gpgconf", ["--homedir", home.Path, "--kill", "gpg-agent"]);
        site.Dispose();
        home.Dispose();
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task A_file_that_the_pinned_key_signed_is_served(bool armoured)
    {
        var fingerprint = MakeKey("maker");
        Serve(site.Content, Sign("maker", site.Content, armoured));
        WriteManifest("maker", fingerprint);
        Assert.That(await site.PullAsync(), Has.All.InstanceOf<PullOutcome.Fetched>());
        Assert.That(site.Served("signed"), Is.EqualTo(site.Content));
    }

    [Test]
    public async Task The_signature_is_kept_beside_the_file_and_served_like_it()
    {
        var fingerprint = MakeKey("maker");
        var signature = Sign("maker", site.Content);
        Serve(site.Content, signature);
        WriteManifest("maker", fingerprint);
        await site.PullAsync();
        Assert.That(site.Served("signed.sig"), Is.EqualTo(signature));
        Assert.That(AssetIndex.Load(site.Folder).Find("signed.sig"), Has.Property("Kind").EqualTo(AssetKind.Signature).And.Property("Version").EqualTo("7"));
        Assert.That(await site.PullAsync(), Has.All.InstanceOf<PullOutcome.UpToDate>());
        Assert.That(Directory.EnumerateFileSystemEntries(Path.Combine(site.Folder, PartialFile.FolderName)).Select(Path.GetFileName), Is.EqualTo(new[] { "lock" }));
    }

    [Test]
    public async Task A_signature_that_went_missing_is_fetched_again_without_the_file()
    {
        var fingerprint = MakeKey("maker");
        var signature = Sign("maker", site.Content);
        Serve(site.Content, signature);
        WriteManifest("maker", fingerprint);
        await site.PullAsync();
        File.Delete(Path.Combine(site.Folder, "signed.sig"));
        site.Server.Behaviour = request => request.Path == "/signed.sig" ? StandInHttp.Right(request, signature) : new StandInHttp.Answer(500, []);
        Assert.That((await site.PullAsync()).Select(outcome => outcome.GetType()), Is.EqualTo(new[] { typeof(PullOutcome.UpToDate), typeof(PullOutcome.Fetched) }));
        Assert.That(site.Served("signed.sig"), Is.EqualTo(signature));
    }

    [Test]
    public async Task A_signature_of_another_content_does_not_get_beside_the_file()
    {
        var fingerprint = MakeKey("maker");
        Serve(site.Content, Sign("maker", site.Content));
        WriteManifest("maker", fingerprint);
        await site.PullAsync();
        File.Delete(Path.Combine(site.Folder, "signed.sig"));
        Serve(site.Content, Sign("maker", [1, 2, 3]));
        var outcome = (PullOutcome.Failed)(await site.PullAsync()).Single(outcome => outcome.Path == "signed.sig");
        Assert.That(outcome.Reason, Does.EndWith("signed is there, and its signature is of another content"));
        Assert.That((site.Served("signed.sig"), site.Served("signed")), Is.EqualTo(((byte[]?)null, site.Content)));
    }

    [Test]
    public async Task A_file_that_was_changed_after_it_was_signed_is_not_served()
    {
        var fingerprint = MakeKey("maker");
        var changed = site.Content.ToArray();
        changed[1000] ^= 1;
        Serve(changed, Sign("maker", site.Content));
        WriteManifest("maker", fingerprint);
        await AssertRefusedAsync("its signature is of another content; nothing of it was kept");
    }

    [Test]
    public async Task A_signature_by_somebody_else_is_refused()
    {
        var fingerprint = MakeKey("maker");
        MakeKey("stranger");
        Serve(site.Content, Sign("stranger", site.Content));
        WriteManifest("maker", fingerprint);
        await AssertRefusedAsync("its signature is by a key that is not 'maker'");
    }

    [Test]
    public async Task A_good_signature_by_a_key_with_another_fingerprint_than_the_pinned_is_refused()
    {
        MakeKey("maker");
        Serve(site.Content, Sign("maker", site.Content));
        WriteManifest("maker", new string('A', 40));
        await AssertRefusedAsync($"its signature is by another key than {new string('A', 40)}");
    }

    [Test]
    public async Task What_is_no_signature_is_refused()
    {
        var fingerprint = MakeKey("maker");
        Serve(site.Content, "no signature"u8.ToArray());
        WriteManifest("maker", fingerprint);
        await AssertRefusedAsync("gpgv does not accept its signature");
    }

    [Test]
    public async Task A_signature_that_cannot_be_had_keeps_the_file_for_the_next_time_and_serves_nothing()
    {
        var fingerprint = MakeKey("maker");
        Serve(site.Content, null);
        WriteManifest("maker", fingerprint);
        Assert.That(((PullOutcome.Failed)(await site.PullAsync())[0]).Reason, Does.Contain("signed.sig: the server says 404"));
        Assert.That((site.Served("signed"), new FileInfo(PartialFile.Of(site.Folder, "signed").Path).Length), Is.EqualTo(((byte[]?)null, (long)site.Content.Length)));
    }

    [Test]
    public void The_key_of_Flatcar_has_its_fingerprint_and_is_decoded_as_gpg_does()
    {
        var key = AssetManifest.Parse(AssetManifest.BuiltIn()).Keys.Single(key => key.Name == "flatcar");
        var path = Repository.PathOf("pxe-assets", key.File);
        var shown = Tool.Run("gpg", ["--homedir", home.Path, "--batch", "--with-colons", "--show-keys", path]);
        Assert.That(shown.Output.Split('\n').First(line => line.StartsWith("fpr:", StringComparison.Ordinal)).Split(':')[9], Is.EqualTo(key.Fingerprint), shown.ToString());
        Tool.Run("gpg", ["--homedir", home.Path, "--batch", "--output", home.PathOf("key.gpg"), "--dearmor", path]);
        Assert.That(ArmouredKey.Decode(File.ReadAllText(path)), Is.EqualTo(File.ReadAllBytes(home.PathOf("key.gpg"))));
    }

    [Test]
    public void A_damaged_armour_is_not_decoded()
    {
        var armoured = AssetManifest.LoadKey("/nonexistent", AssetManifest.Parse(AssetManifest.BuiltIn()).Keys[0])!;
        var middle = armoured.Length / 2;
        var damaged = armoured[..middle] + (armoured[middle] == 'A' ? 'B' : 'A') + armoured[(middle + 1)..];
        Assert.That(() => ArmouredKey.Decode(damaged), Throws.InstanceOf<FormatException>().With.Message.Contains("checksum"));
        Assert.That(() => ArmouredKey.Decode("nothing"), Throws.InstanceOf<FormatException>());
        Assert.That(() => ArmouredKey.Decode(armoured[..middle]), Throws.InstanceOf<FormatException>());
    }

    [TestCase("[GNUPG:] EXPKEYSIG x y|[GNUPG:] VALIDSIG f FPR", "has expired")]
    [TestCase("[GNUPG:] REVKEYSIG x y|[GNUPG:] VALIDSIG f FPR", "revoked")]
    [TestCase("[GNUPG:] GOODSIG x y", "by another key")]
    [TestCase("[GNUPG:] GOODSIG x y|[GNUPG:] VALIDSIG FPR OTHER", "by another key")]
    [TestCase("[GNUPG:] GOODSIG x y|[GNUPG:] BADSIG x y|[GNUPG:] VALIDSIG f FPR", "another content")]
    [TestCase("gpgv: Good signature|[GNUPG:] VALIDSIG f FPR", "does not accept")]
    [TestCase("", "does not accept")]
    [TestCase("[GNUPG:] GOODSIG x y|[GNUPG:] VALIDSIG f FPR", null)]
    public void Only_a_good_signature_by_the_pinned_key_and_nothing_else_beside_it_is_good(string lines, string? fault)
    {
        var found = SignatureCheck.FaultOf(0, lines.Split('|'), new AssetKey("maker", "d", "keys/maker.asc", "FPR"));
        Assert.That(found, fault is null ? Is.Null : Does.Contain(fault));
    }

    private string MakeKey(string name)
    {
        Run("--quick-generate-key", $"{name} <{name}@example.org>", "ed25519", "sign", "never");
        var shown = Run("--with-colons", "--list-keys", $"{name}@example.org");
        return shown.Split('\n').First(line => line.StartsWith("fpr:", StringComparison.Ordinal)).Split(':')[9];
    }

    private byte[] Sign(string name, byte[] content, bool armoured = false)
    {
        File.WriteAllBytes(home.PathOf("content"), content);
        File.Delete(home.PathOf("content.sig"));
        Run([.. armoured ? ["--armor"] : Array.Empty<string>(), "--local-user", $"{name}@example.org", "--output", home.PathOf("content.sig"), "--detach-sign", home.PathOf("content")]);
        return File.ReadAllBytes(home.PathOf("content.sig"));
    }

    private string Run(params string[] arguments)
    {
        var result = Tool.Run("gpg", ["--homedir", home.Path, "--batch", "--yes", "--pinentry-mode", "loopback", "--passphrase", "", .. arguments]);
        Assert.That(result.Status, Is.Zero, result.ToString());
        return result.Output;
    }

    private void Serve(byte[] content, byte[]? signature) => site.Server.Behaviour = request =>
        request.Path == "/signed" ? StandInHttp.Right(request, content) : signature is null ? new StandInHttp.Answer(404, []) : StandInHttp.Right(request, signature);

    private void WriteManifest(string name, string fingerprint)
    {
        Directory.CreateDirectory(Path.Combine(site.Folder, "keys"));
        File.WriteAllText(Path.Combine(site.Folder, "keys", "maker.asc"), Run("--armor", "--export", $"{name}@example.org"));
        site.WriteManifestText($$"""
            version: 2
            keys:
              {{name}}: {description: d, file: keys/maker.asc, fingerprint: {{fingerprint}}}
            assets:
              signed: {kind: image, description: d, licence: MIT, url: "{{site.Server.Base}}/signed", version: "7", signature: {url: "{{site.Server.Base}}/signed.sig", key: {{name}} } }
            """);
    }

    private async Task AssertRefusedAsync(string reason)
    {
        Assert.That(((PullOutcome.Failed)(await site.PullAsync())[0]).Reason, Does.Contain(reason));
        Assert.That((site.Served("signed"), site.Served("signed.sig")), Is.EqualTo(((byte[]?)null, (byte[]?)null)));
        Assert.That(File.Exists(PartialFile.Of(site.Folder, "signed").Path), Is.False);
    }
}
