using System.Globalization;
using System.Text;
using NUnit.Framework;
using Sextant.Assets;
using Sextant.Bundle;
using Sextant.Cluster;
using Sextant.Primitives;
using Sextant.Registry;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Bundle;

/// <summary>
/// A bootstrapper's folders on disk: assets (built, fetched, of a package), and a registry with an image, an image for two machines of which one is here,
/// a manifest about another one, and a layer that two repositories share. Together they are everything the cluster needs.
/// </summary>
internal sealed class BundleSite : IDisposable
{
    public const string Pause = "registry.k8s.io/pause:3.10.2";
    public const string Application = "registry.example:5000/team/app:v1";
    public const string Kubelet = "kubernetes/1.36.4/kubelet";

    public static readonly ClusterDescription Cluster = PlannedClusters.Three with { Registry = RegistryDescription.Builtin with { Images = [Application] } };

    private static readonly Lazy<BundleKey> SharedKey = new(BundleKey.Create);

    private readonly TemporaryFolder folder = new();

    public string Assets => folder.At("assets");

    public string State => folder.At("state");

    public string Root => folder.Path;

    public RegistryStore Store => RegistryStore.Open(Path.Combine(State, "registry"));

    /// <summary>Who signs: making a key takes long, so all sites that make bundles have the same.</summary>
    public static BundleSigner Signer => Key.Signer;

    /// <summary>That key.</summary>
    public static BundleKey Key => SharedKey.Value;

    public string File(string name) => folder.At(name);

    /// <summary>A site with nothing.</summary>
    public static BundleSite Empty() => new();

    /// <summary>A site with everything the cluster needs.</summary>
    /// <param name="layerLength">The size of the shared layer, in octets.</param>
    public static async Task<BundleSite> FullAsync(int layerLength = 300_000)
    {
        var site = new BundleSite();
        site.UseSharedKey();
        Directory.CreateDirectory(site.Assets);
        System.IO.File.WriteAllText(Path.Combine(site.Assets, AssetManifest.FileName), Manifest());
        site.Publish(
            ("debian/vmlinuz", Octets(1, 40_000), new() { ["linux-image-cloud-amd64"] = "6.12.73-1" }),
            ("debian/rootfs.tar.zst", Octets(2, layerLength), new() { ["base-files"] = "13.8+deb13u3", ["libc6"] = "2.41-12", ["util-linux"] = "1:2.41-5~a" }),
            ("snponly.efi", Octets(3, 70_001), new() { ["ipxe"] = "1.0.0+git-20240329" }),
            (Kubelet, Octets(4, 5_000), []));
        await site.PushAsync(layerLength);
        return site;
    }

    public static byte[] Octets(int seed, int length)
    {
        var octets = new byte[length];
        new Random(seed).NextBytes(octets);
        return octets;
    }

