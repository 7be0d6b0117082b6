using System.Diagnostics;
using NUnit.Framework;
using Sextant.Assets;

namespace Sextant.Tests.Assets;

public sealed class AssetFolderTests
{
    private static readonly string[] DebianPaths = ["debian/vmlinuz", "debian/live.img", "debian/rootfs.tar.zst"];

    [Test]
    public void A_published_file_is_served_with_its_size_digest_and_protocol()
    {
        using var folder = new TemporaryFolder();
        AssetFolder.Publish(folder.Path, [folder.Build("snponly.efi", "loader"), folder.Build("debian/vmlinuz", "kernel")]);
        var catalog = AssetFolder.Load(folder.Path);
        Assert.That(catalog.Problems, Is.Empty);
        Assert.That(catalog.Files.Select(file => (file.Path, file.Length, file.ByTftp)), Is.EquivalentTo(new[] { ("snponly.efi", 6L, true), ("debian/vmlinuz", 6L, true) }));
        var kernel = catalog.Find("debian/vmlinuz")!;
        Assert.That(kernel.Sha256, Is.EqualTo(Sha256Of("kernel")));
        Assert.That(kernel.FullPath, Is.EqualTo(folder.PathOf("debian/vmlinuz")));
        Assert.That(kernel.LastModified, Is.EqualTo(new DateTimeOffset(File.GetLastWriteTimeUtc(kernel.FullPath))));
    }

