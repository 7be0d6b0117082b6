using System.Diagnostics;
using NUnit.Framework;
using Sextant.Tests.TestKit;
using static Sextant.Tests.Images.ImageSamples;

namespace Sextant.Tests.Images;

/// <summary>The command line as its users start it: with other tools' archives, on a disk that is full.</summary>
public sealed class ImagesCommandTests
{
    private TemporaryFolder folder = null!;

    private string State => folder.File("state");

    [SetUp]
    public void MakeFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => folder.Dispose();

    [Test]
    public async Task Archives_of_skopeo_are_loaded_and_the_digest_is_that_of_the_tool()
    {
        await WriteLayoutAsync(Layout(("v1", Image(1))));
        Succeeds(Tool.Run("skopeo", ["copy", "--insecure-policy", $"oci:{folder.File("layout")}:v1", $"docker-archive:{folder.File("docker.tar")}:registry.example/app:1.0"]));
        Succeeds(Tool.Run("skopeo", ["copy", "--insecure-policy", $"oci:{folder.File("layout")}:v1", $"oci-archive:{folder.File("oci.tar")}:registry.example/oci:1.0"]));
        var loaded = Run("load", folder.File("docker.tar"), folder.File("oci.tar"), "--json");
        Succeeds(loaded);
        Assert.That(loaded.Output, Does.Contain("\"registry.example/app:1.0\"").And.Contain("\"registry.example/oci:1.0\"").And.Contain(Image(1).Digest.ToString()));
        Assert.That(Run("list", "--json").Output, Does.Contain("linux/amd64"));
        Assert.That(Run("list").Output, Does.Contain("registry.example/app:1.0").And.Contain("linux/amd64").And.Not.Contain("\u001b"), "a pipe gets whole names and no colours");
        var removed = Run("remove", "registry.example/app:1.0", "registry.example/oci:1.0", "--json");
        Succeeds(removed);
        using (var said = System.Text.Json.JsonDocument.Parse(removed.Output))
            Assert.That(said.RootElement.EnumerateArray().Select(line => line.GetProperty("image").GetString()), Is.EqualTo(new[] { "registry.example/app:1.0", "registry.example/oci:1.0" }));
        var collected = Run("gc", "--untagged", "--grace", "0s");
        Succeeds(collected);
        Assert.That(collected.Output, Does.Contain("removed 2 manifests"));
        Assert.That(Directory.GetFiles(Path.Combine(State, "registry", "blobs"), "*", SearchOption.AllDirectories), Is.Empty);
        Succeeds(Run("verify"));
    }

    [Test]
    public async Task Images_come_out_of_podman_by_its_socket()
    {
        await File.WriteAllBytesAsync(folder.File("root.tar"), Layer(1));
        string[] podman = ["--root", folder.File("podman"), "--runroot", folder.File("run"), "--storage-driver", "vfs"];
        Succeeds(Tool.Run("podman", [.. podman, "import", folder.File("root.tar"), "registry.example/team/podman:1.0"]));
        var socket = folder.File("podman.sock");
        using var engine = Process.Start(new ProcessStartInfo("podman", [.. podman, "system", "service", $"unix://{socket}", "-t", "30"]) { RedirectStandardError = true })!;
        try
        {
            Assert.That(() => File.Exists(socket), Is.True.After(10_000, 20));
            var loaded = Run("load", "--from-docker", socket);
            Succeeds(loaded);
            Assert.That(loaded.Output, Does.StartWith("registry.example/team/podman:1.0  sha256:"));
            var absent = Run("load", "--from-docker", socket, "registry.example/nothing:1");
            Assert.That((absent.Status, absent.Errors), Is.EqualTo((1, absent.Errors)).And.Matches<(int, string)>(said => said.Item2.Contains("registry.example/nothing:1", StringComparison.Ordinal)));
        }
        finally
        {
            engine.Kill(entireProcessTree: true);
            engine.WaitForExit();
        }
        Assert.That(Run("load", "--from-docker", folder.File("nobody.sock")).Errors, Does.Contain("no container engine answers there"));
    }

    [Test]
    [Category("Network")] // needs root: a disk of its own
    public async Task A_full_disk_is_said_with_what_is_missing_and_leaves_the_registry_whole()
    {
        Directory.CreateDirectory(State);
        Succeeds(Tool.Run("mount", ["-t", "tmpfs", "-o", "size=6m", "tmpfs", State]));
        try
        {
            await File.WriteAllBytesAsync(folder.File("big.tar"), Tar(Layout(("registry.example/big:1", Image(1, layers: 4, length: 4_000_000)))));
            var full = Run("load", folder.File("big.tar"));
            Assert.That(full.Status, Is.EqualTo(1));
            Assert.That(full.Errors, Does.Contain("there is no room in").And.Match("[0-9]+ (kB|octets|MB) are missing"));
            await using var upstream = await StandInRegistry.StartAsync();
            var pulled = Run("pull", "--plain-http", upstream.Add("big", "1", Image(3, layers: 3, length: 4_000_000)).ToString());
            Assert.That((pulled.Status, pulled.Errors.Contains("there is no room in", StringComparison.Ordinal)), Is.EqualTo((1, true)), pulled.ToString());
            Succeeds(Run("gc", "--grace", "0s"));
            Succeeds(Run("verify"));
            await File.WriteAllBytesAsync(folder.File("small.tar"), Tar(Layout(("registry.example/small:1", Image(2)))));
            Succeeds(Run("load", folder.File("small.tar")));
        }
        finally
        {
            Succeeds(Tool.Run("umount", [State]));
        }
    }

    [TestCase("load")]
    [TestCase("pull")]
    [TestCase("push", "--all")]
    [TestCase("pull", "--platform", "amd64", "nginx")]
    [TestCase("pull", "--parralel", "3", "nginx")]
    [TestCase("pull", "NOT A NAME")]
    [TestCase("pull", "--from", "10.0.0.1")]
    [TestCase("pull", "--from", "https://10.0.0.1", "--mirror", "docker.io=https://mirror.example")]
    [TestCase("remove", "--yes", "nginx")]
    [TestCase("gc", "--grace", "soon")]
    [TestCase("load", "--name", "NOT A NAME", "x.tar")]
    public void Wrong_usage_is_said_and_ends_with_two(params string[] arguments)
    {
        var said = Run(arguments);
        Assert.That(said.Status, Is.EqualTo(2), said.ToString());
        Assert.That(said.Errors, Is.Not.Empty);
    }

    [TestCase("list")]
    [TestCase("verify")]
    [TestCase("gc")]
    [TestCase("remove", "nginx:1")]
    public void A_mistyped_state_folder_is_no_empty_registry(params string[] arguments)
    {
        var said = Run(arguments);
        Assert.That((said.Status, said.Errors.Contains("there is no such folder", StringComparison.Ordinal)), Is.EqualTo((1, true)), said.ToString());
        Assert.That(Directory.Exists(State), Is.False);
    }

    private async Task WriteLayoutAsync(IEnumerable<(string Name, byte[] Content)> files)
    {
        foreach (var (name, content) in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder.At("layout", name))!);
            await File.WriteAllBytesAsync(folder.At("layout", name), content);
        }
    }

    private Tool.Result Run(params string[] arguments) => Product.Run(["images", .. arguments, "--state", State]);

    private static void Succeeds(Tool.Result result) => Assert.That(result.Status, Is.Zero, result.ToString());
}
