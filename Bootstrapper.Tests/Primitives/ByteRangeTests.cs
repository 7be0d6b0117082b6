using NUnit.Framework;
using Sextant.Primitives;

namespace Sextant.Tests.Primitives;

[TestFixture]
public sealed class ByteRangeTests
{
    [TestCase("bytes=0-0", 0, 0)]
    [TestCase("bytes=0-99", 0, 99)]
    [TestCase("bytes=0-100", 0, 99)]
    [TestCase("bytes=10-19", 10, 19)]
    [TestCase("bytes=99-99", 99, 99)]
    [TestCase("bytes=50-", 50, 99)]
    [TestCase("bytes=-1", 99, 99)]
    [TestCase("bytes=-100", 0, 99)]
    [TestCase("bytes=-500", 0, 99)]
    [TestCase("BYTES=1-2", 1, 2)]
    [TestCase("bytes= 1-2 ", 1, 2)]
    [TestCase("bytes=,1-2,", 1, 2)]
    [TestCase("bytes=5-99999999999999999999999999", 5, 99)]
    [TestCase("bytes=-99999999999999999999999999", 0, 99)]
    public void A_range_inside_the_file_is_cut_to_it(string header, long first, long last) =>
        Assert.That(ByteRange.Parse(header, 100), Is.EqualTo(new ByteRange.Part(first, last)));

    [TestCase("bytes=100-")]
    [TestCase("bytes=100-200")]
    [TestCase("bytes=-0")]
    [TestCase("bytes=99999999999999999999999999-")]
    public void A_range_outside_the_file_is_unsatisfiable(string header) =>
        Assert.That(ByteRange.Parse(header, 100), Is.EqualTo(new ByteRange.Unsatisfiable()));

    [TestCase("bytes=0-")]
    [TestCase("bytes=-1")]
    public void An_empty_file_has_no_bytes_to_give(string header) =>
        Assert.That(ByteRange.Parse(header, 0), Is.EqualTo(new ByteRange.Unsatisfiable()));

    [TestCase("bytes=5-2")]
    [TestCase("bytes=99999999999999999999999999-5")]
    public void Backwards_is_a_case_of_its_own(string header) =>
        Assert.That(ByteRange.Parse(header, 100), Is.EqualTo(new ByteRange.Inverted()));

    [TestCase(null)]
    [TestCase("")]
    [TestCase("bytes")]
    [TestCase("bytes=")]
    [TestCase("bytes=,")]
    [TestCase("bytes=-")]
    [TestCase("bytes=5")]
    [TestCase("bytes=a-b")]
    [TestCase("bytes=+1-2")]
    [TestCase("bytes=1-+2")]
    [TestCase("bytes=1--2")]
    [TestCase("bytes=1 -2")]
    [TestCase("bytes=0-1,5-6")]
    [TestCase("items=0-5")]
    [TestCase("bytes:0-5")]
    public void What_a_server_may_ignore_gives_the_whole_file(string? header) =>
        Assert.That(ByteRange.Parse(header, 100), Is.EqualTo(new ByteRange.Whole()));
}
