using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;
using Sextant.Ntp.Wire;

namespace Sextant.Tests.Ntp.Wire;

[TestFixture]
public sealed class NtpPacketTests
{
    [Test]
    public void RFC_5905_7_3_figure_8_the_header_is_laid_out_as_drawn()
    {
        var octets = new byte[NtpPacket.Length];
        new NtpPacket
        {
            Leap = LeapIndicator.Unknown, Version = 4, Mode = NtpMode.Server, Stratum = 2, Poll = 6, Precision = -20, RootDelay = 0x00010203, RootDispersion = 0x04050607, ReferenceId = 0x08090a0b,
            Reference = new NtpTimestamp(0x1011121314151617), Origin = new NtpTimestamp(0x2021222324252627), Receive = new NtpTimestamp(0x3031323334353637), Transmit = new NtpTimestamp(0x4041424344454647),
        }.Write(octets);
        Assert.That(Convert.ToHexStringLower(octets), Is.EqualTo("e40206ec" + "00010203" + "04050607" + "08090a0b" + "1011121314151617" + "2021222324252627" + "3031323334353637" + "4041424344454647"));
    }

    [Test]
    public void What_is_written_reads_back() => Check.QuickThrowOnFailure(Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), (byte[] noise) =>
    {
        var octets = new byte[NtpPacket.Length];
        noise.AsSpan(0, Math.Min(noise.Length, octets.Length)).CopyTo(octets);
        if (!NtpPacket.TryRead(octets, out var packet, out var error)) return error is NtpReadError.UnknownVersion;
        var again = new byte[NtpPacket.Length];
        packet.Write(again);
        return octets.AsSpan().SequenceEqual(again);
    }));

    [TestCase(0, NtpReadError.TooShort)]
    [TestCase(47, NtpReadError.TooShort)]
    [TestCase(48, NtpReadError.None)]
    [TestCase(68, NtpReadError.None, TestName = "RFC_5905_7_5_what_stands_behind_the_header_is_left_alone")]
    public void A_packet_has_at_least_its_header(int length, NtpReadError expected)
    {
        var octets = new byte[length];
        if (length > 0) octets[0] = 0x23;
        Assert.That((NtpPacket.TryRead(octets, out _, out var error), error), Is.EqualTo((expected is NtpReadError.None, expected)));
    }

    [Test]
    public void A_hundred_thousand_random_datagrams_are_read_or_refused()
    {
        var random = new Random(20260104);
        var read = 0;
        for (var i = 0; i < 100_000; i++)
        {
            var octets = new byte[random.Next(100)];
            random.NextBytes(octets);
            if (NtpPacket.TryRead(octets, out var packet, out _)) read += packet.Receive.Near(DateTimeOffset.UnixEpoch) > DateTimeOffset.MinValue ? 1 : 0;
        }
        Assert.That(read, Is.InRange(10_000, 60_000));
    }

    [TestCase("1900-01-01T00:00:00Z", 0ul)]
    [TestCase("1970-01-01T00:00:00Z", 0x83aa7e8000000000ul)]
    [TestCase("2036-02-07T06:28:16Z", 0ul, TestName = "RFC_5905_6_the_next_era_begins_in_2036")]
    [TestCase("2036-02-07T06:28:16.5Z", 0x80000000ul)]
    public void RFC_5905_6_a_timestamp_is_seconds_of_the_era_and_a_fraction(string time, ulong value) =>
        Assert.That(NtpTimestamp.Of(DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture)).Value, Is.EqualTo(value));

    [TestCase("2026-01-02T03:04:05.1234567Z")]
    [TestCase("2040-01-02T03:04:05Z")]
    public void A_timestamp_is_read_in_the_nearest_era(string text)
    {
        var time = DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
        Assert.That((NtpTimestamp.Of(time).Near(time.AddYears(20)) - time).Duration(), Is.LessThan(TimeSpan.FromTicks(2)));
    }
}
