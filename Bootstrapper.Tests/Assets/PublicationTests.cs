using NUnit.Framework;
using Sextant.Assets;

namespace Sextant.Tests.Assets;

public sealed class PublicationTests
{
    private static readonly string[] Paths = ["debian/vmlinuz", "debian/live.img", "debian/rootfs.tar.zst"];

    /// <summary>Every step a publication takes, in order.</summary>
    private static readonly string[] Steps =
    [
        "stage debian/vmlinuz", "stage debian/live.img", "stage debian/rootfs.tar.zst", "index",
        "name debian/vmlinuz", "name debian/live.img", "name debian/rootfs.tar.zst", "end",
    ];

    [Test]
    public void The_steps_are_those_the_crash_table_knows()
    {
        using var folder = new TemporaryFolder();
        var steps = new List<string>();
        AssetFolder.Publish(folder.Path, Generation(folder, "old"), steps.Add);
        Assert.That(steps, Is.EqualTo(Steps));
    }

    // Same sizes on purpose: only names and the index can tell the generations apart.
    [TestCaseSource(nameof(Steps))]
    public void A_build_that_dies_before_a_step_leaves_all_old_files_or_all_new_ones(string crash)
    {
        using var folder = new TemporaryFolder();
        AssetFolder.Publish(folder.Path, [.. Generation(folder, "old"), folder.Build("snponly.efi", "loader")]);
        Assert.That(() => AssetFolder.Publish(folder.Path, Generation(folder, "new"), step =>
        {
            if (step == crash) throw new IOException("the power failed");
        }), Throws.InstanceOf<IOException>());

        var expected = Array.IndexOf(Steps, crash) <= Array.IndexOf(Steps, "index") ? "old" : "new";
        AssertServes(folder, expected);
        AssertServes(folder, expected);
        AssetFolder.Publish(folder.Path, Generation(folder, "3rd"));
        AssertServes(folder, "3rd");
        Assert.That(Directory.EnumerateFiles(folder.PathOf("debian"), ".*"), Is.Empty, "what the dead build left is gone");
    }

    [Test]
    public void A_pending_file_is_served_from_where_it_is_when_it_cannot_be_renamed()
    {
        using var folder = new TemporaryFolder();
        Assert.That(() => AssetFolder.Publish(folder.Path, Generation(folder, "new"), step =>
        {
            if (step == "name debian/live.img") throw new IOException("the power failed");
        }), Throws.InstanceOf<IOException>());
        // A folder in the way makes the rename fail for root as well.
        Directory.CreateDirectory(folder.PathOf("debian/live.img"));
        var file = AssetFolder.Load(folder.Path).Find("debian/live.img")!;
        Assert.That(File.ReadAllText(file.FullPath), Is.EqualTo("new debian/live.img"));
    }

    [Test]
    public void A_file_and_one_whose_name_begins_with_its_name_are_published_together()
    {
        using var folder = new TemporaryFolder();
        folder.Write(AssetManifest.FileName, "version: 2\nassets:\n"
            + string.Concat(((string[])["image", "image.sig"]).Select(path => $"  {path}: {{kind: image, description: d, licence: MIT, build: debian}}\n")));
        AssetFolder.Publish(folder.Path, [folder.Build("image", "the image"), folder.Build("image.sig", "its signature")]);
        Assert.That((File.ReadAllText(folder.PathOf("image")), File.ReadAllText(folder.PathOf("image.sig"))), Is.EqualTo(("the image", "its signature")));
    }

    [Test]
    public void The_same_content_can_be_published_again()
    {
        using var folder = new TemporaryFolder();
        AssetFolder.Publish(folder.Path, Generation(folder, "old"));
        AssetFolder.Publish(folder.Path, Generation(folder, "old"));
        AssertServes(folder, "old");
    }

    [Test]
    public void Files_count_as_present_only_when_all_are_there_and_the_recipe_is_the_same()
    {
        using var folder = new TemporaryFolder();
        Assert.That(AssetBuild.IsUpToDate(folder.PathOf("none"), Paths, "r1"), Is.False);
        AssetFolder.Publish(folder.Path, Generation(folder, "old"));
        Assert.That(AssetBuild.IsUpToDate(folder.Path, Paths, "r1"), Is.True);
        Assert.That(AssetBuild.IsUpToDate(folder.Path, Paths, "r2"), Is.False);
        File.Delete(folder.PathOf(Paths[1]));
        Assert.That(AssetBuild.IsUpToDate(folder.Path, Paths, "r1"), Is.False);
    }

    [Test]
    public void Two_builds_in_one_folder_do_not_run_together_and_leftovers_go()
    {
        using var folder = new TemporaryFolder();
        folder.Write(".build-99999/half", "x");
        using (var first = AssetBuild.TryBegin(folder.Path))
        {
            Assert.That(first, Is.Not.Null);
            Assert.That(Directory.Exists(folder.PathOf(".build-99999")), Is.False);
            Assert.That(AssetBuild.TryBegin(folder.Path), Is.Null);
            Assert.That(Directory.Exists(first!.WorkFolder), Is.True, "the second one must not remove the first one's work");
        }
        Assert.That(Directory.EnumerateDirectories(folder.Path), Is.Empty);
        using var next = AssetBuild.TryBegin(folder.Path);
        Assert.That(next, Is.Not.Null);
    }

    private static BuiltAsset[] Generation(TemporaryFolder folder, string name) => [.. Paths.Select(path => folder.Build(path, $"{name} {path}"))];

    private static void AssertServes(TemporaryFolder folder, string generation)
    {
        var catalog = AssetFolder.Load(folder.Path);
        Assert.That(catalog.Problems, Is.Empty);
        foreach (var path in Paths)
        {
            var file = catalog.Find(path)!;
            var content = File.ReadAllText(file.FullPath);
            Assert.That(content, Is.EqualTo($"{generation} {path}"));
            Assert.That(file.Sha256, Is.EqualTo(AssetFolderTests.Sha256Of(content)));
        }
    }
}
