using System.Text.Json;
using NUnit.Framework;
using Sextant.Tests.Assets;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Cli;

/// <summary><c>sextant assets</c> as people type it.</summary>
public sealed class AssetsCommandTests
{
    private PullSite site = null!;

    [SetUp]
    public void Start() => site = new PullSite();

    [TearDown]
    public void Stop() => site.Dispose();

    [Test]
    public void List_says_what_the_cluster_needs_how_it_stands_and_fails_until_it_is_complete()
    {
        var content = site.Content;
        site.WriteManifestText(Needed(content, "1.36.4"));
        var before = Run("list", Repository.PathOf("cluster-desc.example.yaml"), "--json");
        Assert.That(before.Status, Is.EqualTo(1), before.ToString());
        Assert.That(Line(before, "tool"), Is.EqualTo(("missing", "Debian on every node, Kubernetes 1.36.4 on every node")));
        var pulled = Run("pull", Repository.PathOf("cluster-desc.example.yaml"));
        Assert.That(pulled.Output, Does.StartWith($"tool  200 kB  sha256:{Sextant.Primitives.Digest.Sha256Of(content).Hex}"), pulled.ToString());
        Assert.That(pulled.Errors, Does.Contain("pull: 100% tool"));
        var after = Run("list", Repository.PathOf("cluster-desc.example.yaml"), "--json");
        Assert.That(Line(after, "tool").State, Is.EqualTo("present"));
        // The manifest has no container images; that is all that is missing.
        Assert.That(after.Status, Is.EqualTo(1));
        Assert.That(Json(after).GetProperty("unpinned").EnumerateArray().Select(one => one.GetString()), Is.EqualTo(new[] { "manifest.yaml has no container images of Kubernetes 1.36.4" }));
        site.WriteManifestText(Needed(PullSite.Octets(7, 10), "1.36.4") + Images);
        Assert.That(Line(Run("list", Repository.PathOf("cluster-desc.example.yaml"), "--json"), "tool").State, Is.EqualTo("stale"));
        site.WriteManifestText(Needed(content, "1.36.4") + Images);
        var complete = Run("list", Repository.PathOf("cluster-desc.example.yaml"));
        Assert.That(complete.Status, Is.Zero, complete.ToString());
        Assert.That(complete.Output, Does.Match("│ tool +│ present │").And.Not.Contains("\u001b"));
    }

    [TestCase(1, "there is no such file", "inspect", "nothing.tar.zst")]
    [TestCase(1, "there is no such file", "load", "nothing.tar.zst")]
    [TestCase(1, "there is no folder /nowhere", "bundle", "--all", "-o", "/nowhere/site.tar.zst")]
    [TestCase(2, "'--jsno' is no option", "list", "--jsno")]
    public void A_mistake_is_said_once_and_shortly(int status, string what, params string[] arguments)
    {
        var said = Run(arguments);
        Assert.That((said.Status, said.Errors.Contains(what, StringComparison.Ordinal)), Is.EqualTo((status, true)), said.ToString());
        if (status == 1) Assert.That(said.Errors.TrimEnd(), Does.Not.Contain("\n").And.Not.Contain(";"));
    }

    [Test]
    public async Task Verify_names_what_is_corrupt_and_missing_and_the_command_that_puts_it_right()
    {
        site.WriteManifest(site.Entry("good", site.Content), site.Entry("bad", site.Content), site.Entry("gone", site.Content));
        await site.PullAsync();
        Assert.That(Run("verify").Status, Is.Zero);
        File.WriteAllBytes(Path.Combine(site.Folder, "bad"), PullSite.Octets(8, site.Content.Length));
        File.Delete(Path.Combine(site.Folder, "gone"));
        var verified = Run("verify");
        Assert.That(verified.Status, Is.EqualTo(1));
        Assert.That(verified.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries), Is.EquivalentTo(new[] { "good     good", "corrupt  bad", "missing  gone" }));
        Assert.That(verified.Errors, Does.Contain("bad: has another content than its digest says; fetch it again with 'sextant assets pull --only bad'"));
        Assert.That(verified.Errors, Does.Contain("gone: is missing; fetch it again with 'sextant assets pull --only gone'"));
        Assert.That(Run("pull", "--only", "bad", "gone").Status, Is.Zero);
        var json = Run("verify", "--json");
        Assert.That(json.Status, Is.Zero);
        Assert.That(Json(json).GetProperty("assets").EnumerateArray().Select(asset => asset.GetProperty("verdict").GetString()), Is.EqualTo(new[] { "good", "good", "good" }));
    }

    [TestCase(2, "nothing says what is wanted", "pull")]
    [TestCase(2, "manifest.yaml has no 'kubernetes/1.36.4/kublet'; did you mean 'kubernetes/1.36.4/kubelet'?", "pull", "--only", "kubernetes/1.36.4/kublet")]
    [TestCase(2, "--ca goes with --from https://", "pull", "--all", "--ca", "x")]
    [TestCase(2, "--from takes an address", "pull", "--all", "--from", "10.0.0.1")]
    [TestCase(2, "--parallel takes 1 to 32", "pull", "--all", "--parallel", "0")]
    [TestCase(2, "exclude each other", "pull", "--all", "--only", "a")]
    [TestCase(1, "none.pem", "pull", "--all", "--from", "https://127.0.0.1:1", "--ca", "/none.pem")]
    [TestCase(1, "there is no such file", "pull", "none.yaml")]
    [TestCase(1, "/assets/.index gives no list of files", "pull", "--all", "--from", "http://127.0.0.1:1")]
    public void What_cannot_be_done_is_said(int status, string message, params string[] arguments)
    {
        site.WriteManifest();
        var result = Run(arguments);
        Assert.That(result.Status, Is.EqualTo(status), result.ToString());
        Assert.That(result.Errors, Does.Contain(message));
    }

    [Test]
    public void Pull_takes_a_folder_of_the_manifest_and_prints_JSON_that_nothing_else_disturbs()
    {
        site.WriteManifest(site.Entry("k/a", site.Content), site.Entry("k/b", site.Content), site.Entry("kc", site.Content));
        var result = Run("pull", "--only", "k/", "--json");
        Assert.That(Json(result).GetProperty("files").EnumerateArray().Select(file => $"{file.GetProperty("path")} {file.GetProperty("state")}"), Is.EqualTo(new[] { "k/a fetched", "k/b fetched" }));
    }

    private const string Images = "images:\n  \"r.example/i:1\": {description: d, licence: MIT, for: {kubernetes: 1.36.4}}\n";

    private string Needed(byte[] content, string kubernetes)
    {
        var entry = site.Entry("tool", content).TrimEnd('\n', '}');
        return $"version: 2\nassets:\n{entry}, for: {{os: debian, kubernetes: {kubernetes}}}}}\n";
    }

    private Tool.Result Run(params string[] arguments) =>
        Tool.Run("dotnet", [Product.Dll, "assets", .. arguments, "--assets", site.Folder], folder: site.Folder);

    private static JsonElement Json(Tool.Result result) => JsonDocument.Parse(result.Output).RootElement;

    private static (string? State, string? Needed) Line(Tool.Result result, string path)
    {
        var line = Json(result).GetProperty("assets").EnumerateArray().Single(asset => asset.GetProperty("path").GetString() == path);
        return (line.GetProperty("state").GetString(), line.GetProperty("needed").GetString());
    }
}
