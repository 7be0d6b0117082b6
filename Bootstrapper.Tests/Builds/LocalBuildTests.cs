using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json;
using NUnit.Framework;
using Sextant.Assets;
using Sextant.Builds;
using Sextant.Cli;
using Sextant.Images;
using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Builds;

/// <summary>What somebody built becomes part of a site. Programs are real ones, made for the test; images come back by other people's tools.</summary>
[TestFixture, Category("Long")]
public sealed class LocalBuildTests
{
    private ServedAppliance appliance = null!;
    private TemporaryFolder folder = null!;

    private string Assets => folder.At("assets");

    /// <summary>That of an appliance, whose registry gives back what went in.</summary>
    private string State => Path.GetDirectoryName(appliance.Registry.Store.Folder)!;

    [OneTimeSetUp]
    public async Task Start() => appliance = await ServedAppliance.StartAsync();

    [OneTimeTearDown]
    public async Task Stop() => await appliance.DisposeAsync();

    [SetUp]
    public void MakeFolder()
    {
        folder = new TemporaryFolder();
        Directory.CreateDirectory(Assets);
    }

    [TearDown]
    public void RemoveFolder() => folder.Dispose();

    [Test]
    public async Task A_release_that_the_manifest_lacks_becomes_one_that_a_cluster_can_have()
    {
        var cluster = PlannedClusters.Three with { Kubernetes = PlannedClusters.Three.Kubernetes with { Version = "1.36.77" } };
        Assert.That(PinnedSite.UnpinnedRelease(cluster, Assets), Is.EqualTo("1.36.77 is not pinned, 1.35.8 and 1.36.4 are; name one of these, or take in a build of your own with 'sextant assets add kubernetes DIR'"));
        var added = await AddAsync("kubernetes", SmallPrograms.WriteKubernetes(folder.At("built"), "1.36.77"));
        Assert.Multiple(() =>
        {
            Assert.That(added.Version, Is.EqualTo("1.36.77"));
            Assert.That(added.Assets.Select(asset => asset.Path), Is.EqualTo(new[] { "kubernetes/1.36.77/kubelet", "kubernetes/1.36.77/kubectl" }));
            Assert.That(added.Images.Select(image => image.Reference), Is.EqualTo(new[]
            {
                "registry.k8s.io/kube-apiserver:v1.36.77", "registry.k8s.io/kube-controller-manager:v1.36.77", "registry.k8s.io/kube-scheduler:v1.36.77",
                "registry.k8s.io/kube-proxy:v1.36.77", "registry.k8s.io/pause:3.10.2",
            }));
            Assert.That(added.Notes, Is.Empty);
            Assert.That(PinnedSite.UnpinnedRelease(cluster, Assets), Is.Null);
        });
        var pins = PinnedSite.Of(cluster, Assets);
        Assert.That(pins.File("kubernetes", "kubelet"), Is.EqualTo(new PinnedFile("kubernetes/1.36.77/kubelet", added.Assets[0].Sha256)));
        Assert.That(pins.Image("registry.k8s.io/kube-scheduler"), Is.EqualTo("registry.k8s.io/kube-scheduler:v1.36.77"));
        var plan = new ClusterPlan(cluster, new PlanMaterial(PlannedClusters.Templates, PlannedClusters.Anchors, pins) { Keys = PlannedClusters.Keys }).For(PlannedClusters.Mac(1), null)!;
        Assert.That(plan.Downloads.Select(one => one.Asset.Path), Has.Member("kubernetes/1.36.77/kubelet").And.Member("crictl/crictl-v1.36.0-linux-amd64.tar.gz"));
        var served = AssetFolder.Load(Assets);
        Assert.That((served.Problems, served.Find("kubernetes/1.36.77/kubelet")?.Sha256), Is.EqualTo((served.Problems, added.Assets[0].Sha256)));
        Assert.That(served.Problems, Is.Empty);
    }