    /// <summary>Puts the key of the tests into the state folder.</summary>
    public void UseSharedKey()
    {
        var keys = Path.Combine(State, "pki", "bundle");
        Directory.CreateDirectory(keys, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        System.IO.File.WriteAllText(Path.Combine(keys, "key.pem"), SharedKey.Value.ExportPem());
        System.IO.File.SetUnixFileMode(Path.Combine(keys, "key.pem"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    /// <summary>Trusts the signer of the tests.</summary>
    public BundleSite Trusting()
    {
        new BundleKeyFolder(State).Trust(Signer);
        return this;
    }

    public async Task<string> BundleAsync(string name = "site.tar.zst")
    {
        var outcome = await BundleWriter.WriteAsync(new BundleRequest(Assets, State, Cluster, Everything: false, EvenIncomplete: false), File(name), new Progress<WorkProgress>(), default);
        Assert.That(outcome, Is.TypeOf<BundleOutcome.Written>(), outcome is BundleOutcome.Refused(var problems) ? string.Join("\n", problems) : "");
        return File(name);
    }

    public async Task<LoadOutcome> LoadAsync(string bundle, ClusterDescription? cluster = null, string? trust = null, BundleSigner? key = null)
    {
        await using var stream = System.IO.File.OpenRead(bundle);
        return await LoadAsync(stream, cluster, trust, key);
    }

    public Task<LoadOutcome> LoadAsync(Stream bundle, ClusterDescription? cluster = null, string? trust = null, BundleSigner? key = null) =>
        BundleLoader.LoadAsync(bundle, new LoadRequest(Assets, State, cluster, trust, key), new Progress<WorkProgress>(), default);

    /// <summary>Everything anybody can see of the site: assets by path and digest, tags by name and digest.</summary>
    public IReadOnlyList<string> Visible()
    {
        var store = Store;
        return
        [
            .. AssetFolder.Load(Assets).Files.Select(file => $"{file.Path} {file.Sha256}").Order(StringComparer.Ordinal),
            .. store.Repositories().SelectMany(repository => store.Tags(repository).Select(tag => $"{repository}:{tag} {store.FindTag(repository, tag)}")),
        ];
    }

    /// <summary>Nothing in asset folder and registry is other than it should be, and nothing is left over.</summary>
    public async Task IsSoundAsync(bool withoutLeftovers = true)
    {
        var catalog = AssetFolder.Load(Assets);
        if (Directory.Exists(Assets)) Assert.That(catalog.Problems, Is.Empty);
        foreach (var file in catalog.Files) Assert.That(Sextant.Files.VerifiedFiles.DigestOf(file.FullPath, DigestAlgorithm.Sha256).Hex, Is.EqualTo(file.Sha256), file.Path);
        Assert.That(await StoreVerification.RunAsync(Store, new Progress<WorkProgress>(), default), Is.Empty);
        if (!withoutLeftovers) return;
        Assert.That(Directory.EnumerateDirectories(Assets, ".load-*"), Is.Empty);
        Assert.That(Directory.EnumerateFiles(Path.Combine(State, "registry", "uploads")), Is.Empty);
    }

    public void Publish(params (string Path, byte[] Content, Dictionary<string, string> BuiltFrom)[] assets)
    {
        var work = Directory.CreateDirectory(Path.Combine(Assets, ".made")).FullName;
        AssetFolder.Publish(Assets, [.. assets.Select((asset, index) =>
        {
            var path = Path.Combine(work, index.ToString(CultureInfo.InvariantCulture));
            System.IO.File.WriteAllBytes(path, asset.Content);
            return new BuiltAsset(asset.Path, path, asset.BuiltFrom.Count > 0 ? "0123456789abcdef" : "", asset.BuiltFrom);
        })]);
        Directory.Delete(work);
    }

    public void Dispose() => folder.Dispose();

    /// <summary>The manifest of the site: what the cluster needs and one thing it does not.</summary>
    public static string Manifest() => $$"""
        version: 2
        keys:
          flatcar:
            description: A key that the manifest names.
            file: keys/flatcar.asc
            fingerprint: F88CFEDEFF29A5B4D9523864E25D9AED0593B34A
        assets:
          snponly.efi: {kind: loader, description: "iPXE.", licence: GPL-2.0-or-later, tftp: true, package: ipxe, member: usr/lib/ipxe/snponly.efi, for: {boot: uefi} }
          debian/vmlinuz: {kind: kernel, description: "Linux.", licence: GPL-2.0-only, build: debian, for: {os: debian} }
          debian/rootfs.tar.zst: {kind: image, description: "A node.", licence: LicenseRef-Debian-main, build: debian, for: {os: debian} }
          {{Kubelet}}:
            kind: binary
            description: The agent.
            version: 1.36.4
            licence: Apache-2.0
            url: https://downloads.example/v{version}/kubelet
            sha256: {{Digest.Sha256Of(Octets(4, 5_000)).Hex}}
            for: {kubernetes: 1.36.4}
          spare.tar: {kind: archive, description: "Nobody needs it.", licence: MIT, url: "https://downloads.example/spare.tar", sha256: {{Digest.Sha256Of("spare"u8).Hex}} }
        images:
          "{{Pause}}": {description: "Holds namespaces.", licence: Apache-2.0, for: {kubernetes: 1.36.4} }
        """;

    private async Task PushAsync(int layerLength)
    {
        var store = Store;
        var pause = RepositoryName.Parse("registry.k8s.io/pause");
        var application = RepositoryName.Parse("registry.example_5000/team/app");
        var layer = Octets(5, layerLength);
        var (amd64, amd64Length) = await PushAsync(store, pause, "{\"architecture\":\"amd64\"}"u8.ToArray(), layer, tag: null);
        // The index lists a second machine's image that was never pulled.
        var index = Encoding.UTF8.GetBytes($$$"""
            {"schemaVersion":2,"mediaType":"{{{MediaTypes.OciIndex}}}","manifests":[
             {"mediaType":"{{{MediaTypes.OciManifest}}}","digest":"{{{amd64}}}","size":{{{amd64Length}}},"platform":{"os":"linux","architecture":"amd64"}},
             {"mediaType":"{{{MediaTypes.OciManifest}}}","digest":"{{{Digest.Sha256Of("elsewhere"u8)}}}","size":9,"platform":{"os":"linux","architecture":"arm64"}}]}
            """);
        _ = await store.PutManifestAsync(pause, index, MediaTypes.OciIndex, DigestAlgorithm.Sha256, [TagName.Parse("3.10.2")], default);
        _ = await PushAsync(store, pause, "{\"signature\":1}"u8.ToArray(), "a signature"u8.ToArray(), tag: null, subject: (Digest.Sha256Of(index), index.Length));
        _ = await PushAsync(store, application, "{\"architecture\":\"amd64\",\"app\":true}"u8.ToArray(), layer, "v1");
    }

    /// <summary>Pushes an image of one layer.</summary>
    public static async Task<(Digest Digest, int Length)> PushAsync(RegistryStore store, RepositoryName repository, byte[] configuration, byte[] layer, string? tag, (Digest Digest, int Length)? subject = null)
    {
        foreach (var content in (byte[][])[configuration, layer])
        {
            using var upload = store.BeginUpload(repository);
            await upload.AppendAsync(new MemoryStream(content), null, default);
            Assert.That(await upload.CommitAsync(Digest.Sha256Of(content), default), Is.TypeOf<UploadEnd.Stored>());
        }
        var about = subject is { } other ? $$$""","subject":{"mediaType":"{{{MediaTypes.OciIndex}}}","digest":"{{{other.Digest}}}","size":{{{other.Length}}}}""" : "";
        var manifest = Encoding.UTF8.GetBytes($$$"""
            {"schemaVersion":2,"mediaType":"{{{MediaTypes.OciManifest}}}",
             "config":{"mediaType":"{{{MediaTypes.OciConfig}}}","digest":"{{{Digest.Sha256Of(configuration)}}}","size":{{{configuration.Length}}}},
             "layers":[{"mediaType":"{{{MediaTypes.OciLayer}}}","digest":"{{{Digest.Sha256Of(layer)}}}","size":{{{layer.Length}}}}]{{{about}}}}
            """);
        var put = await store.PutManifestAsync(repository, manifest, MediaTypes.OciManifest, DigestAlgorithm.Sha256, tag is null ? [] : [TagName.Parse(tag)], default);
        return (((ManifestPut.Stored)put).Digest, manifest.Length);
    }
}
