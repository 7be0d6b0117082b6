using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;
using Sextant.Tftp.Wire;

namespace Sextant.Tests.Tftp.Wire;

[TestFixture]
public sealed class TftpWireTests
{
    private static IEnumerable<TestCaseData> Corpus => TftpCorpus.All.Select(entry => new TestCaseData(entry).SetArgDisplayNames(entry.Name));

    [TestCaseSource(nameof(Corpus))]
    public void A_captured_packet_reads_as_its_file_says_and_writes_back_to_its_octets(TftpCorpus entry)
    {
        Assert.That(TftpReader.TryRead(entry.Octets, out var packet, out var error), Is.True, $"{error}");
        Assert.That(TftpCorpus.Print(packet), Is.EqualTo(entry.Printed));
        var written = new byte[2000];
        Assert.That(written[..TftpWriter.Write(written, packet)], Is.EqualTo(entry.Octets));
    }

    [TestCaseSource(nameof(Corpus))]
    public void Every_prefix_and_every_change_of_an_octet_is_read_or_refused_by_name(TftpCorpus entry)
    {
        for (var length = 0; length < entry.Octets.Length; length++) ReadsOrRefuses(entry.Octets.AsSpan(0, length));
        var changed = (byte[])entry.Octets.Clone();
        for (var at = 0; at < changed.Length; at++)
        {
            for (var value = 0; value < 256; value++)
            {
                changed[at] = (byte)value;
                ReadsOrRefuses(changed);
            }
            changed[at] = entry.Octets[at];
        }
    }

    [Test]
    public void A_hundred_thousand_random_datagrams_are_read_or_refused_by_name()
    {
        var random = new Random(69);
        var read = 0;
        for (var i = 0; i < 100_000; i++)
        {
            var octets = new byte[random.Next(600)];
            random.NextBytes(octets);
            if (octets.Length > 1 && i % 4 != 0) (octets[0], octets[1]) = (0, (byte)random.Next(8));
            if (ReadsOrRefuses(octets)) read++;
        }
        Assert.That(read, Is.GreaterThan(10_000).And.LessThan(100_000));
    }

