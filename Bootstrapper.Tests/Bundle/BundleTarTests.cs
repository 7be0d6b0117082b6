using System.Formats.Tar;
using NUnit.Framework;
using Sextant.Bundle;

namespace Sextant.Tests.Bundle;

public sealed class BundleTarTests
{
    private static IEnumerable<TestCaseData> Entries()
    {
        yield return new TestCaseData("bundle.json", 0L).SetName("empty");
        yield return new TestCaseData(new string('a', 100), 1L).SetName("the longest plain name");
        yield return new TestCaseData($"assets/{new string('b', 99)}/{new string('c', 93)}", 511L).SetName("a long name");
        yield return new TestCaseData("assets/large", 0x1_FFFF_FFFFL).SetName("the largest plain size");
        yield return new TestCaseData("assets/larger", 0x2_0000_0000L).SetName("a size beyond it");
        yield return new TestCaseData($"assets/{new string('d', 190)}", 123_456_789_012L).SetName("both");
    }

    [TestCaseSource(nameof(Entries))]
    public async Task Others_read_the_header_as_it_was_meant(string path, long size)
    {
        var header = BundleTar.HeaderOf(path, size);
        Assert.That(header.Length % BundleTar.BlockSize, Is.Zero);
        // A stream that cannot be searched: the reader must not try to skip the content that is not there.
        await using var reader = new TarReader(new PiecewiseStream(header, seed: 1), leaveOpen: false);
        var entry = await reader.GetNextEntryAsync();
        Assert.That(entry, Is.Not.Null);
        Assert.That((entry!.Name, entry.Length, entry.EntryType), Is.EqualTo((path, size, TarEntryType.RegularFile)));
        Assert.That((entry.Uid, entry.Gid, entry.ModificationTime), Is.EqualTo((0, 0, DateTimeOffset.UnixEpoch)));
    }

    [Test]
    public void Only_its_own_headers_state_a_size()
    {
        var header = BundleTar.HeaderOf("bundle.json", 4711);
        Assert.That(BundleTar.SizeIn(header, "bundle.json"), Is.EqualTo(4711));
        Assert.That(BundleTar.SizeIn(header, "bundle.jsom"), Is.Null);
        for (var at = 0; at < header.Length; at++)
        {
            header[at] ^= 1;
            Assert.That(BundleTar.SizeIn(header, "bundle.json"), Is.Null, $"octet {at}");
            header[at] ^= 1;
        }
    }
}