    [Test]
    public async Task A_service_that_was_refused_the_release_has_it_when_the_build_is_in()
    {
        var file = folder.Write("cluster-desc.yaml", Repository.Read("cluster-desc.example.yaml").Replace("1.36.4", "1.36.77", StringComparison.Ordinal));
        var reader = new PlanReader(file, TemplateFolder.DefaultPath, Assets);
        var refused = reader.ToPlan(reader.ReadFile(), PlannedClusters.Anchors, PlannedClusters.Keys);
        Assert.That(refused.Plan, Is.Null);
        Assert.That(refused.Problems, Is.EqualTo(new[] { $"{file}: kubernetes.version: {PinnedSite.UnpinnedRelease(reader.ReadFile().Description!, Assets)}" }), "one line");
        var before = reader.Stamp();
        Assert.That(reader.Stamp(), Is.EqualTo(before));
        await AddAsync("kubernetes", SmallPrograms.WriteKubernetes(folder.At("built"), "1.36.77"));
        Assert.That(reader.Stamp(), Is.Not.EqualTo(before), "a service that runs looks again");
        Assert.That(reader.ToPlan(reader.ReadFile(), PlannedClusters.Anchors, PlannedClusters.Keys).Problems, Is.Empty);
    }

    [Test]
    public async Task The_same_programs_give_the_same_digests_on_another_day_and_another_site()
    {
        var built = SmallPrograms.WriteKubernetes(folder.At("built"), "1.36.4");
        var first = await AddAsync("kubernetes", built);
        var yaml = File.ReadAllText(Path.Combine(Assets, LocalManifest.FileName));
        foreach (var program in Directory.GetFiles(built)) File.SetLastWriteTimeUtc(program, new DateTime(2031, 4, 1, 0, 0, 0, DateTimeKind.Utc));
        var again = await AddAsync("kubernetes", built);
        Assert.That(again.Images, Is.EqualTo(first.Images));
        Assert.That(File.ReadAllText(Path.Combine(Assets, LocalManifest.FileName)), Is.EqualTo(yaml));
        var later = await AddAsync("kubernetes", built, modified: DateTimeOffset.UnixEpoch.AddDays(1));
        Assert.That(later.Images.Select(image => image.Digest).Intersect(first.Images.Select(image => image.Digest)), Is.Empty, "SOURCE_DATE_EPOCH is part of the content");
    }

    [Test]
    public async Task Skopeo_gets_the_image_back_with_the_program_where_upstream_has_it()
    {
        await AddAsync("kubernetes", SmallPrograms.WriteKubernetes(folder.At("built"), "1.36.4"));
        var (config, layer) = await UnpackAsync("registry.k8s.io/kube-apiserver:v1.36.4");
        Assert.Multiple(() =>
        {
            Assert.That(config.GetProperty("config").GetProperty("Entrypoint")[0].GetString(), Is.EqualTo("/usr/local/bin/kube-apiserver"));
            Assert.That(config.GetProperty("config").GetProperty("Env")[0].GetString(), Does.StartWith("PATH=").And.Contain("/usr/local/bin"));
            Assert.That((config.GetProperty("architecture").GetString(), config.GetProperty("os").GetString()), Is.EqualTo(("amd64", "linux")));
            Assert.That(layer.Keys, Is.EqualTo(new[] { "etc/", "etc/group", "etc/passwd", "tmp/", "usr/", "usr/local/", "usr/local/bin/", "usr/local/bin/kube-apiserver" }));
            var program = layer["usr/local/bin/kube-apiserver"];
            Assert.That((program.Uid, program.Gid, (int)program.Mode, program.ModificationTime), Is.EqualTo((0, 0, 0x1ED, DateTimeOffset.UnixEpoch)));
            Assert.That(((PaxTarEntry)program).ExtendedAttributes, Contains.Key("SCHILY.xattr.security.capability"));
            Assert.That((int)layer["tmp/"].Mode, Is.EqualTo(0x3FF));
        });
        var (pause, _) = await UnpackAsync("registry.k8s.io/pause:3.10.2");
        Assert.That((pause.GetProperty("config").GetProperty("User").GetString(), pause.GetProperty("config").GetProperty("Entrypoint")[0].GetString()), Is.EqualTo(("65535:65535", "/pause")));
    }