    [Test]
    public void Any_packet_reads_back_as_it_was_written()
    {
        var text = Gen.Choose(1, 255).Select(code => (char)code).ArrayOf().Select(letters => new string(letters));
        var name = text.Where(each => each.Length > 0).Select(each => each.Length > 60 ? each[..60] : each);
        var options = Gen.Zip(name, text.Select(each => each.Length > 60 ? each[..60] : each)).Select(pair => new TftpOption(pair.Item1, pair.Item2)).ListOf(3);
        var number = Gen.Choose(0, 65535).Select(each => (ushort)each);
        var packet = Gen.OneOf(
            Gen.Zip(name, options).Select(pair => (TftpPacket)new TftpPacket.Request(pair.Item1.Length % 2 == 0, pair.Item1, "octet", [.. pair.Item2])),
            number.Select(each => (TftpPacket)new TftpPacket.Acknowledgment(each)),
            Gen.Zip(number, Gen.Choose(0, 255).Select(each => (byte)each).ArrayOf()).Select(pair => (TftpPacket)new TftpPacket.Data(pair.Item1, pair.Item2)),
            Gen.Zip(number, text).Select(pair => (TftpPacket)new TftpPacket.Error((TftpErrorCode)pair.Item1, pair.Item2)),
            options.Select(each => (TftpPacket)new TftpPacket.OptionAcknowledgment([.. each])));
        Prop.ForAll(packet.ToArbitrary(), each =>
        {
            var octets = new byte[2000];
            var length = TftpWriter.Write(octets, each);
            return TftpReader.TryRead(octets.AsSpan(0, length), out var back, out _) && TftpCorpus.Print(back) == TftpCorpus.Print(each);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    [TestCase("", TftpReadError.Truncated)]
    [TestCase("\0", TftpReadError.Truncated)]
    [TestCase("\0\0", TftpReadError.UnknownOperation)]
    [TestCase("\0\a", TftpReadError.UnknownOperation)]
    [TestCase("\x1\x1", TftpReadError.UnknownOperation)]
    [TestCase("\0\x1", TftpReadError.UnterminatedString)]
    [TestCase("\0\x1\0octet\0", TftpReadError.NoFileName)]
    [TestCase("\0\x1name", TftpReadError.UnterminatedString)]
    [TestCase("\0\x1name\0octet", TftpReadError.UnterminatedString)]
    [TestCase("\0\x1name\0octet\0tsize", TftpReadError.UnterminatedString)]
    [TestCase("\0\x1name\0octet\0tsize\0", TftpReadError.OptionWithoutValue)]
    [TestCase("\0\x1name\0octet\0tsize\0" + "0", TftpReadError.UnterminatedString)]
    [TestCase("\0\x3\0", TftpReadError.Truncated)]
    [TestCase("\0\x4\0", TftpReadError.Truncated)]
    [TestCase("\0\x5\0", TftpReadError.Truncated)]
    [TestCase("\0\x6tsize", TftpReadError.UnterminatedString)]
    public void What_is_no_packet_is_refused_by_name(string octets, TftpReadError expected)
    {
        Assert.That(TftpReader.TryRead(System.Text.Encoding.Latin1.GetBytes(octets), out _, out var error), Is.False);
        Assert.That(error, Is.EqualTo(expected));
    }

    [TestCase("\0\x4\0\x7\0\0\0\0", "ACK 7", Description = "a padded frame")]
    [TestCase("\0\x1name\0octet\0blksize\u00001408\0\0\0\0", "RRQ name octet blksize=1408", Description = "a padded frame")]
    [TestCase("\0\x5\0\0oops", "ERROR 0 oops", Description = "a message without its zero")]
    [TestCase("\0\x5\0\0", "ERROR 0 ", Description = "no message at all")]
    [TestCase("\0\x1name\0octet\0tsize\0\0", "RRQ name octet tsize=", Description = "an empty value is a value")]
    [TestCase("\0\x3\xff\xff", "DATA 65535 0")]
    [TestCase("\0\x6", "OACK")]
    public void What_firmware_sends_is_tolerated(string octets, string printed)
    {
        Assert.That(TftpReader.TryRead(System.Text.Encoding.Latin1.GetBytes(octets), out var packet, out _), Is.True);
        Assert.That(TftpCorpus.Print(packet), Is.EqualTo(printed));
    }

    [TestCase(512, true)]
    [TestCase(513, false)]
    public void A_request_has_at_most_512_octets(int length, bool accepted)
    {
        var octets = new byte[length];
        var written = TftpWriter.Write(octets, new TftpPacket.Request(false, new string('n', length - 9), "octet", []));
        Assert.That(written, Is.EqualTo(length));
        Assert.That(TftpReader.TryRead(octets, out _, out var error), Is.EqualTo(accepted));
        Assert.That(error, Is.EqualTo(accepted ? TftpReadError.None : TftpReadError.RequestTooLong));
    }

    [Test]
    public void A_packet_that_does_not_fit_is_not_written()
    {
        foreach (var entry in TftpCorpus.All)
        {
            TftpReader.TryRead(entry.Octets, out var packet, out _);
            Assert.That(TftpWriter.Write(new byte[entry.Octets.Length - 1], packet), Is.Zero, entry.Name);
        }
    }

    private static bool ReadsOrRefuses(ReadOnlySpan<byte> octets)
    {
        var read = TftpReader.TryRead(octets, out var packet, out var error);
        if (read == (error != TftpReadError.None)) Assert.Fail($"{Convert.ToHexString(octets)}: {read} with {error}");
        var written = new byte[octets.Length + 600];
        if (read && TftpWriter.Write(written, packet) == 0) Assert.Fail($"{Convert.ToHexString(octets)} cannot be written again");
        return read;
    }
}
