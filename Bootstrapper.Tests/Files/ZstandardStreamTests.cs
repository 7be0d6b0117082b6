using NUnit.Framework;
using Sextant.Files;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Files;

public sealed class ZstandardStreamTests
{
    private static readonly byte[] Content = [.. Enumerable.Range(0, 3_000_000).Select(i => (byte)(i / 1000 * (i % 7)))];

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(131_072)]
    [TestCase(3_000_000)]
    public void What_was_compressed_is_read_back(int length)
    {
        var content = Content[..length];
        Assert.That(Decompress(Compress(content, length)), Is.EqualTo(content));
    }

    [Test]
    public void The_pieces_it_is_written_in_do_not_matter()
    {
        var whole = Compress(Content, Content.Length);
        foreach (var piece in (int[])[1000, 65_536, 131_073]) Assert.That(Compress(Content, piece), Is.EqualTo(whole), $"pieces of {piece}");
    }

    [Test]
    public void Several_frames_are_one_content() =>
        Assert.That(Decompress([.. Compress(Content, 5000), .. Compress([1, 2, 3], 3)]), Is.EqualTo((byte[])[.. Content, 1, 2, 3]));

    [Test]
    public void The_programs_of_the_format_read_it_and_are_read()
    {
        using var folder = new TemporaryFolder();
        var ours = Path.Combine(folder.Path, "ours.zst");
        var plain = Path.Combine(folder.Path, "plain");
        File.WriteAllBytes(ours, Compress(Content, 70_000));
        File.WriteAllBytes(plain, Content);
        Assert.That(Tool.Run("zstd", ["-q", "-d", "-f", ours, "-o", Path.Combine(folder.Path, "read")]).Status, Is.Zero);
        Assert.That(File.ReadAllBytes(Path.Combine(folder.Path, "read")), Is.EqualTo(Content));
        Assert.That(Tool.Run("zstd", ["-q", "-19", plain, "-o", plain + ".zst"]).Status, Is.Zero);
        Assert.That(Decompress(File.ReadAllBytes(plain + ".zst")), Is.EqualTo(Content));
    }

    [Test]
    public void A_truncated_frame_is_no_content([Values(1, 4, 5, 20, 1000, 100_000)] int missing)
    {
        var frame = Compress([.. Content.Select((octet, i) => (byte)(octet ^ i * 7919 >> 3))], Content.Length);
        Assert.That(frame, Has.Length.GreaterThan(missing + 4));
        Assert.That(() => Decompress(frame[..^missing]), Throws.TypeOf<InvalidDataException>());
    }

    [Test]
    public void A_damaged_frame_is_no_content()
    {
        var frame = Compress(Content, Content.Length);
        for (var at = 0; at < frame.Length; at += Math.Max(1, frame.Length / 50))
        {
            var damaged = (byte[])frame.Clone();
            damaged[at] ^= 0x10;
            byte[] read;
            try
            {
                read = Decompress(damaged);
            }
            catch (InvalidDataException)
            {
                continue;
            }
            Assert.That(read, Is.EqualTo(Content), $"octet {at}: only a bit that means nothing may change without being noticed");
        }
    }

    private static byte[] Compress(byte[] content, int piece)
    {
        using var frame = new MemoryStream();
        using (var stream = ZstandardStream.Compress(frame, 3, leaveOpen: true))
            for (var at = 0; at < content.Length; at += piece) stream.Write(content.AsSpan(at, Math.Min(piece, content.Length - at)));
        return frame.ToArray();
    }

    private static byte[] Decompress(byte[] frame)
    {
        using var stream = ZstandardStream.Decompress(new MemoryStream(frame));
        using var content = new MemoryStream();
        stream.CopyTo(content, 7919);
        return content.ToArray();
    }
}
