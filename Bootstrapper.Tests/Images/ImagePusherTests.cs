using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using NUnit.Framework;
using Sextant.Images;
using Sextant.Primitives;
using Sextant.Registry;
using Sextant.Tests.TestKit;
using static Sextant.Tests.Images.ImageSamples;

namespace Sextant.Tests.Images;

/// <summary>Pushes to Debian's docker-registry, with TLS of an authority of its own and an account.</summary>
public sealed class ImagePusherTests
{
    private TemporaryFolder folder = null!;
    private RegistryStore store = null!;
    private Process registry = null!;
    private string host = "";
    private RegistryAccess access = null!;

    [OneTimeSetUp]
    public void StartRegistry()
    {
        folder = new TemporaryFolder();
        store = RegistryStore.Open(folder.At("state", "registry"));
        var port = FreePort.Take();
        host = $"127.0.0.1:{port}";
        Succeeds(Tool.Run("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1", "-subj", "/CN=registry",
            "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder.File("tls.key"), "-out", folder.File("tls.crt")]));
        // "secret" by bcrypt, the one scheme that docker-registry reads.
        folder.Write("htpasswd", $"me:{Tool.Run("python3", ["-c", "import crypt; print(crypt.crypt('secret', crypt.mksalt(crypt.METHOD_BLOWFISH, rounds=16)))"]).Output.Trim()}\n");
        folder.Write("password", "secret\n");
        folder.Write("config.yml", $$"""
            version: 0.1
            log: {level: error}
            storage: {filesystem: {rootdirectory: {{folder.File("other")}} } }
            http: {addr: {{host}}, tls: {certificate: {{folder.File("tls.crt")}}, key: {{folder.File("tls.key")}} } }
            auth: {htpasswd: {realm: test, path: {{folder.File("htpasswd")}} } }
            """);
        registry = Process.Start(new ProcessStartInfo("docker-registry", ["serve", folder.File("config.yml")]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        registry.BeginErrorReadLine();
        registry.BeginOutputReadLine();
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(folder.File("tls.crt"));
        access = new RegistryAccess { Account = new RegistryAccount("me", "secret"), Authorities = authorities, Retry = new RetryPolicy(20, TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(300)) };
    }

    [OneTimeTearDown]
    public void StopRegistry()
    {
        registry.Kill();
        registry.WaitForExit();
        registry.Dispose();
        folder.Dispose();
    }

    [Test]
    public async Task An_image_is_there_with_its_digest_and_comes_back_the_same()
    {
        var image = await LoadAsync("quay.example/team/app:1.0", Image(1));
        var pushed = await PushedAsync(image, "");
        Assert.That((pushed.Name, pushed.Digest, pushed.Note), Is.EqualTo(($"{host}/team/app:1.0", Image(1).Digest, (string?)null)));
        var elsewhere = RegistryStore.Open(folder.At("elsewhere", "registry"));
        using var puller = new ImagePuller(elsewhere, access, 4, new Progress<WorkProgress>());
        var back = await puller.PullAsync(ImageReference.Parse(pushed.Name), PlatformChoice.Default, default);
        Assert.That((back as IntakeOutcome.Taken)?.Images.Single().Digest, Is.EqualTo(Image(1).Digest), (back as IntakeOutcome.Refused)?.Problem);
        var seen = Tool.Run("skopeo", ["inspect", "--raw", "--creds", "me:secret", "--tls-verify=false", $"docker://{pushed.Name}"]);
        Assert.That(seen.Output, Is.EqualTo(System.Text.Encoding.UTF8.GetString(Image(1).Manifest)), seen.ToString());
    }

    [Test]
    public async Task An_index_goes_with_all_its_images_and_a_prefix()
    {
        var index = Index(("amd64", Image(3)), ("arm64", Image(4, "arm64")));
        var pushed = await PushedAsync(await LoadAsync("registry.k8s.io/pause:3", index), "site/mirror");
        Assert.That((pushed.Name, pushed.Digest, pushed.Note), Is.EqualTo(($"{host}/site/mirror/pause:3", index.Digest, (string?)null)));
    }

    [Test]
    public async Task A_registry_that_wants_the_whole_index_gets_the_one_image_there_is_and_it_is_said()
    {
        var (here, away) = (Image(5), Image(6, "arm64"));
        var index = Index(("amd64", here), ("arm64", away));
        var files = Layout(("registry.k8s.io/sparse:1", index)).Where(file => !away.Blobs.Keys.Append(away.Digest).Any(gone => file.Name.EndsWith(gone.Hex, StringComparison.Ordinal)));
        var pushed = await PushedAsync(await LoadAsync(files), "");
        Assert.That(pushed.Digest, Is.EqualTo(here.Digest));
        Assert.That(pushed.Note, Does.Contain("linux/amd64").And.Contain(index.Digest.ToString()));
    }

    [Test]
    public async Task A_wrong_password_and_an_unknown_authority_are_told_apart()
    {
        var image = await LoadAsync("quay.example/team/refused:1.0", Image(1));
        var quick = access with { Retry = new RetryPolicy(1, TimeSpan.Zero, TimeSpan.Zero) };
        Assert.That(await ProblemAsync(image, quick with { Account = new RegistryAccount("me", "wrong") }), Does.Contain("401").And.Contain("the account me"));
        Assert.That(await ProblemAsync(image, quick with { Authorities = null }), Does.Contain("cannot be reached").And.Contain("certificate"));
    }

    [Test]
    public async Task The_command_line_pushes_all_that_has_a_tag_to_the_registry_of_the_description()
    {
        await LoadAsync("quay.example/cli/app:1.0", Image(8));
        var said = Product.Run("images", "push", "quay.example/cli/app:1.0", "--state", folder.File("state"), "--to", host + "/all", "--ca", folder.File("tls.crt"),
            "--username", "me", "--password-file", folder.File("password"), "--json");
        Assert.That(said.Status, Is.Zero, said.ToString());
        Assert.That(said.Output, Does.Contain($"{host}/all/cli/app:1.0").And.Contain(Image(8).Digest.ToString()));
    }

    private Task<TakenImage> LoadAsync(string name, Sample image) => LoadAsync(Layout((name, image)));

    private async Task<TakenImage> LoadAsync(IEnumerable<(string, byte[])> files)
    {
        var outcome = await new ImageLoader(store, new Progress<WorkProgress>()).LoadAsync("archive", new MemoryStream(Tar(files)), null, null, default);
        return ((IntakeOutcome.Taken)outcome).Images.Single();
    }

    private async Task<PushOutcome> PushAsync(TakenImage image, string prefix, RegistryAccess how)
    {
        using var pusher = new ImagePusher(store, host, prefix, keepHost: false, how, new Progress<WorkProgress>());
        return await pusher.PushAsync(image.Reference.Here, image.Reference.Tag, image.Digest, default);
    }

    private async Task<PushedImage> PushedAsync(TakenImage image, string prefix)
    {
        var outcome = await PushAsync(image, prefix, access);
        Assert.That(outcome, Is.TypeOf<PushOutcome.Pushed>(), (outcome as PushOutcome.Refused)?.Problem);
        return ((PushOutcome.Pushed)outcome).Image;
    }

    private async Task<string> ProblemAsync(TakenImage image, RegistryAccess how) => ((PushOutcome.Refused)await PushAsync(image, "", how)).Problem;

    private static void Succeeds(Tool.Result result) => Assert.That(result.Status, Is.Zero, result.ToString());
}
