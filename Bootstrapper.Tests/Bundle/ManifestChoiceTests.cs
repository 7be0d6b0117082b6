using System.Text;
using NUnit.Framework;
using Sextant.Assets;
using Sextant.Bundle;
using Sextant.Primitives;

namespace Sextant.Tests.Bundle;

public sealed class ManifestChoiceTests
{
    private const string Offered = Kernel + "  other: {kind: archive, description: Other., licence: MIT, build: debian}\n";
    private const string Kernel = "version: 2\nassets:\n  kernel: {kind: kernel, description: Linux., licence: GPL-2.0-only, build: debian}\n";

    private static readonly BundleDocument List = new(
        1, "", new BundlePurpose(null, [], [], []), [new BundledAsset("kernel", "", "", [])], [], [new BundleEntry("assets/kernel", 1, new string('a', 64), "GPL-2.0-only", null)]);

    private static IEnumerable<TestCaseData> Choices()
    {
        var edited = Kernel.Replace("Linux.", "Our Linux.", StringComparison.Ordinal);
        yield return new TestCaseData(null, null, "", typeof(ManifestChoice.Install)).SetName("a folder without a manifest gets the bundle's");
        yield return new TestCaseData(Offered, null, "kernel", typeof(ManifestChoice.Keep)).SetName("the same text stays");
        yield return new TestCaseData(edited, null, "kernel", typeof(ManifestChoice.Keep)).SetName("a text that agrees stays");
        yield return new TestCaseData(edited, edited, "kernel", typeof(ManifestChoice.Install)).SetName("a text that a bundle brought is replaced");
        yield return new TestCaseData(edited, Kernel, "kernel", typeof(ManifestChoice.Keep)).SetName("a text that was edited since stays");
        yield return new TestCaseData(edited, edited, "elsewhere", typeof(ManifestChoice.Keep)).SetName("a text that lists a file of the folder which the bundle's does not stays");
        yield return new TestCaseData(Kernel.Replace("kind: kernel", "kind: image", StringComparison.Ordinal), null, "", typeof(ManifestChoice.Conflict)).SetName("another kind is a conflict");
        yield return new TestCaseData(Kernel.Replace("kernel:", "kernel2:", StringComparison.Ordinal), null, "", typeof(ManifestChoice.Conflict)).SetName("a text without the asset is a conflict");
        yield return new TestCaseData(Kernel.Replace("build: debian", $"url: \"https://a.example/k\", sha256: {new string('b', 64)}", StringComparison.Ordinal), null, "", typeof(ManifestChoice.Conflict))
            .SetName("a pin of another digest is a conflict");
        yield return new TestCaseData("nonsense", null, "", typeof(ManifestChoice.Conflict)).SetName("a text that cannot be read is a conflict");
    }

    [TestCaseSource(nameof(Choices))]
    public void A_manifest_is_chosen(string? folder, string? installed, string indexed, Type expected)
    {
        var index = new AssetIndex([.. indexed.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(path => new IndexEntry(path, AssetKind.Kernel, 1, new string('a', 64), false, "", []))]);
        var choice = ManifestChoice.Of(folder, installed is null ? null : Digest.Sha256Of(Encoding.UTF8.GetBytes(installed)), LocalManifest.None, index, Offered, LocalManifest.None, List);
        Assert.That(choice, Is.TypeOf(expected));
    }

    [TestCase("", TestName = "the bundle's build is taken")]
    [TestCase("  kernel: {kind: kernel, description: Ours., licence: MIT, local: kernels, sha256: $b}\n", TestName = "the bundle's build takes the place of the folder's")]
    public void Builds_of_the_bundle_are_merged(string here)
    {
        var builds = LocalManifest.Parse($"version: 2\nassets:\n  kernel: {{kind: kernel, description: Theirs., licence: MIT, local: kernels, sha256: {new string('a', 64)}}}\n");
        var choice = ManifestChoice.Of(Offered, null, Builds(here), AssetIndex.Empty, Offered, builds, List);
        Assert.That(((ManifestChoice.Keep)choice).Manifest.Entries.Single(entry => entry.Path == "kernel").Source.Pinned?.Hex, Is.EqualTo(new string('a', 64)));
    }

    [Test]
    public void A_build_of_the_folder_is_not_replaced_by_what_is_none()
    {
        var choice = ManifestChoice.Of(Offered, null, Builds("  kernel: {kind: kernel, description: Ours., licence: MIT, local: kernels, sha256: $b}\n"), AssetIndex.Empty, Offered, LocalManifest.None, List);
        Assert.That(((ManifestChoice.Conflict)choice).Problems, Is.EqualTo(new[] { "local.yaml of the asset folder has a build of its own as kernel, and the bundle another one: remove the entry, and the bundle's is used" }));
    }

    private static LocalManifest Builds(string entry) =>
        entry.Length == 0 ? LocalManifest.None : LocalManifest.Parse("version: 2\nassets:\n" + entry.Replace("$b", new string('b', 64), StringComparison.Ordinal));

    [Test]
    public void A_bundle_whose_own_manifest_does_not_have_its_assets_is_refused()
    {
        var choice = ManifestChoice.Of(null, null, LocalManifest.None, AssetIndex.Empty, "version: 2\nassets: {}\n", LocalManifest.None, List);
        Assert.That(((ManifestChoice.Conflict)choice).Problems.Single(), Does.Contain("kernel"));
    }
}