    [TestCase("missing", "missing")]
    [TestCase("shorter", "has 3 octets instead of 6")]
    [TestCase("longer", "has 9 octets instead of 6")]
    [TestCase("link", "debian/vmlinuz is a symbolic link")]
    [TestCase("linked folder", "debian is a symbolic link")]
    [TestCase("directory", "missing")]
    public void A_file_that_is_not_what_was_built_is_not_served(string what, string reason)
    {
        using var folder = new TemporaryFolder();
        AssetFolder.Publish(folder.Path, [folder.Build("debian/vmlinuz", "kernel"), folder.Build("snponly.efi", "loader")]);
        var path = folder.PathOf("debian/vmlinuz");
        switch (what)
        {
            case "missing":
                File.Delete(path);
                break;
            case "shorter":
                File.WriteAllText(path, "ker");
                break;
            case "longer":
                File.WriteAllText(path, "kernelker");
                break;
            case "link":
                File.Move(path, folder.PathOf("elsewhere"));
                File.CreateSymbolicLink(path, folder.PathOf("elsewhere"));
                break;
            case "linked folder":
                Directory.Move(folder.PathOf("debian"), folder.PathOf("elsewhere"));
                Directory.CreateSymbolicLink(folder.PathOf("debian"), folder.PathOf("elsewhere"));
                break;
            case "directory":
                File.Delete(path);
                Directory.CreateDirectory(path);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(what));
        }
        var catalog = AssetFolder.Load(folder.Path);
        Assert.That(catalog.Files.Select(file => file.Path), Is.EqualTo(new[] { "snponly.efi" }), "the sound file is served all the same");
        Assert.That(catalog.Problems.Single().Path, Is.EqualTo("debian/vmlinuz"));
        Assert.That(catalog.Problems.Single().Message, Does.Contain(reason));
    }

    [TestCase("../../etc/passwd", "is no asset path")]
    [TestCase("/etc/passwd", "is no asset path")]
    [TestCase("debian/../../x", "is no asset path")]
    [TestCase("debian//vmlinuz", "is no asset path")]
    [TestCase(".lock", "is no asset path")]
    [TestCase("debian/evil", "is not in manifest.yaml")]
    public void An_index_cannot_name_a_file_outside_of_what_the_manifest_lists(string path, string reason)
    {
        using var folder = new TemporaryFolder();
        AssetFolder.Publish(folder.Path, [folder.Build("debian/vmlinuz", "kernel")]);
        folder.Write("debian/evil", "kernel");
        var index = folder.PathOf(AssetIndex.FileName);
        File.WriteAllText(index, Unsealed(index).Replace("debian/vmlinuz", path, StringComparison.Ordinal));
        var catalog = AssetFolder.Load(folder.Path);
        Assert.That(catalog.Files, Is.Empty);
        Assert.That(catalog.Problems.Single().Message, Does.Contain(reason));
    }

    [TestCase("")]
    [TestCase("{")]
    [TestCase("null")]
    [TestCase("{\"assets\":null}")]
    [TestCase("{\"assets\":[{\"size\":1}]}")]
    [TestCase("{\"assets\":[null]}")]
    public void An_unreadable_index_is_a_problem_and_no_exception(string text)
    {
        using var folder = new TemporaryFolder();
        folder.Write(AssetIndex.FileName, text);
        var catalog = AssetFolder.Load(folder.Path);
        Assert.That(catalog.Files, Is.Empty);
        Assert.That(catalog.Problems.Single().Path, Is.EqualTo(AssetIndex.FileName));
    }

    [Test]
    public void A_digest_that_is_none_is_not_made_part_of_a_file_name()
    {
        using var folder = new TemporaryFolder();
        AssetFolder.Publish(folder.Path, [folder.Build("debian/vmlinuz", "kernel")]);
        var index = folder.PathOf(AssetIndex.FileName);
        File.WriteAllText(index, Unsealed(index).Replace(Sha256Of("kernel"), "/../../vmlinuz", StringComparison.Ordinal));
        Assert.That(AssetFolder.Load(folder.Path).Problems.Single().Message, Does.Contain("no SHA-256"));
    }

    [Test]
    public void A_folder_that_does_not_exist_or_is_empty_serves_nothing()
    {
        using var folder = new TemporaryFolder();
        Assert.That(AssetFolder.Load(folder.Path).Files, Is.Empty);
        var none = AssetFolder.Load(folder.PathOf("none"));
        Assert.That(none.Files, Is.Empty);
        Assert.That(none.Problems.Single().Message, Does.Contain("sextant assets build debian"));
    }

    [Test]
    public void A_path_that_the_manifest_does_not_list_cannot_be_published()
    {
        using var folder = new TemporaryFolder();
        Assert.That(() => AssetFolder.Publish(folder.Path, [folder.Build("debian/other", "x")]), Throws.InstanceOf<InvalidDataException>());
        Assert.That(File.Exists(folder.PathOf(AssetIndex.FileName)), Is.False);
    }

    [Test]
    public void Loading_looks_at_no_content_and_takes_less_than_50_ms_with_files_of_gigabytes()
    {
        using var folder = new TemporaryFolder();
        AssetFolder.Publish(folder.Path, [.. DebianPaths.Select(path => folder.Build(path, "x"))]);
        using (var file = File.OpenWrite(folder.PathOf("debian/rootfs.tar.zst"))) file.SetLength(8L << 30);
        var index = folder.PathOf(AssetIndex.FileName);
        var text = Unsealed(index);
        var at = text.IndexOf("\"size\": 1,", text.IndexOf("rootfs", StringComparison.Ordinal), StringComparison.Ordinal);
        File.WriteAllText(index, string.Concat(text.AsSpan(0, at), $"\"size\": {8L << 30},", text.AsSpan(at + "\"size\": 1,".Length)));
        Assert.That(AssetFolder.Load(folder.Path).Files, Has.Count.EqualTo(3));
        var best = Enumerable.Range(0, 5).Min(_ =>
        {
            var clock = Stopwatch.StartNew();
            AssetFolder.Load(folder.Path);
            return clock.ElapsedMilliseconds;
        });
        Assert.That(best, Is.LessThan(50));
    }

    internal static string Sha256Of(string text) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)));

    /// <summary>The index as an earlier version would have written it: without its own digest.</summary>
    private static string Unsealed(string index) => File.ReadAllText(index).Replace("\"digest\": \"sha256:", "\"other\": \"sha256:", StringComparison.Ordinal);
}
