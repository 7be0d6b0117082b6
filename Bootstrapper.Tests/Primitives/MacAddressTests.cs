using NUnit.Framework;
using Sextant.Primitives;

namespace Sextant.Tests.Primitives;

[TestFixture]
public sealed class MacAddressTests
{
    [TestCase("52:54:00:12:34:56")]
    [TestCase("52-54-00-12-34-56")]
    [TestCase("525400123456")]
    public void Every_common_spelling_is_the_same_address(string text) =>
        Assert.That(MacAddress.Parse(text).ToString(), Is.EqualTo("52:54:00:12:34:56"));

    [TestCase("")]
    [TestCase("52:54:00:12:34")]
    [TestCase("52:54:00:12:34:5g")]
    [TestCase("52:54-00:12:34:56")]
    [TestCase("52:54:00:12:34:56:78")]
    public void Anything_else_is_refused(string text) => Assert.That(MacAddress.TryParse(text, out _), Is.False);

    [Test]
    public void Octets_round_trip()
    {
        var octets = new byte[] { 0x52, 0x54, 0, 0x12, 0x34, 0x56 };
        var back = new byte[6];
        MacAddress.FromOctets(octets).CopyTo(back);
        Assert.That(back, Is.EqualTo(octets));
    }
}
