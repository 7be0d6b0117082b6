using NUnit.Framework;
using Sextant.Assets;
using Sextant.Cluster;
using Sextant.Primitives;

namespace Sextant.Tests.Assets;

public sealed class LocalManifestTests
{
    private static readonly Digest Some = Digest.FromSha256Hex(new string('a', 64));

    private static readonly NeedConditions Everything = new([OperatingSystemName.Rocky, OperatingSystemName.FedoraCoreos], ["1.36", "1.35.8"], [BootFirmware.Uefi], ["metrics-server"]) { VirtualAddress = true };

    private static readonly LocalManifest Full = LocalManifest.None.With(
    [
        new AssetEntry("local/tool", AssetKind.Binary, "A \"tool\": with # all sorts, ümläuts.", "1.0", "MIT", true, new AssetSource.Local("tools", Some), 17, Everything),
        new AssetEntry("fetched", AssetKind.Archive, "d", null, "MIT", false, new AssetSource.Download(new Uri("https://a.example/x?y=1"), Some, null), null, NeedConditions.None),
        new AssetEntry("packaged", AssetKind.Loader, "d", null, "MIT", false, new AssetSource.Package("ipxe", "usr/lib/x"), null, NeedConditions.None),
        new AssetEntry("made", AssetKind.Image, "d", null, "MIT", false, new AssetSource.Build("debian"), null, NeedConditions.None),
    ],
    [
        new ImageEntry("registry.example:5000/a/b:v1", Some, "An image", "MIT AND Apache-2.0", NeedConditions.None with { KubernetesVersions = ["1.36.77"] }) { LocalSet = "tools" },
        new ImageEntry("registry.k8s.io/pause:3.10", null, "An image", "MIT", NeedConditions.None),
    ]);

    [Test]
    public void What_is_written_is_what_is_read()
    {
        var read = LocalManifest.Parse(Full.ToYaml());
        Assert.That(read.Content.Problems, Is.Empty, Full.ToYaml());
        Assert.That(read.ToYaml(), Is.EqualTo(Full.ToYaml()));
        var (entry, image) = (read.Content.Entries.Single(one => one.Path == "local/tool"), read.Content.Images[0]);
        Assert.Multiple(() =>
        {
            Assert.That(entry.Source, Is.EqualTo(new AssetSource.Local("tools", Some)));
            Assert.That((entry.Description, entry.Version, entry.ByTftp, entry.Size), Is.EqualTo(("A \"tool\": with # all sorts, ümläuts.", "1.0", true, 17)));
            Assert.That(entry.For.OperatingSystems, Is.EqualTo(Everything.OperatingSystems));
            Assert.That(entry.For.KubernetesVersions, Is.EqualTo(Everything.KubernetesVersions));
            Assert.That((entry.For.Boot, entry.For.Addons, entry.For.VirtualAddress), Is.EqualTo((Everything.Boot, Everything.Addons, true)));
            Assert.That((image.Reference, image.Digest, image.LocalSet), Is.EqualTo(("registry.example:5000/a/b:v1", (Digest?)Some, "tools")));
            Assert.That(read.Content.Entries.Single(one => one.Path == "fetched").Source, Is.EqualTo(new AssetSource.Download(new Uri("https://a.example/x?y=1"), Some, null)));
        });
    }

    [Test]
    public void Its_entries_take_the_place_of_the_manifests_where_they_stand_and_others_come_after()
    {
        var manifest = AssetManifest.Parse("""
            version: 2
            assets:
              local/tool: {kind: binary, description: Upstream's., licence: MIT, url: "https://a.example/t", sha256: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb}
              other: {kind: binary, description: Other., licence: MIT, build: debian}
            images:
              "registry.k8s.io/pause:3.10": {description: Upstream's., licence: MIT}
            """);
        var merged = Full.Over(manifest);
        Assert.That(merged.Entries.Select(entry => entry.Path), Is.EqualTo(new[] { "local/tool", "other", "fetched", "made", "packaged" }));
        Assert.That(merged.Entries[0].Source, Is.TypeOf<AssetSource.Local>());
        Assert.That(merged.Images.Select(image => (image.Reference, image.Description)), Is.EqualTo(new[] { ("registry.k8s.io/pause:3.10", "An image"), ("registry.example:5000/a/b:v1", "An image") }));
    }

    [TestCase("assets:\n  x: {kind: binary, description: d, licence: MIT, local: tools}\n", "sha256 is missing")]
    [TestCase("assets:\n  x: {kind: binary, description: d, licence: MIT, local: tools, sha256: abc}\n", "64 lower-case")]
    [TestCase("assets:\n  x: {kind: binary, description: d, licence: MIT, local: tools, build: debian}\n", "exactly one source")]
    [TestCase("assets:\n  x: {kind: binary, description: d, licence: MIT, local: tools, signature: {}}\n", "signature goes with url, not with local")]
    [TestCase("images:\n  \"a.example/x:1\": {description: d, licence: MIT, local: tools}\n", "digest is missing")]
    public void A_build_without_a_pin_is_a_problem_of_this_file(string entries, string problem)
    {
        using var folder = new TestKit.TemporaryFolder();
        folder.Write(LocalManifest.FileName, "version: 2\n" + entries);
        var problems = AssetManifest.Load(folder.Path).Problems;
        Assert.That(problems, Has.Some.Matches<AssetProblem>(one => one!.Path == "local.yaml" && one.Message.Contains(problem, StringComparison.Ordinal)), string.Join('\n', problems));
    }

    [Test]
    public void A_signature_goes_with_the_file_it_is_of()
    {
        const string Head = "version: 2\nkeys:\n  maker: {description: d, file: keys/maker.asc, fingerprint: F88CFEDEFF29A5B4D9523864E25D9AED0593B34A}\nassets:\n";
        var signed = AssetManifest.Parse(Head + "  x: {kind: image, description: d, licence: MIT, url: \"https://example.org/x\", signature: {url: \"https://example.org/x.sig\", key: maker}}\n");
        Assert.That(signed.Entries.Select(entry => entry.Path), Is.EqualTo(new[] { "x", "x.sig" }));
        var again = LocalManifest.Parse(new LocalManifest(signed).ToYaml());
        Assert.That((again.Content.Problems.Count, again.Content.Entries[1].Source), Is.EqualTo((0, signed.Entries[1].Source)));
        var unsigned = LocalManifest.Parse("version: 2\nassets:\n  x: {kind: image, description: d, licence: MIT, build: debian}\n");
        Assert.That(unsigned.Over(signed).Entries.Select(entry => entry.Path), Is.EqualTo(new[] { "x" }));
    }
}
