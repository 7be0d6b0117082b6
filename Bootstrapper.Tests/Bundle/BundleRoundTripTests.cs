using NUnit.Framework;
using Sextant.Assets;
using Sextant.Bundle;
using Sextant.Primitives;
using Sextant.Registry;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Bundle;

public sealed class BundleRoundTripTests
{
    [Test]
    public async Task What_one_site_has_another_has_after_loading()
    {
        using var from = await BundleSite.FullAsync();
        using var to = BundleSite.Empty().Trusting();
        var loaded = await to.LoadAsync(await from.BundleAsync(), BundleSite.Cluster);
        Assert.That(loaded, Is.TypeOf<LoadOutcome.Loaded>(), Problems(loaded));
        Assert.That(to.Visible(), Is.EqualTo(from.Visible()));
        Assert.That(to.Visible(), Has.Count.EqualTo(6));
        await to.IsSoundAsync();
        Assert.That(AssetIndex.Load(to.Assets).ToJson(), Is.EqualTo(AssetIndex.Load(from.Assets).ToJson()), "recipes, packages, versions and sources included");
        Assert.That(File.ReadAllText(Path.Combine(to.Assets, "manifest.yaml")), Is.EqualTo(BundleSite.Manifest()));
        Assert.That(File.Exists(Path.Combine(to.Assets, "keys/flatcar.asc")), Is.True);
        var pause = RepositoryName.Parse("registry.k8s.io/pause");
        Assert.That(await to.Store.ReferrersAsync(pause, to.Store.FindTag(pause, TagName.Parse("3.10.2"))!.Value, default), Has.Count.EqualTo(1), "the manifest about the image came along");
    }

    [Test]
    public async Task What_the_operator_built_comes_with_its_pins_and_what_is_not_in_the_bundle_is_not_pinned()
    {
        using var from = await BundleSite.FullAsync();
        var kubelet = AssetManifest.Load(from.Assets).Entries.Single(entry => entry.Path == BundleSite.Kubelet);
        var pause = from.Store.FindTag(RepositoryName.Parse("registry.k8s.io/pause"), TagName.Parse("3.10.2"))!.Value;
        LocalManifest.None.With(
            [kubelet with { Source = new AssetSource.Local("kubernetes", kubelet.Source.Pinned!.Value) }, kubelet with { Path = "kubernetes/1.36.77/kubelet", For = NeedConditions.None }],
            [new ImageEntry(BundleSite.Pause, pause, "Ours.", "MIT", NeedConditions.None with { KubernetesVersions = ["1.36.4"] }) { LocalSet = "kubernetes" }]).Save(from.Assets);
        using var to = BundleSite.Empty().Trusting();
        var loaded = await to.LoadAsync(await from.BundleAsync(), BundleSite.Cluster);
        Assert.That(loaded, Is.TypeOf<LoadOutcome.Loaded>(), Problems(loaded));
        await to.IsSoundAsync();
        var builds = LocalManifest.Load(to.Assets).Content;
        Assert.That(builds.Problems, Is.Empty);
        Assert.That(builds.Entries.Select(entry => (entry.Path, entry.Source)), Is.EqualTo(new[] { (BundleSite.Kubelet, (AssetSource)new AssetSource.Local("kubernetes", kubelet.Source.Pinned!.Value)) }));
        Assert.That(builds.Images.Select(image => (image.Reference, image.Digest, image.LocalSet)), Is.EqualTo(new[] { (BundleSite.Pause, (Digest?)pause, "kubernetes") }));
        Assert.That(File.ReadAllText(Path.Combine(to.Assets, "manifest.yaml")), Is.EqualTo(BundleSite.Manifest()));
    }

    [Test]
    public async Task Loading_again_changes_nothing_and_damage_that_happened_meanwhile_is_repaired()
    {
        using var from = await BundleSite.FullAsync();
        using var to = BundleSite.Empty().Trusting();
        var bundle = await from.BundleAsync();
        Assert.That(await to.LoadAsync(bundle), Is.TypeOf<LoadOutcome.Loaded>());
        var kernel = Path.Combine(to.Assets, "debian/vmlinuz");
        var inode = Sextant.Files.FileStamp.Of(kernel);
        Assert.That(await to.LoadAsync(bundle), Is.TypeOf<LoadOutcome.Loaded>());
        Assert.That(Sextant.Files.FileStamp.Of(kernel), Is.EqualTo(inode), "what is here is not written again");

        Flip(kernel);
        var blob = Directory.GetFiles(Path.Combine(to.State, "registry/blobs"), "*", SearchOption.AllDirectories).MaxBy(path => new FileInfo(path).Length)!;
        Flip(blob);
        Assert.That(await to.LoadAsync(bundle), Is.TypeOf<LoadOutcome.Loaded>());
        await to.IsSoundAsync();
        Assert.That(to.Visible(), Is.EqualTo(from.Visible()));
    }

