using NUnit.Framework;
using Sextant.Primitives;

namespace Sextant.Tests.Primitives;

public sealed class OctetsTests
{
    [TestCase(0, "0 octets")]
    [TestCase(1, "1 octet")]
    [TestCase(9_999, "9999 octets")]
    [TestCase(66_700, "67 kB")]
    [TestCase(9_999_499, "9999 kB")]
    [TestCase(81_200_000, "81 MB")]
    [TestCase(1_200_000_000, "1.2 GB")]
    public void People_read_a_rounded_number_with_a_unit(long count, string text) => Assert.That(Octets.Text(count), Is.EqualTo(text));
}
