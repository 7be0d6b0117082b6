using NUnit.Framework;
using Sextant.Files;
using Sextant.Primitives;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Files;

public sealed class VerifiedFilesTests
{
    private static readonly byte[] Content = [.. Enumerable.Range(0, 3_000_000).Select(i => (byte)(i * 31))];
    private TemporaryFolder folder = null!;
    private string path = "";

    [SetUp]
    public void MakeFile()
    {
        folder = new TemporaryFolder();
        path = Path.Combine(folder.Path, "file");
        File.WriteAllBytes(path, Content);
    }

    [TearDown]
    public void RemoveFile() => folder.Dispose();

    [TestCase(DigestAlgorithm.Sha256)]
    [TestCase(DigestAlgorithm.Sha512)]
    public async Task A_file_with_its_digest_is_opened(DigestAlgorithm algorithm)
    {
        var opened = await new VerifiedFiles().OpenAsync(path, Digest.Of(algorithm, Content), CancellationToken.None);
        Assert.That(opened, Is.TypeOf<VerifiedFile.Good>());
        using var handle = ((VerifiedFile.Good)opened).Handle;
        Assert.That(((VerifiedFile.Good)opened).Length, Is.EqualTo(Content.Length));
    }

    [Test]
    public async Task One_changed_octet_is_noticed_even_when_the_times_are_put_back()
    {
        var files = new VerifiedFiles();
        var digest = Digest.Sha256Of(Content);
        ((VerifiedFile.Good)await files.OpenAsync(path, digest, CancellationToken.None)).Handle.Dispose();
        var modified = File.GetLastWriteTimeUtc(path);
        using (var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite))
        {
            file.Position = 1_234_567;
            file.WriteByte((byte)(Content[1_234_567] ^ 1));
        }
        File.SetLastWriteTimeUtc(path, modified);
        Assert.That(await files.OpenAsync(path, digest, CancellationToken.None), Is.EqualTo(new VerifiedFile.Corrupt(path)));
        File.WriteAllBytes(path, Content);
        Assert.That(await files.CheckAsync(path, digest, CancellationToken.None), Is.True, "a repaired file is good again");
    }

    [Test]
    public async Task Many_who_ask_at_once_get_the_same_answer()
    {
        var files = new VerifiedFiles();
        var digest = Digest.Sha256Of(Content);
        var opened = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => files.OpenAsync(path, digest, CancellationToken.None)));
        foreach (var good in opened.Cast<VerifiedFile.Good>()) good.Handle.Dispose();
        Assert.That(opened, Has.All.TypeOf<VerifiedFile.Good>());
    }

    [Test]
    public async Task A_missing_file_is_absent()
    {
        Assert.That(await new VerifiedFiles().OpenAsync(path + "x", Digest.Sha256Of(Content), CancellationToken.None), Is.TypeOf<VerifiedFile.Absent>());
        Assert.That(await new VerifiedFiles().CheckAsync(path + "x/y", Digest.Sha256Of(Content), CancellationToken.None), Is.Null);
    }
}