    [Test]
    public async Task The_same_content_and_key_give_the_same_octets_whatever_the_times_the_folders_and_the_clock_zone()
    {
        using var from = await BundleSite.FullAsync();
        var first = File.ReadAllBytes(await from.BundleAsync());
        using var copy = BundleSite.Empty();
        Assert.That(Tool.Run("cp", ["-r", from.State, from.Assets, copy.Root]).Status, Is.Zero);
        foreach (var file in Directory.GetFiles(copy.Root, "*", SearchOption.AllDirectories)) File.SetLastWriteTimeUtc(file, new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));
        File.SetUnixFileMode(Path.Combine(copy.State, "pki/bundle/key.pem"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var description = copy.File("cluster.yaml");
        File.WriteAllText(description, ExampleWithImage());
        var request = new BundleRequest(from.Assets, from.State, Sextant.Cluster.ClusterFile.Load(description).Description, Everything: false, EvenIncomplete: false);
        Assert.That(await BundleWriter.WriteAsync(request, from.File("second"), new Progress<WorkProgress>(), default), Is.TypeOf<BundleOutcome.Written>());
        Assert.That(File.ReadAllBytes(from.File("second")), Is.Not.EqualTo(first), "the cluster's name is another one");

        // Through the program, elsewhere, in another zone, with another mask.
        var command = $"umask 077; cd /; exec dotnet {Product.Dll} assets bundle {description} -o '{copy.File("other name")}' --state {copy.State} --assets {copy.Assets}";
        var outcome = Tool.Run("sh", ["-c", command], environment: new Dictionary<string, string> { ["TZ"] = "Pacific/Auckland", ["LANG"] = "tr_TR.UTF-8", ["DOTNET_PROCESSOR_COUNT"] = "1" });
        Assert.That(outcome.Status, Is.Zero, outcome.ToString());
        Assert.That(File.ReadAllBytes(copy.File("other name")), Is.EqualTo(File.ReadAllBytes(from.File("second"))));
        Assert.That(outcome.Output, Does.Contain($"signed by {BundleSite.Signer.Fingerprint}"));
    }

    [Test]
    public async Task Other_tools_read_the_archive_the_signature_and_the_images()
    {
        using var from = await BundleSite.FullAsync();
        var bundle = await from.BundleAsync();
        var folder = Directory.CreateDirectory(from.File("unpacked")).FullName;
        Assert.That(Tool.Run("tar", ["--zstd", "-xf", bundle, "-C", folder]).Status, Is.Zero);
        foreach (var file in AssetFolder.Load(from.Assets).Files)
            Assert.That(File.ReadAllBytes(Path.Combine(folder, "assets", file.Path)), Is.EqualTo(File.ReadAllBytes(file.FullPath)), file.Path);
        File.WriteAllText(from.File("key.pem"), BundleSite.Signer.Pem);
        var verified = Tool.Run("openssl", ["dgst", "-sha256", "-verify", from.File("key.pem"), "-signature", Path.Combine(folder, "bundle.json.sig"), Path.Combine(folder, "bundle.json")]);
        Assert.That(verified.Status, Is.Zero, verified.ToString());
        var fingerprint = Tool.Run("sh", ["-c", $"openssl pkey -pubin -in {from.File("key.pem")} -outform DER | openssl dgst -sha256 -binary | base64 | tr -d '='"]);
        Assert.That($"SHA256:{fingerprint.Output.Trim()}", Is.EqualTo(BundleSite.Signer.Fingerprint));

        using var again = BundleSite.Empty();
        var index = System.Text.Json.JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "images/index.json"))).RootElement;
        foreach (var listed in index.GetProperty("manifests").EnumerateArray())
        {
            var digest = Digest.Parse(listed.GetProperty("digest").GetString()!);
            var content = File.ReadAllBytes(Path.Combine(folder, "images/blobs/sha256", digest.Hex));
            Assert.That(content, Has.Length.EqualTo(listed.GetProperty("size").GetInt32()));
            Assert.That(ManifestDocument.TryParse(content, listed.GetProperty("mediaType").GetString(), out var document, out _), Is.True);
            foreach (var blob in document!.Blobs) Assert.That(new FileInfo(Path.Combine(folder, "images/blobs/sha256", blob.Digest.Hex)).Length, Is.EqualTo(blob.Size));
        }
        Assert.That(index.GetProperty("manifests").EnumerateArray().Select(one => one.GetProperty("annotations").GetProperty("org.opencontainers.image.ref.name").GetString()),
            Is.EqualTo(new[] { BundleSite.Application, BundleSite.Pause }));
    }

    [Test]
    public async Task A_bundle_comes_through_a_pipe_in_pieces_of_any_size()
    {
        using var from = await BundleSite.FullAsync(20_000);
        using var to = BundleSite.Empty().Trusting();
        var pieces = new PiecewiseStream(File.ReadAllBytes(await from.BundleAsync()), seed: 7);
        Assert.That(await to.LoadAsync(pieces, BundleSite.Cluster), Is.TypeOf<LoadOutcome.Loaded>());
        Assert.That(to.Visible(), Is.EqualTo(from.Visible()));
    }

    [Test]
    public async Task Inspecting_tells_signer_contents_and_packages_and_changes_nothing()
    {
        using var from = await BundleSite.FullAsync();
        var bundle = await from.BundleAsync();
        await using var stream = File.OpenRead(bundle);
        var inspected = (InspectionOutcome.Inspected)await BundleInspection.RunAsync(stream, isEverything: true, new Progress<WorkProgress>(), default);
        Assert.That(inspected.Signer.Fingerprint, Is.EqualTo(BundleSite.Signer.Fingerprint));
        Assert.That(inspected.List.Assets.Select(asset => asset.Path), Is.EquivalentTo(AssetFolder.Load(from.Assets).Files.Select(file => file.Path)));
        Assert.That(inspected.Packages, Does.Contain("libc6").And.Contain("registry.k8s.io/pause"));
        Assert.That(inspected.Licences, Does.Contain("LicenseRef-Debian-main"));
        Assert.That(inspected.List.Purpose, Is.EqualTo(inspected.List.Purpose with { Cluster = "demo", Missing = inspected.List.Purpose.Missing }));
    }

    [Test]
    public async Task The_command_line_inspects_pins_and_loads_from_a_pipe()
    {
        using var from = await BundleSite.FullAsync(20_000);
        using var to = BundleSite.Empty();
        var bundle = await from.BundleAsync();
        var description = from.File("cluster.yaml");
        File.WriteAllText(description, ExampleWithImage());
        var key = Product.Run("assets", "key", "--state", from.State, "--json");
        Assert.That(Json(key).GetProperty("fingerprint").GetString(), Is.EqualTo(BundleSite.Signer.Fingerprint));
        File.WriteAllText(to.File("key.pem"), Product.Run("assets", "key", "--state", from.State).Output);
        var inspected = Json(Product.Run("assets", "inspect", bundle, "--state", to.State, "--verify", "--json"));
        Assert.That((inspected.GetProperty("isTrusted").GetBoolean(), inspected.GetProperty("isVerified").GetBoolean()), Is.EqualTo((false, true)));
        Assert.That(inspected.GetProperty("assets").GetArrayLength(), Is.EqualTo(4));

        var refused = Product.Run("assets", "load", bundle, description, "--state", to.State, "--assets", to.Assets);
        Assert.That((refused.Status, refused.Output), Is.EqualTo((1, "")));
        Assert.That(refused.Errors, Does.Contain($"--trust {BundleSite.Signer.Fingerprint}"));
        var loaded = Tool.Run("sh", ["-c", $"cat {bundle} | dotnet {Product.Dll} assets load - {description} --state {to.State} --assets {to.Assets} --key {to.File("key.pem")} --json"]);
        Assert.That(Json(loaded).GetProperty("images").EnumerateArray().Select(image => image.GetProperty("name").GetString()), Is.EqualTo(new[] { BundleSite.Application, BundleSite.Pause }));
        Assert.That(to.Visible(), Is.EqualTo(from.Visible()));
        Assert.That(Product.Run("assets", "load", to.File("none"), "--state", to.State, "--assets", to.Assets).Status, Is.EqualTo(1));
        Assert.That(Tool.Run("sh", ["-c", $"cd {to.Root} && dotnet {Product.Dll} assets bundle --state {to.State} --assets {to.Assets}"]).Status, Is.EqualTo(2), "for whom?");

        static System.Text.Json.JsonElement Json(Tool.Result result)
        {
            Assert.That(result.Status, Is.Zero, result.ToString());
            return System.Text.Json.JsonDocument.Parse(result.Output).RootElement;
        }
    }

    internal static string Problems(LoadOutcome outcome) => outcome is LoadOutcome.Refused(var problems) ? string.Join("\n", problems) : "";

    internal static string ExampleWithImage() => Repository.Read("cluster-desc.example.yaml") + $"\nregistry:\n  images: [\"{BundleSite.Application}\"]\n";

    private static void Flip(string path)
    {
        var octets = File.ReadAllBytes(path);
        octets[octets.Length / 2] ^= 1;
        File.WriteAllBytes(path, octets);
    }
}
