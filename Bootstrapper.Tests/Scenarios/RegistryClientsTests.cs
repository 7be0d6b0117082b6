using System.Diagnostics;
using NUnit.Framework;
using Sextant.Primitives;
using Sextant.Registry;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Scenarios;

/// <summary>The clients people have, against the running service over TLS: each pushes (where it can) and pulls, and what arrives is what was sent.</summary>
[TestFixture, Category("Network"), NonParallelizable]
public sealed class RegistryClientsTests
{
    private static readonly PushableImage Image = PushableImage.Make(42, 700_000, 2000);

    private RegistryOnSegment registry = null!;
    private string layout = "";

    [OneTimeSetUp]
    public void Start()
    {
        foreach (var program in (string[])["skopeo", "podman", "containerd", "ctr"])
            Assert.That(Tool.Run("sh", ["-c", $"command -v {program}"]).Status, Is.Zero, $"{program} is missing; './build.sh test' installs it");
        registry = new RegistryOnSegment();
        Image.WriteLayout(layout = registry.Folder.File("layout"), "v1");
    }

    [OneTimeTearDown]
    public void Stop()
    {
        Assert.That(registry.Service.Log, Does.Not.Contain("Exception"));
        registry.Dispose();
    }

    [Test]
    public void Skopeo_copies_there_and_back()
    {
        Run("skopeo", "--insecure-policy", "copy", "--dest-cert-dir", registry.Certificates, "--dest-creds", $"push:{registry.Token}", $"oci:{layout}:v1", $"docker://{RegistryOnSegment.Host}/clients/skopeo:v1");
        var back = registry.Folder.File("skopeo-back");
        Run("skopeo", "--insecure-policy", "copy", "--src-cert-dir", registry.Certificates, $"docker://{RegistryOnSegment.Host}/clients/skopeo:v1", $"oci:{back}:v1");
        foreach (var blob in Image.Blobs.Append(Image.Manifest))
            Assert.That(File.ReadAllBytes(Path.Combine(back, "blobs", "sha256", Digest.Sha256Of(blob).Hex)), Is.EqualTo(blob));
        var tags = Run("skopeo", "list-tags", "--cert-dir", registry.Certificates, $"docker://{RegistryOnSegment.Host}/clients/skopeo");
        Assert.That(tags.Output, Does.Contain("\"v1\""));
    }

    [Test]
    public void Nobody_pushes_without_the_token()
    {
        foreach (var credentials in (string[][])[["--dest-no-creds"], ["--dest-creds", "push:wrong"]])
        {
            var refused = registry.Segment.RunOnClient(["skopeo", "--insecure-policy", "copy", "--dest-cert-dir", registry.Certificates, .. credentials, $"oci:{layout}:v1", $"docker://{RegistryOnSegment.Host}/clients/refused:v1"]);
            Assert.That(refused.Status, Is.Not.Zero);
            Assert.That(refused.Errors, Does.Contain("denied").Or.Contain("unauthorized").Or.Contain("authentication required").Or.Contain("Pushing needs").Or.Contain("invalid username/password"));
        }
        Assert.That(RegistryStore.Open(registry.StoreFolder).HasRepository(RepositoryName.Parse("clients/refused")), Is.False);
    }

    [Test]
    public void Podman_pushes_and_pulls()
    {
        string[] podman = ["podman", "--root", registry.Folder.File("podman"), "--runroot", registry.Folder.File("podman-run"), "--storage-driver", "vfs"];
        var policy = registry.Folder.Write("policy.json", """{"default":[{"type":"insecureAcceptAnything"}]}""");
        var target = $"{RegistryOnSegment.Host}/clients/podman:v1";
        var archive = registry.Folder.File("archive");
        Run("skopeo", "--insecure-policy", "copy", $"oci:{layout}:v1", $"docker-archive:{archive}:localhost/podman:v1");
        Run([.. podman, "load", "--quiet", "--signature-policy", policy, "--input", archive]);
        var id = Run([.. podman, "images", "--quiet", "--no-trunc"]).Output.Trim();
        Run([.. podman, "push", "--quiet", "--signature-policy", policy, "--cert-dir", registry.Certificates, "--creds", $"push:{registry.Token}", id, target]);
        Run([.. podman, "rmi", "--all", "--force"]);
        Run([.. podman, "pull", "--quiet", "--signature-policy", policy, "--cert-dir", registry.Certificates, target]);
        Assert.That(Run([.. podman, "images", "--quiet", "--no-trunc"]).Output.Trim(), Is.EqualTo(id), "the same image by its configuration's digest");
    }