    [Test]
    public async Task The_proxy_finds_its_filter_programs_in_its_image()
    {
        await AddAsync("kubernetes", SmallPrograms.WriteKubernetes(folder.At("built"), "1.36.4"));
        var root = UnpackTo("registry.k8s.io/kube-proxy:v1.36.4");
        // A root of nothing but the image: the programs run with the libraries that came with them.
        foreach (var (program, says) in new[] { ("nft", "nftables v"), ("iptables", "iptables v"), ("iptables-save", "iptables-save v"), ("ip6tables-restore", "ip6tables-restore v") })
        {
            var ran = Tool.Run("chroot", [root, program, "--version"], "", new Dictionary<string, string> { ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" });
            Assert.That((ran.Status, ran.Output), Is.EqualTo((0, ran.Output)).And.Matches<(int, string)>(one => one.Item2.StartsWith(says, StringComparison.Ordinal)), ran.ToString());
        }
        var help = Tool.Run("chroot", [root, "/usr/sbin/iptables", "-m", "comment", "--help"]);
        Assert.That(help.Output, Does.Contain("comment match options"), "extensions are loaded by name: " + help);
    }

    [Test]
    public async Task Plugins_become_the_archive_that_the_manifest_names()
    {
        var built = SmallPrograms.Write(folder.At("built"), ("bridge", "CNI bridge plugin v1.9.1"), ("host-local", "x"), ("loopback", "x"), ("portmap", "x"), ("vlan", "x"));
        var asset = (await AddAsync("cni-plugins", built)).Assets.Single();
        Assert.That(asset.Path, Is.EqualTo("cni-plugins/cni-plugins-linux-amd64-v1.9.1.tgz"));
        var listed = Tool.Run("tar", ["-tvzf", Path.Combine(Assets, asset.Path), "--utc", "--full-time"]);
        Assert.That(listed.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[0] + " " + line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1] + " " + line.Split(' ')[^1]),
            Is.EqualTo(new[] { "bridge", "host-local", "loopback", "portmap", "vlan" }.Select(name => $"-rwxr-xr-x 0/0 {name}")));
        Assert.That(listed.Output, Does.Contain("1970-01-01 00:00:00"));
        Assert.That(PinnedSite.Of(PlannedClusters.Three, Assets).File("cni-plugins").Sha256, Is.EqualTo(asset.Sha256));
    }

    [Test]
    public async Task Another_version_than_the_manifest_names_takes_its_place_and_says_so_and_one_of_several_must_be_named()
    {
        var flannel = await AddAsync("flannel", SmallPrograms.Write(folder.At("flannel"), ("flanneld", "v0.27.1"), ("flannel", "x")));
        Assert.That(flannel.Images.Select(image => image.Reference), Is.EqualTo(new[] { "ghcr.io/flannel-io/flannel:v0.28.9", "ghcr.io/flannel-io/flannel-cni-plugin:v1.9.1-flannel3" }));
        Assert.That(flannel.Notes, Is.EqualTo(new[] { "flannel is 0.27.1; it takes the place of v0.28.9, which manifest.yaml names, and its name" }), "nothing of the plugin, whose version nobody said");
        var built = SmallPrograms.Write(folder.At("coredns"), ("coredns", "CoreDNS-1.12.0"));
        Assert.That(await RefusedAsync("coredns", built), Is.EqualTo(new[]
        {
            "manifest.yaml names the image registry.k8s.io/coredns/coredns in v1.14.2, v1.13.1, not in 1.12.0; say with --version whose place the build is to take",
        }));
        var coredns = await AddAsync("coredns", built, "v1.13.1");
        Assert.That(coredns.Images.Single().Reference, Is.EqualTo("registry.k8s.io/coredns/coredns:v1.13.1"));
        Assert.That(coredns.Notes, Is.EqualTo(new[] { "coredns says that it is 1.12.0; it is taken in as 1.13.1, as --version says" }));
        var root = UnpackTo("ghcr.io/flannel-io/flannel-cni-plugin:v1.9.1-flannel3");
        var copied = Tool.Run("chroot", [root, "/bin/cp", "-f", "/flannel", "/tmp/flannel"]);
        Assert.That(File.Exists(Path.Combine(root, "tmp", "flannel")), Is.True, copied.ToString());
    }

