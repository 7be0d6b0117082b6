using NUnit.Framework;
using Sextant.Assets;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Assets;

public sealed class AssetManifestTests
{
    private const string Good = """
        assets:
          debian/vmlinuz:
            kind: kernel
            description: Linux
            source: here
            licence: GPL-2.0-only
            tftp: true
        """;

    [Test]
    public void The_manifest_of_the_project_lists_what_the_builds_make_and_only_loaders_go_by_TFTP()
    {
        var manifest = AssetManifest.Parse(File.ReadAllText(Repository.PathOf("pxe-assets", "manifest.yaml")));
        Assert.That(manifest.Problems, Is.Empty);
        Assert.That(manifest.Entries.Select(entry => entry.Path), Is.EquivalentTo(new[] { "undionly.kpxe", "snponly.efi", "debian/vmlinuz", "debian/live.img", "debian/rootfs.tar.zst" }));
        Assert.That(manifest.Entries.Where(entry => entry.ByTftp).Select(entry => entry.Kind), Is.All.EqualTo(AssetKind.Loader));
        Assert.That(manifest.Entries.Count(entry => entry.ByTftp), Is.EqualTo(2));
        Assert.That(AssetManifest.BuiltIn(), Is.EqualTo(File.ReadAllText(Repository.PathOf("pxe-assets", "manifest.yaml"))));
    }

    [Test]
    public void An_entry_is_read_whole() => Assert.That(AssetManifest.Parse(Good).Entries.Single(),
        Is.EqualTo(new AssetEntry("debian/vmlinuz", AssetKind.Kernel, "Linux", "here", "GPL-2.0-only", true)));

    [TestCase("kind: kernel", "colour: red", "line 3: debian/vmlinuz: unknown key 'colour'")]
    [TestCase("kind: kernel", "kind: Kernel", "kind must be loader, kernel, initrd, image")]
    [TestCase("    kind: kernel\n", "", "kind must be")]
    [TestCase("tftp: true", "tftp: yes", "tftp must be true or false")]
    [TestCase("source: here", "source:", "source is missing")]
    [TestCase("source: here", "source: [here]", "line 5: debian/vmlinuz: 'source' must be plain text")]
    [TestCase("source: here", "kind: kernel", "'kind' is given twice")]
    [TestCase("debian/vmlinuz", "../vmlinuz", "line 2: '../vmlinuz' is no asset path")]
    [TestCase("debian/vmlinuz", "/vmlinuz", "is no asset path")]
    [TestCase("debian/vmlinuz", ".hidden", "is no asset path")]
    [TestCase("assets:", "files:", "line 1: unknown key 'files'")]
    [TestCase("tftp: true", "tftp: [true", "is not as expected")]
    public void A_wrong_entry_is_a_problem_with_its_line_and_is_left_out(string from, string to, string problem)
    {
        var manifest = AssetManifest.Parse(Good.ReplaceLineEndings("\n").Replace(from, to, StringComparison.Ordinal));
        Assert.That(manifest.Entries, Is.Empty);
        Assert.That(manifest.Problems.Select(found => found.Message), Has.Some.Contains(problem));
        Assert.That(manifest.Problems.Select(found => found.Path), Is.All.EqualTo("manifest.yaml"));
    }

    [TestCase("")]
    [TestCase("# nothing")]
    [TestCase("- a list")]
    [TestCase("text")]
    [TestCase("assets: []")]
    [TestCase("\t")]
    [TestCase("assets: {a: {b: {c: *d}}}")]
    public void What_is_no_manifest_is_a_problem(string text) => Assert.That(AssetManifest.Parse(text).Problems, Is.Not.Empty);

    [Test]
    public void A_path_listed_twice_is_a_problem()
    {
        var twice = AssetManifest.Parse(Good + "\n" + string.Join('\n', Good.ReplaceLineEndings("\n").Split('\n').Skip(1)));
        Assert.That(twice.Entries, Has.Count.EqualTo(1));
        Assert.That(twice.Problems.Single().Message, Does.Contain("listed twice"));
    }

    [Test]
    public void A_prefix_of_a_manifest_never_throws()
    {
        for (var length = 0; length < Good.Length; length++)
            Assert.That(() => AssetManifest.Parse(Good[..length]), Throws.Nothing, Good[..length]);
    }
}
