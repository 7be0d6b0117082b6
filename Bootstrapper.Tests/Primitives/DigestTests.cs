using NUnit.Framework;
using Sextant.Primitives;

namespace Sextant.Tests.Primitives;

public sealed class DigestTests
{
    // FIPS 180-4 examples: "abc".
    [TestCase(DigestAlgorithm.Sha256, "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [TestCase(DigestAlgorithm.Sha512, "sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f")]
    public void Known_digests_are_computed_printed_and_read(DigestAlgorithm algorithm, string text)
    {
        var digest = Digest.Of(algorithm, "abc"u8);
        Assert.That(digest.ToString(), Is.EqualTo(text));
        Assert.That(Digest.TryParse(text, out var read), Is.True);
        Assert.That(read, Is.EqualTo(digest));
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase("sha256:")]
    [TestCase("sha256:baddigeststring")]
    [TestCase("md5:900150983cd24fb0d6963f7d28e17f72")]
    [TestCase("sha256:BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD")]
    [TestCase("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad0")]
    [TestCase("sha512:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [TestCase("sha256:../../../../etc/passwd000000000000000000000000000000000000000000000")]
    public void What_is_no_digest_is_not_read(string? text) => Assert.That(Digest.TryParse(text, out _), Is.False);
}
