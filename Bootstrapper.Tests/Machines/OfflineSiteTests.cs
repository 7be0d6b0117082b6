using System.Buffers.Binary;
using System.Formats.Tar;
using NUnit.Framework;
using Sextant.Assets;
using Sextant.Cluster;
using Sextant.Files;
using Sextant.Lab;
using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Registry;
using Sextant.Tests.Bundle;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Machines;

/// <summary>
/// A site without a network: a bundle made of one bootstrapper's folders is loaded into those of another, which has no route to anywhere, and a machine
/// installs itself from there. Of the site's two mirrors one is down and one has another image of the same size, which unpacks as well as the right one:
/// the machine takes kernel and initial RAM disk from the latter and the image from the bootstrapper. Takes about two minutes.
/// </summary>
[TestFixture, Category("Machine"), NonParallelizable]
public sealed class OfflineSiteTests
{
    private static readonly string[] Programs = ["kubernetes/1.36.4/kubelet", "kubernetes/1.36.4/kubectl", "crictl/crictl.tgz", "cni-plugins/plugins.tgz"];
    private static readonly string[] Images =
    [
        "registry.k8s.io/pause:3.10.2", "registry.k8s.io/kube-apiserver:v1.36.4", "registry.k8s.io/kube-controller-manager:v1.36.4", "registry.k8s.io/kube-scheduler:v1.36.4",
        "registry.k8s.io/kube-proxy:v1.36.4", "registry.k8s.io/coredns/coredns:v1.14.2", "ghcr.io/flannel-io/flannel:v1", "ghcr.io/flannel-io/flannel-cni-plugin:v1", "docker.io/library/haproxy:3",
    ];

    private const string DeadMirror = "http://10.0.0.6";
    private const string WrongMirror = "http://10.0.0.1:8081";
    private const string NodeImage = "debian/rootfs.tar.zst";
    private static readonly string[] BuiltFiles = ["debian/vmlinuz", "debian/live.img", NodeImage];

    private readonly Rack rack = new(MachineLab.NewFolder("offline"), TimeProvider.System);
    private readonly TestKit.TemporaryFolder folder = new();

    [OneTimeTearDown]
    public void RemoveFolder() => folder.Dispose();

    [TearDown]
    public async Task RemoveTheRack()
    {
        await MachineLab.ReportFailureAsync(rack);
        if (rack.Exists) await rack.TakeDownAsync(keepFolder: false);
    }

    [Test, CancelAfter(600_000)]
    public async Task A_machine_installs_itself_from_a_bundle_though_nothing_else_can_be_reached_and_the_mirrors_are_dead_or_wrong(CancellationToken cancellation)
    {
        var description = OneMachine();
        await PrepareConnectedSiteAsync(cancellation);
        var bundled = TestKit.Product.Run("assets", "bundle", description, "--assets", folder.At("assets"), "--state", folder.At("state"), "-o", folder.At("site.tar.zst"));
        Assert.That(bundled.Status, Is.Zero, bundled.ToString());
        var fingerprint = bundled.Output.Split('\n').Single(line => line.StartsWith("signed by ", StringComparison.Ordinal))["signed by ".Length..];

        var assets = folder.At("offline-assets");
        var plan = RackPlanner.Plan(ClusterFile.Load(description).Description!, new RackRequest
        {
            DescriptionFile = description,
            AssetFolder = assets,
            Program = MachineLab.Program,
            Name = $"offline-{Environment.ProcessId}",
            Firmware = FirmwareChoice.Bios,
            Port = MachineLab.Port,
        }, rack.Folder, TimeProvider.System.GetUtcNow());
        Prerequisites.Check(plan.Machines.Select(machine => machine.Firmware));
        await rack.BuildAsync(plan, cancellation);
        await rack.StopBootstrapperAsync(cancellation);

        var inside = new Sextant.Lab.NetworkNamespace(plan.Namespace);
        Assert.That(TestKit.Tool.Run("ip", ["-n", plan.Namespace, "route", "show", "default"]).Output, Is.Empty, "there is no way out");
        var command = inside.Wrap(["dotnet", TestKit.Product.Dll, "assets", "load", folder.At("site.tar.zst"), description, "--assets", assets, "--state", rack.Folder.BootstrapperState, "--trust", fingerprint]);
        var loaded = TestKit.Tool.Run(command[0], [.. command.Skip(1)]);
        Assert.That(loaded.Status, Is.Zero, loaded.ToString());
        await TestContext.Out.WriteLineAsync(loaded.Output);
        Assert.That(AssetFolder.Load(assets).Problems, Is.Empty);
        var store = RegistryStore.Open(Path.Combine(rack.Folder.BootstrapperState, "registry"));
        Assert.That(await StoreVerification.RunAsync(store, new Progress<WorkProgress>(), cancellation), Is.Empty);
        Assert.That(store.FindTag(RepositoryName.Parse("registry.k8s.io/pause"), TagName.Parse("3.10.2")), Is.Not.Null);

        await rack.StartBootstrapperAsync(cancellation);
        var machine = rack.State.Machines.Single();
        var mirrors = ClusterFile.Load(description).Description!.AssetMirrors;
        Assert.That(MirrorChoice.Of(mirrors, machine.Mac, rack: null), Is.EqualTo([DeadMirror, WrongMirror]), "the machine asks the dead one first");
        var other = OtherImage();
        var mirrorLog = folder.At("mirror.log");
        await LabCommandLine.StartDetachedAsync(inside.Wrap(["busybox", "httpd", "-f", "-vv", "-p", "10.0.0.1:8081", "-h", folder.At("mirror")]), mirrorLog, cancellation);
        await rack.PowerOnAsync(machine.Mac, cancellation);
        using var client = MachineLab.Operator(rack.Folder);
        using var status = new StatusClient(rack.Folder.HttpSocket);
        while ((await status.NodesAsync(cancellation))?.Any(node => node.Mac == machine.Mac && node.Stage != NodeStatus.Waiting) != true) await Task.Delay(250, cancellation);
        IReadOnlyList<(string Kind, string Summary)> timeline;
        while (!(timeline = await MachineLab.TimelineAsync(client, machine, cancellation)).Any(happened => happened.Kind == "installed")) await Task.Delay(250, cancellation);
        var wanted = AssetIndex.Load(assets).Find(NodeImage)!.Sha256;
        Assert.That(timeline.Where(happened => happened.Summary.Contains("http://", StringComparison.Ordinal)).Select(happened => happened.Summary), Is.EqualTo(
        [
            $"installing: {DeadMirror}/{NodeImage}: it does not answer",
            $"installing: {WrongMirror}/{NodeImage}: the image's digest is {other}, not {wanted}",
        ]), "the machine's history says why it left each mirror");
        var asked = await File.ReadAllTextAsync(mirrorLog, cancellation);
        foreach (var name in BuiltFiles) Assert.That(asked, Does.Contain($"url:/{name}"));
    }