    [Test]
    public void Containerd_pulls_another_registrys_image_from_its_mirror_and_pushes()
    {
        Run("skopeo", "--insecure-policy", "copy", "--dest-cert-dir", registry.Certificates, "--dest-creds", $"push:{registry.Token}", $"oci:{layout}:v1", $"docker://{RegistryOnSegment.Host}/registry.k8s.io/pause:3.10");
        var hosts = registry.Folder.File("hosts");
        foreach (var host in (string[])["registry.k8s.io", RegistryOnSegment.Host])
            registry.Folder.Write(Path.Combine("hosts", host, "hosts.toml"), $"""
                server = "https://{RegistryOnSegment.Host}"
                [host."https://{RegistryOnSegment.Host}"]
                  capabilities = ["pull", "resolve", "push"]
                  ca = "{registry.Certificates}/ca.crt"
                """);
        var socket = registry.Folder.File("containerd.sock");
        var configuration = registry.Folder.Write("containerd.toml", $"""
            version = 2
            root = "{registry.Folder.File("containerd")}"
            state = "{registry.Folder.File("containerd-run")}"
            disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.aufs"]
            [grpc]
              address = "{socket}"
            """);
        var command = registry.Segment.OnClient("containerd", "--config", configuration);
        using var daemon = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        daemon.BeginErrorReadLine();
        daemon.BeginOutputReadLine();
        try
        {
            string[] ctr = ["ctr", "--address", socket];
            Assert.That(SpinWait.SpinUntil(() => File.Exists(socket) && Tool.Run("ctr", ["--address", socket, "version"]).Status == 0, TimeSpan.FromSeconds(30)), Is.True, "containerd does not start");
            Run([.. ctr, "images", "pull", "--hosts-dir", hosts, "--snapshotter", "native", "registry.k8s.io/pause:3.10"]);
            Assert.That(Run([.. ctr, "images", "list"]).Output, Does.Contain("registry.k8s.io/pause:3.10").And.Contain(Image.Digest.ToString()));
            Run([.. ctr, "images", "push", "--hosts-dir", hosts, "--user", $"push:{registry.Token}", $"{RegistryOnSegment.Host}/clients/containerd:v1", "registry.k8s.io/pause:3.10"]);
            Assert.That(RegistryStore.Open(registry.StoreFolder).FindTag(RepositoryName.Parse("clients/containerd"), TagName.Parse("v1")), Is.EqualTo(Image.Digest));
        }
        finally
        {
            daemon.Kill(entireProcessTree: true);
            daemon.WaitForExit();
        }
    }

    [Test]
    public async Task A_second_bootstrapper_takes_the_images_of_the_first()
    {
        var client = registry.Client();
        foreach (var (repository, seed) in ((string, int)[])[("quay.io/ceph/ceph", 1), ("registry.example_5000/team/app", 2), ("team/own", 3), ("short", 4)])
            await client.PushImageAsync(repository, "v1", PushableImage.Make(seed, 50_000));
        string[] pull = ["dotnet", Product.Dll, "images", "pull", "--from", "https://10.0.0.1", "--ca", registry.Service.AuthorityPath, "--state"];
        var some = Run([.. pull, registry.Folder.File("some"), "quay.io/ceph/ceph:v1", "team/own:v1", "short:v1"]);
        Assert.That(some.Output.Split('\n').Select(line => line.Split("  ")[0]), Is.EqualTo(new[] { "quay.io/ceph/ceph:v1", "team/own:v1", "short:v1", "" }));

        var state = registry.Folder.File("second");
        var all = Run([.. pull, state]);
        Assert.That(all.Output, Does.Contain("registry.example:5000/team/app:v1"));
        var (first, second) = (RegistryStore.Open(registry.StoreFolder), RegistryStore.Open(RegistryService.FolderIn(state)));
        Assert.That(Tags(second), Is.EqualTo(Tags(first)).And.Length.GreaterThan(3));
        Assert.That(await StoreVerification.RunAsync(second, new Progress<WorkProgress>(), default), Is.Empty);

        var untrusted = registry.Segment.RunOnClient("dotnet", Product.Dll, "images", "pull", "--from", "https://10.0.0.1", "--state", state);
        Assert.That((untrusted.Status, untrusted.Errors.Contains("10.0.0.1:5000 cannot be reached", StringComparison.Ordinal)), Is.EqualTo((1, true)), untrusted.ToString());

        static string[] Tags(RegistryStore store) => [.. store.Repositories().SelectMany(name => store.Tags(name).Select(tag => $"{name}:{tag} {store.FindTag(name, tag)}"))];
    }

    private Tool.Result Run(params string[] command)
    {
        var outcome = registry.Segment.RunOnClient(command);
        Assert.That(outcome.Status, Is.Zero, $"{string.Join(' ', command)}\n{outcome}\n{registry.Service.Log}");
        return outcome;
    }
}