    [Test]
    public async Task A_program_with_libraries_runs_in_its_image_without_those_of_the_machine()
    {
        // Any program of the distribution that has libraries does for it.
        var built = Directory.CreateDirectory(folder.At("built")).FullName;
        File.Copy("/usr/bin/openssl", Path.Combine(built, "haproxy"));
        var added = await AddAsync("haproxy", built, "3.2.19");
        var root = UnpackTo(added.Images.Single().Reference);
        var ran = Tool.Run("chroot", ["--userspec=99:99", root, "haproxy", "version"], "", new Dictionary<string, string> { ["PATH"] = "/usr/local/sbin:/usr/bin:/usr/sbin" });
        Assert.That((ran.Status, ran.Output), Is.EqualTo((0, ran.Output)).And.Matches<(int, string)>(one => one.Item2.StartsWith("OpenSSL", StringComparison.Ordinal)), ran.ToString());
    }

    [Test]
    public async Task What_is_wrong_is_said_all_at_once_and_nothing_is_changed()
    {
        var built = SmallPrograms.Write(folder.At("built"), ("kubelet", "Kubernetes v1.36.4"), ("kube-proxy", "x"));
        Assert.That(await RefusedAsync("kubernetes", built), Is.EqualTo(
            new[] { "kubectl", "kube-apiserver", "kube-controller-manager", "kube-scheduler" }.Select(program => $"{built}/{program} is missing; kubernetes needs it")));
        SmallPrograms.WriteKubernetes(built, "1.33.1");
        Assert.That(await RefusedAsync("kubernetes", built), Is.EqualTo(new[] { "Kubernetes 1.33.1 is not supported; 1.34 to 1.36 are" }));
        SmallPrograms.Write(built, ("kubelet", "who knows"));
        Assert.That(await RefusedAsync("kubernetes", built), Is.EqualTo(new[] { "kubelet --version says no version within a minute; give it with --version" }));
        File.WriteAllText(Path.Combine(built, "kube-scheduler"), "#!/bin/sh\n");
        Assert.That(await RefusedAsync("kubernetes", built, "1.36.4"), Is.EqualTo(new[] { $"{built}/kube-scheduler is no program for linux/amd64" }));
        Assert.That(await RefusedAsync("kubernetes", folder.At("nowhere")), Is.EqualTo(new[] { $"{folder.At("nowhere")}: there is no such folder" }));
        Assert.That(await RefusedAsync("metallb", built), Has.Length.EqualTo(1));
        Assert.That(Directory.GetFileSystemEntries(Assets).Select(Path.GetFileName), Is.SubsetOf(new[] { ".lock" }));
        Assert.That(Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName), Is.EquivalentTo(new[] { "assets", "built" }));
    }

    [Test]
    public void The_command_prints_what_it_took_in()
    {
        var built = SmallPrograms.Write(folder.At("built"), ("crictl", "crictl version v1.36.0"));
        var text = Product.Run("assets", "add", "crictl", built, "--assets", Assets, "--state", State);
        Assert.That((text.Status, text.Output), Is.EqualTo((0, text.Output)).And.Matches<(int, string)>(one => one.Item2.StartsWith("asset  crictl/crictl-v1.36.0-linux-amd64.tar.gz  ", StringComparison.Ordinal)), text.ToString());
        var json = Product.Run("assets", "add", "crictl", built, "--assets", Assets, "--state", State, "--json");
        using var report = JsonDocument.Parse(json.Output);
        Assert.That(report.RootElement.GetProperty("assets")[0].GetProperty("path").GetString(), Is.EqualTo("crictl/crictl-v1.36.0-linux-amd64.tar.gz"));
        Assert.That(Product.Run("assets", "add", "crictl", folder.At("nowhere"), "--assets", Assets, "--state", State).Status, Is.EqualTo(1));
        Assert.That(Product.Run("assets", "add", "nonsense", built, "--assets", Assets, "--state", State).Status, Is.EqualTo(2));
        var listed = Product.Run("assets", "list", "--all", "--json", "--assets", Assets);
        Assert.That(listed.Output, Does.Contain("\"source\": \"local build\""));
        Assert.That(Product.Run("assets", "verify", "--assets", Assets).Status, Is.Zero);
        File.AppendAllText(Path.Combine(Assets, "crictl", "crictl-v1.36.0-linux-amd64.tar.gz"), "x");
        var verified = Product.Run("assets", "verify", "--assets", Assets);
        Assert.That((verified.Status, verified.Output + verified.Errors), Is.EqualTo((1, verified.Output + verified.Errors)).And.Matches<(int, string)>(one => one.Item2.Contains("sextant assets add crictl DIR", StringComparison.Ordinal)));
        var pulled = Product.Run("assets", "pull", "--only", "crictl/crictl-v1.36.0-linux-amd64.tar.gz", "--assets", Assets);
        Assert.That((pulled.Status, pulled.Errors), Is.EqualTo((1, pulled.Errors)).And.Matches<(int, string)>(one => one.Item2.Contains("make it with 'sextant assets add crictl DIR'", StringComparison.Ordinal)), "nobody else has it");
    }

    private async Task<AddOutcome> RunAsync(string set, string built, string? version, DateTimeOffset modified, string? state = null) =>
        await LocalBuild.RunAsync(new BuildRequest(set, built, Assets, state ?? State, version, modified), new Progress<WorkProgress>(), default);

    private async Task<AddOutcome.Added> AddAsync(string set, string built, string? version = null, DateTimeOffset? modified = null)
    {
        var outcome = await RunAsync(set, built, version, modified ?? DateTimeOffset.UnixEpoch);
        return outcome as AddOutcome.Added ?? throw new AssertionException(string.Join('\n', ((AddOutcome.Refused)outcome).Problems));
    }

    private async Task<string[]> RefusedAsync(string set, string built, string? version = null) =>
        await RunAsync(set, built, version, DateTimeOffset.UnixEpoch, folder.At("state")) is AddOutcome.Refused(var problems) ? [.. problems] : throw new AssertionException("it was taken in");

    /// <summary>The image as skopeo copies it out of the registry's content.</summary>
    private (JsonElement Config, string Layer) Copy(string reference)
    {
        var layout = folder.At("copied-" + Guid.NewGuid().ToString("N"));
        var image = ImageReference.Parse(reference);
        var copied = Tool.Run("skopeo", ["copy", "--insecure-policy", "--src-tls-verify=false", $"docker://{new Uri(appliance.RegistryBase).Authority}/{image.Here}:{image.Tag}", $"oci:{layout}:x"]);
        Assert.That(copied.Status, Is.Zero, copied.ToString());
        var manifest = Read(Json(Path.Combine(layout, "index.json")).GetProperty("manifests")[0]);
        return (Read(manifest.GetProperty("config")), PathOf(manifest.GetProperty("layers")[0]));

        string PathOf(JsonElement descriptor) => Path.Combine(layout, "blobs", "sha256", descriptor.GetProperty("digest").GetString()!.Split(':')[1]);
        JsonElement Read(JsonElement descriptor) => Json(PathOf(descriptor));
        static JsonElement Json(string path) => JsonDocument.Parse(File.ReadAllBytes(path)).RootElement;
    }

    private async Task<(JsonElement Config, Dictionary<string, TarEntry> Layer)> UnpackAsync(string reference)
    {
        var (config, layer) = Copy(reference);
        await using var tar = new TarReader(new GZipStream(File.OpenRead(layer), CompressionMode.Decompress));
        var entries = new Dictionary<string, TarEntry>(StringComparer.Ordinal);
        while (await tar.GetNextEntryAsync(copyData: true) is { } entry) entries[entry.Name] = entry;
        return (config, entries);
    }

    private string UnpackTo(string reference)
    {
        var (_, layer) = Copy(reference);
        var root = Directory.CreateDirectory(layer + ".root").FullName;
        var unpacked = Tool.Run("tar", ["-xzf", layer, "-C", root]);
        Assert.That(unpacked.Status, Is.Zero, unpacked.ToString());
        return root;
    }
}
