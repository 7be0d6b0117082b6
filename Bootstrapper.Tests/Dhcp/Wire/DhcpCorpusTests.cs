using System.Text;
using NUnit.Framework;
using Sextant.Dhcp;
using Sextant.Dhcp.Wire;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Dhcp.Wire;

/// <summary>Captures of real firmware: read, printed, written back, cut short, bent, and shuffled.</summary>
[TestFixture]
public sealed class DhcpCorpusTests
{
    private static readonly string[] Captures = ["fw-bios", "fw-ovmf", "fw-httpboot"];

    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [TestCaseSource(nameof(Captures))]
    public void Every_message_of_a_capture_prints_as_agreed(string capture)
    {
        var text = new StringBuilder();
        foreach (var datagram in Messages(capture))
        {
            Assert.That(DhcpReader.TryRead(datagram.Payload, out var packet, out var error), Is.True, error.ToString());
            text.Append(packet).Append('\n');
        }
        Repository.MustBe($"Bootstrapper.Tests/Corpus/{capture}.dhcp.txt", text.ToString());
    }

    [TestCaseSource(nameof(Captures))]
    public void Every_message_of_a_capture_survives_writing_and_reading(string capture)
    {
        var octets = new byte[2048];
        foreach (var datagram in Messages(capture))
        {
            DhcpReader.TryRead(datagram.Payload, out var packet, out _);
            Assert.That(DhcpWriter.TryWrite(packet, octets, out var length), Is.True);
            Assert.That(DhcpReader.TryRead(octets.AsSpan(0, length), out var again, out _), Is.True);
            Assert.That(again.ToString(), Is.EqualTo(packet.ToString()));
            Assert.That(again.HardwareAddress.ToArray(), Is.EqualTo(packet.HardwareAddress.ToArray()));
            Assert.That(again.Options, Is.EqualTo(packet.Options));
        }
    }

    [TestCaseSource(nameof(Captures))]
    public void Every_prefix_and_every_bent_octet_of_a_message_is_read_or_refused(string capture)
    {
        var read = 0;
        var refused = 0;
        foreach (var datagram in Messages(capture).DistinctBy(datagram => Convert.ToHexString(datagram.Payload)))
        {
            var octets = datagram.Payload;
            for (var length = 0; length < octets.Length; length++) Count(octets.AsSpan(0, length));
            for (var at = 0; at < octets.Length; at++)
            {
                var original = octets[at];
                foreach (var bent in new byte[] { 0, 255, (byte)(original ^ 1), (byte)(original ^ 0x80), (byte)(original + 1) })
                {
                    octets[at] = bent;
                    Count(octets);
                }
                octets[at] = original;
            }
        }
        Assert.That(read, Is.Positive);
        Assert.That(refused, Is.Positive);

        void Count(ReadOnlySpan<byte> octets)
        {
            if (DhcpReader.TryRead(octets, out var packet, out _))
            {
                read++;
                _ = packet.ToString();
                _ = BootClient.Of(packet.Options, default);
            }
            else refused++;
        }
    }

    [Test]
    public void A_hundred_thousand_random_messages_are_decided_without_a_fault()
    {
        var random = new Random(20260102);
        var seeds = Captures.SelectMany(Messages).Select(datagram => datagram.Payload).Where(octets => octets[0] == 1).ToList();
        var leases = new LeaseTable(new ScopeSet(Site.Network), []);
        var outcomes = new Dictionary<string, int>();
        var reply = new byte[1472];
        for (var i = 0; i < 100_000; i++)
        {
            var octets = Shuffle(random, seeds);
            if (!DhcpReader.TryRead(octets, out var packet, out var error)) Note(error.ToString());
            else
            {
                var outcome = packet.To(leases, Now.AddSeconds(i / 10), broadcast: i % 3 != 0);
                Note(outcome.InWords().Split(' ')[0]);
                var message = outcome switch { DhcpOutcome.Answer answer => answer.Message, DhcpOutcome.Refuse refuse => refuse.Message, _ => null };
                if (message is null) continue;
                Assert.That(DhcpWriter.TryWrite(message, reply, out var length), Is.True);
                Assert.That(DhcpReader.TryRead(reply.AsSpan(0, length), out _, out _), Is.True);
            }
        }
        Assert.That(outcomes.Keys, Is.SupersetOf(new[] { "OFFER", "ACK", "NAK", "silent", "noted", "OptionTruncated", "TooShort" }), "the shuffling reaches every kind of answer");

        void Note(string what) => outcomes[what] = outcomes.GetValueOrDefault(what) + 1;
    }

    /// <summary>A captured message with another type, other addresses or identifiers now and then, cut or bent now and then; seldom pure noise.</summary>
    private static byte[] Shuffle(Random random, List<byte[]> seeds)
    {
        var octets = (byte[])seeds[random.Next(seeds.Count)].Clone();
        if (random.Next(50) == 0)
        {
            octets = new byte[random.Next(700)];
            random.NextBytes(octets);
            return octets;
        }
        octets[33] = (byte)random.Next(20);
        if (random.Next(2) == 0)
        {
            // New options: a type, and addresses that are sometimes ours.
            List<byte> options = [53, 1, (byte)random.Next(0, 10)];
            if (random.Next(2) == 0) options.AddRange([54, 4, 10, 0, 0, (byte)random.Next(1, 3)]);
            if (random.Next(2) == 0) options.AddRange([50, 4, 10, 0, (byte)random.Next(2), (byte)random.Next(95, 115)]);
            if (random.Next(2) == 0) new byte[] { 10, 0, 0, (byte)random.Next(95, 115) }.CopyTo(octets, 12);
            if (random.Next(8) == 0) new byte[] { 10, 0, 0, (byte)random.Next(1, 255) }.CopyTo(octets, 24);
            if (random.Next(8) == 0) options.AddRange([82, 6, 5, 4, 10, 0, 0, 7]);
            if (random.Next(4) == 0) options.AddRange([61, (byte)200, .. new byte[200]]);
            options.Add(255);
            octets = [.. octets.AsSpan(0, DhcpPacket.OptionsOffset), .. options];
        }
        for (var bends = random.Next(4); bends > 0; bends--) octets[random.Next(octets.Length)] = (byte)random.Next(256);
        return random.Next(20) == 0 ? octets[..random.Next(octets.Length)] : octets;
    }

    private static IReadOnlyList<CapturedDatagram> Messages(string capture)
    {
        List<CapturedDatagram> messages = [.. Pcap.Datagrams(capture + ".pcap").Where(datagram => datagram.SourcePort is 67 or 68 || datagram.DestinationPort is 67 or 68)];
        Assert.That(messages, Has.Count.AtLeast(6), "the capture has the firmware's DHCP");
        return messages;
    }

}
