using NUnit.Framework;
using Sextant.Primitives;
using Sextant.Registry;

namespace Sextant.Tests.Registry;

[TestFixture]
public sealed class ContentAnswerTests
{
    private static readonly Digest Digest = Digest.Sha256Of("x"u8);
    private static readonly string Tag = $"\"{Digest}\"";

    private static IEnumerable<TestCaseData> Requests()
    {
        var whole = new ContentAnswer.Whole();
        yield return new("", "", "", whole);
        yield return new("", "", "bytes=0-", new ContentAnswer.Part(0, 99));
        yield return new("", "", "bytes=10-19", new ContentAnswer.Part(10, 19));
        yield return new("", "", "bytes=90-200", new ContentAnswer.Part(90, 99));
        yield return new("", "", "bytes=-5", new ContentAnswer.Part(95, 99));
        yield return new("", "", "bytes=100-", new ContentAnswer.Unsatisfiable());
        yield return new("", "", "bytes=5-2", new ContentAnswer.Unsatisfiable());
        yield return new("", "", "bytes=0-1,5-6", whole);
        yield return new(Tag, "", "bytes=0-1", new ContentAnswer.NotModified());
        yield return new($"\"other\", W/{Tag}", "", "", new ContentAnswer.NotModified());
        yield return new("*", "", "", new ContentAnswer.NotModified());
        yield return new("\"other\"", "", "", whole);
        yield return new("nonsense", "", "", whole);
        yield return new("", Tag, "bytes=0-1", new ContentAnswer.Part(0, 1));
        yield return new("", "\"other\"", "bytes=0-1", whole);
        yield return new("", "W/" + Tag, "bytes=0-1", whole);
        yield return new("", "Sun, 01 Mar 2026 12:00:00 GMT", "bytes=0-1", whole);
    }

    [TestCaseSource(nameof(Requests))]
    public void Conditions_come_before_ranges(string ifNoneMatch, string ifRange, string range, object answer) =>
        Assert.That(ContentAnswer.Decide(Digest, 100, isGet: true, ifNoneMatch, ifRange, range), Is.EqualTo(answer));

    [Test]
    public void Head_knows_no_ranges() => Assert.That(ContentAnswer.Decide(Digest, 100, isGet: false, "", "", "bytes=5-"), Is.EqualTo(new ContentAnswer.Whole()));
}

[TestFixture]
public sealed class ChunkRangeTests
{
    [TestCase("0-0", 0, 0)]
    [TestCase("0-1023", 0, 1023)]
    [TestCase(" 5-9 ", 5, 9)]
    [TestCase("bytes 5-9/*", 5, 9)]
    [TestCase("bytes 5-9/10", 5, 9)]
    public void A_chunk_says_where_it_belongs(string header, long first, long last)
    {
        Assert.That(ChunkRange.TryParse(header, out var range), Is.True);
        Assert.That(range, Is.EqualTo(new ChunkRange(first, last)));
    }

    [TestCase("")]
    [TestCase("-")]
    [TestCase("-5")]
    [TestCase("5-")]
    [TestCase("5-4")]
    [TestCase("a-b")]
    [TestCase("+1-2")]
    [TestCase("1-2-3")]
    [TestCase("0-9223372036854775807")]
    [TestCase("0-99999999999999999999")]
    public void Anything_else_is_refused(string header) => Assert.That(ChunkRange.TryParse(header, out _), Is.False);
}

[TestFixture]
public sealed class PageTests
{
    private static readonly string[] Sorted = ["B", "a", "b", "c"];

    [TestCase(null, null, "B a b c", null)]
    [TestCase(2, null, "B a", "a")]
    [TestCase(2, "a", "b c", null)]
    [TestCase(1, "a", "b", "b")]
    [TestCase(4, null, "B a b c", null)]
    [TestCase(9, null, "B a b c", null)]
    [TestCase(0, null, "", null)]
    [TestCase(null, "a", "b c", null)]
    [TestCase(null, "aa", "b c", null)]
    [TestCase(3, "c", "", null)]
    public void A_page_begins_behind_the_last_one(int? count, string? after, string items, string? last)
    {
        var page = Page.Of(Sorted, count, after);
        Assert.That(string.Join(' ', page.Items), Is.EqualTo(items));
        Assert.That(page.Last, Is.EqualTo(last));
    }
}
