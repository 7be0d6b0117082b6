using NUnit.Framework;
using Sextant.Tftp;
using Sextant.Tftp.Wire;

namespace Sextant.Tests.Tftp;

[TestFixture]
public sealed class TftpNegotiationTests
{
    private static readonly TftpLimits Limits = new() { BlockSize = 1468, WindowSize = 64, WindowOctets = 64 * 1024 };

    // RFC 1350: nothing asked, nothing answered
    [TestCase("", "", 512, 1, 0)]
    // RFC 2347: unknown options are ignored, names are compared without regard to case and sent back as they came, a second one of a name does not count
    [TestCase("multicast= foo=1", "", 512, 1, 0)]
    [TestCase("BLKSIZE=1024", "BLKSIZE=1024", 1024, 1, 0)]
    [TestCase("blksize=1024 foo=1 tsize=0", "blksize=1024 tsize=100000", 1024, 1, 0)]
    [TestCase("blksize=1024 blksize=600", "blksize=1024", 1024, 1, 0)]
    [TestCase("blksize=x blksize=600", "blksize=600", 600, 1, 0)]
    // RFC 2348: 8 to 65464; a smaller value than asked may be answered, never a larger one
    [TestCase("blksize=8", "blksize=8", 8, 1, 0)]
    [TestCase("blksize=7", "", 512, 1, 0)]
    [TestCase("blksize=0", "", 512, 1, 0)]
    [TestCase("blksize=-1", "", 512, 1, 0)]
    [TestCase("blksize= ", "", 512, 1, 0)]
    [TestCase("blksize=1468", "blksize=1468", 1468, 1, 0)]
    [TestCase("blksize=1469", "blksize=1468", 1468, 1, 0)]
    [TestCase("blksize=65464", "blksize=1468", 1468, 1, 0)]
    [TestCase("blksize=65536", "blksize=1468", 1468, 1, 0)]
    [TestCase("blksize=99999999999999999999", "", 512, 1, 0)]
    // RFC 2349: the timeout is taken as it is or not at all; tsize is answered with the size
    [TestCase("timeout=1", "timeout=1", 512, 1, 1)]
    [TestCase("timeout=255", "timeout=255", 512, 1, 255)]
    [TestCase("timeout=0", "", 512, 1, 0)]
    [TestCase("timeout=256", "", 512, 1, 0)]
    [TestCase("tsize=0", "tsize=100000", 512, 1, 0)]
    [TestCase("tsize=junk", "", 512, 1, 0)]
    // RFC 7440: 1 to 65535; a smaller value may be answered
    [TestCase("windowsize=1", "windowsize=1", 512, 1, 0)]
    [TestCase("windowsize=0", "", 512, 1, 0)]
    [TestCase("windowsize=65535", "windowsize=64", 512, 64, 0)]
    [TestCase("windowsize=65536", "", 512, 1, 0)]
    // the window's octets are bounded, in whatever order the two options come
    [TestCase("windowsize=64 blksize=1468", "windowsize=44 blksize=1468", 1468, 44, 0)]
    [TestCase("blksize=1468 windowsize=64", "blksize=1468 windowsize=44", 1468, 44, 0)]
    // what EDK2, iPXE, GRUB, U-Boot and curl ask for
    [TestCase("tsize=0 blksize=1468 windowsize=4", "tsize=100000 blksize=1468 windowsize=4", 1468, 4, 0)]
    [TestCase("blksize=1432 tsize=0", "blksize=1432 tsize=100000", 1432, 1, 0)]
    [TestCase("blksize=1024 tsize=0", "blksize=1024 tsize=100000", 1024, 1, 0)]
    [TestCase("timeout=5 tsize=0 blksize=1468", "timeout=5 tsize=100000 blksize=1468", 1468, 1, 5)]
    [TestCase("tsize=0 blksize=512 timeout=6", "tsize=100000 blksize=512 timeout=6", 512, 1, 6)]
    public void Options_are_taken_by_the_rules(string asked, string accepted, int blockSize, int windowSize, int timeout)
    {
        var parameters = TftpNegotiation.Negotiate(Options(asked), 100_000, Limits);
        Assert.That(TftpCorpus.Print(parameters.Accepted).TrimStart(), Is.EqualTo(accepted));
        Assert.That((parameters.BlockSize, parameters.WindowSize, (int)(parameters.Timeout?.TotalSeconds ?? 0)), Is.EqualTo((blockSize, windowSize, timeout)));
    }

    [Test]
    public void A_size_that_is_not_told_is_left_out() =>
        Assert.That(TftpCorpus.Print(TftpNegotiation.Negotiate(Options("tsize=0 blksize=600"), null, Limits).Accepted), Is.EqualTo(" blksize=600"));

    [Test]
    public void A_block_larger_than_the_windows_octets_leaves_a_window_of_one() =>
        Assert.That(TftpNegotiation.Negotiate(Options("blksize=65464 windowsize=9"), 1, Limits with { BlockSize = 65464, WindowOctets = 1000 }).WindowSize, Is.EqualTo(1));

    private static List<TftpOption> Options(string text) =>
        [.. text.Split(' ').Where(each => each.Contains('=', StringComparison.Ordinal)).Select(each => new TftpOption(each.Split('=')[0], each.Split('=')[1]))];
}