    /// <summary>The example's first machine alone, with two mirrors.</summary>
    private string OneMachine()
    {
        var example = Repository.Read("cluster-desc.example.yaml");
        var second = example.IndexOf("\n  - mac: \"52:54:00:00:00:02\"", StringComparison.Ordinal);
        Assert.That(second, Is.Positive);
        return folder.Write("cluster-desc.yaml", $"{example[..second]}\n\nasset_mirrors:\n  - url: {WrongMirror}\n  - url: {DeadMirror}\n");
    }

    /// <summary>
    /// Fills the folder of the wrong mirror: the right kernel and live system; in place of the image another one that is as long, made so by a skippable frame
    /// (RFC 8878 section 3.1.2), and unpacks without an error. Nothing but its digest tells.
    /// </summary>
    /// <returns>The digest of the other image in hexadecimal.</returns>
    private string OtherImage()
    {
        Directory.CreateDirectory(folder.At("mirror", "debian"));
        foreach (var name in BuiltFiles.Where(name => name != NodeImage)) File.Copy(Path.Combine(MachineLab.Assets, name), folder.At("mirror", name));
        var path = folder.At("mirror", NodeImage);
        using (var file = File.Create(path))
        {
            using (var archive = new TarWriter(ZstandardStream.Compress(file, 1, leaveOpen: true)))
                archive.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, "intruder") { DataStream = new MemoryStream("not of this image"u8.ToArray()) });
            var length = new FileInfo(Path.Combine(MachineLab.Assets, NodeImage)).Length;
            var head = new byte[8];
            BinaryPrimitives.WriteUInt32LittleEndian(head, 0x184D2A50);
            BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(4), checked((uint)(length - file.Position - head.Length)));
            file.Write(head);
            file.SetLength(length);
        }
        return VerifiedFiles.DigestOf(path, DigestAlgorithm.Sha256).Hex;
    }

    /// <summary>An asset folder with the built files and a registry with an image: what the description needs by a manifest of its own.</summary>
    private async Task PrepareConnectedSiteAsync(CancellationToken cancellation)
    {
        var agent = BundleSite.Octets(4, 5_000);
        folder.Write("assets/manifest.yaml", $$"""
            version: 2
            assets:
              debian/vmlinuz: {kind: kernel, description: Linux., licence: GPL-2.0-only, build: debian, for: {os: debian} }
              debian/live.img: {kind: initrd, description: The live system., licence: GPL-2.0-or-later, build: debian, for: {os: debian} }
              debian/rootfs.tar.zst: {kind: image, description: A node., licence: LicenseRef-Debian-main, build: debian, for: {os: debian} }
            {{string.Concat(Programs.Select(path => $"  {path}: {{kind: {(path.EndsWith(".tgz", StringComparison.Ordinal) ? "archive" : "binary")}, description: A program., version: 1.36.4, licence: Apache-2.0, url: \"https://downloads.example/{path}\", sha256: {Digest.Sha256Of(agent).Hex}, for: {{kubernetes: 1.36.4}} }}\n"))}}
            images:
            {{string.Concat(Images.Select(image => $"  \"{image}\": {{description: An image., licence: Apache-2.0, for: {{kubernetes: 1.36.4}} }}\n"))}}
            """);
        var index = AssetIndex.Load(MachineLab.Assets);
        var assets = new List<BuiltAsset>();
        foreach (var name in BuiltFiles)
        {
            var entry = index.Find(name);
            Assert.That(entry, Is.Not.Null, $"{MachineLab.Assets}/{name} is missing: 'sextant assets build debian' makes it; build.sh does so before it runs these tests.");
            var copy = folder.At("assets", $".{assets.Count}");
            File.Copy(Path.Combine(MachineLab.Assets, name), copy);
            assets.Add(new BuiltAsset(name, copy, entry!.Recipe, entry.BuiltFrom));
        }
        foreach (var program in Programs)
        {
            var copy = folder.At("assets", $".{assets.Count}");
            await File.WriteAllBytesAsync(copy, agent, cancellation);
            assets.Add(new BuiltAsset(program, copy, "", new Dictionary<string, string>()));
        }
        AssetFolder.Publish(folder.At("assets"), assets);
        var store = RegistryStore.Open(folder.At("state", "registry"));
        foreach (var (repository, tag) in Images.Select(image => (image.Split(':')[0], image.Split(':')[1])))
            _ = await BundleSite.PushAsync(store, RepositoryName.Parse(repository), "{\"architecture\":\"amd64\"}"u8.ToArray(), BundleSite.Octets(5, 100_000), tag);
    }
}
