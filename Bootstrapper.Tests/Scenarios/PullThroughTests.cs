using System.Diagnostics;
using System.Net;
using NUnit.Framework;
using Sextant.Primitives;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Scenarios;

/// <summary>A machine asks for an image that the registry lacks: the running service, and Debian's docker-registry with TLS as the registry the image is from.</summary>
[TestFixture, Category("Network"), NonParallelizable]
public sealed class PullThroughTests
{
    private const string Upstream = "10.0.0.50:5443";
    private static readonly PushableImage Image = PushableImage.Make(7, 300_000, 2000);
    /// <summary>Three seconds for a connection, and a slow machine's own second.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private RegistryOnSegment registry = null!;
    private Process upstream = null!;

    [OneTimeSetUp]
    public void Start() => registry = new RegistryOnSegment(prepareService: (folder, segment) =>
    {
        var certificate = folder.File("upstream.crt");
        Succeeds(Tool.Run("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1", "-subj", "/CN=upstream",
            "-addext", "subjectAltName=IP:10.0.0.50", "-keyout", folder.File("upstream.key"), "-out", certificate]));
        var configuration = folder.Write("upstream.yml", $$"""
            version: 0.1
            log: {level: error}
            storage: {filesystem: {rootdirectory: {{folder.File("upstream")}} } }
            http: {addr: "{{Upstream}}", tls: {certificate: {{certificate}}, key: {{folder.File("upstream.key")}} } }
            """);
        var command = segment.OnClient("docker-registry", "serve", configuration);
        upstream = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        upstream.BeginErrorReadLine();
        upstream.BeginOutputReadLine();
        var layout = folder.File("layout");
        Image.WriteLayout(layout, "1");
        Succeeds(segment.RunOnClient("skopeo", "--insecure-policy", "copy", "--retry-times", "5", "--dest-tls-verify=false", $"oci:{layout}:1", $"docker://{Upstream}/team/app:1"));
        var description = folder.Write("cluster-desc.yaml", File.ReadAllText(Repository.PathOf("cluster-desc.example.yaml")) + $"""

            registry:
              pull_through: true
              images:
                - {Upstream}/team/app:1
                - {Upstream}/team/later:1
                - 10.0.0.99:5443/team/nobody:1
            """);
        return (description, certificate);
    });

    [OneTimeTearDown]
    public void Stop()
    {
        End();
        upstream.Dispose();
        Assert.That(registry.Service.Log, Does.Not.Contain("Exception"));
        registry.Dispose();
    }

    [Test]
    public async Task The_image_comes_and_stays_and_a_registry_that_is_gone_makes_no_machine_wait_for_long()
    {
        await IsServedAsync();
        Assert.That(registry.Service.Log, Does.Contain($"fetched {Upstream}/team/app:1"));
        End();
        await IsServedAsync();
        foreach (var (repository, host) in ((string, string)[])[("team/later", Upstream), ("team/nobody", "10.0.0.99:5443"), ("team/unnamed", "10.0.0.98:5443")])
        {
            var clock = Stopwatch.StartNew();
            using var answer = await registry.Client().GetAsync($"/v2/{repository}/manifests/1?ns={host}");
            Assert.That((answer.StatusCode, clock.Elapsed < Patience), Is.EqualTo((HttpStatusCode.NotFound, true)), $"{repository} after {clock.Elapsed}");
        }
        Assert.That(registry.Service.Log, Does.Contain("10.0.0.99:5443/team/nobody:1, which is not here and cannot be fetched"));
    }

    private async Task IsServedAsync()
    {
        var client = registry.Client();
        using var manifest = await client.GetAsync($"/v2/team/app/manifests/1?ns={Upstream}");
        Assert.That(await manifest.Content.ReadAsByteArrayAsync(), Is.EqualTo(Image.Manifest), registry.Service.Log);
        foreach (var blob in Image.Blobs)
        {
            using var answer = await client.GetAsync($"/v2/team/app/blobs/{Digest.Sha256Of(blob)}?ns={Upstream}");
            Assert.That(await answer.Content.ReadAsByteArrayAsync(), Is.EqualTo(blob));
        }
    }

    private void End()
    {
        if (upstream.HasExited) return;
        upstream.Kill(entireProcessTree: true);
        upstream.WaitForExit();
    }

    private static void Succeeds(Tool.Result result) => Assert.That(result.Status, Is.Zero, result.ToString());
}
