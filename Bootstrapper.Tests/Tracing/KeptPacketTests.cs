using System.Text;
using NUnit.Framework;
using Sextant.Networking;
using Sextant.Primitives;
using Sextant.Tests.TestKit;
using Sextant.Tracing;

namespace Sextant.Tests.Tracing;

/// <summary>What is kept of a packet, and above all what is not.</summary>
[TestFixture]
public sealed class KeptPacketTests
{
    private static readonly BootPorts Ports = new(80, 443);

    [TestCase(5000, 80, 0x18, "GET /boot/52-54-00-00-00-01/user-data?key=hunter2 HTTP/1.1\r\nCookie: hunter2\r\n\r\n", "GET /boot/52-54-00-00-00-01/user-data")]
    [TestCase(5000, 80, 0x18, "POST /boot/52-54-00-00-00-01/report HTTP/1.1\r\n\r\nstage=hunter2", "POST /boot/52-54-00-00-00-01/report")]
    [TestCase(80, 5000, 0x18, "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nhunter2", "HTTP/1.1 200")]
    [TestCase(80, 5000, 0x02, "hunter2", "", TestName = "The_data_of_a_fast_open_is_not_kept")]
    [TestCase(5000, 443, 0x02, "", "", TestName = "The_opening_of_a_TLS_connection_is_kept")]
    [TestCase(80, 5000, 0x18, "ticket: hunter2", null, TestName = "The_middle_of_an_answer_is_not_kept")]
    [TestCase(5000, 80, 0x18, "GET hunter2", null, TestName = "What_is_no_request_line_is_not_kept")]
    [TestCase(5000, 80, 0x10, "", null, TestName = "A_bare_acknowledgement_is_not_kept")]
    [TestCase(5000, 443, 0x18, "GET /hunter2 HTTP/1.1\r\n", null, TestName = "Nothing_inside_TLS_is_kept")]
    [TestCase(5000, 5001, 0x02, "", null, TestName = "Other_ports_are_nobodys_business")]
    public void Of_TCP_the_request_line_without_its_query_and_the_status_are_kept(int source, int destination, int flags, string payload, string? kept)
    {
        var octets = Tcp((ushort)source, (ushort)destination, (byte)flags, Encoding.ASCII.GetBytes(payload));
        Assert.That(Frame.TryRead(octets, out var frame), Is.True);
        var keeps = KeptPacket.Of(octets, frame, Ports);
        Assert.That(keeps is { } some ? Encoding.ASCII.GetString(octets[frame.PayloadOffset..some.Length]) : null, Is.EqualTo(kept));
    }

    [TestCase(67, 68, TraceKind.Dhcp)]
    [TestCase(4011, 68, TraceKind.Dhcp)]
    [TestCase(40000, 53, TraceKind.Dns)]
    [TestCase(40000, 123, TraceKind.Time)]
    [TestCase(40000, 8472, null)]
    public void UDP_is_told_by_its_ports(int source, int destination, TraceKind? kind)
    {
        var octets = Udp((ushort)source, (ushort)destination, new byte[60]);
        Assert.That(Frame.TryRead(octets, out var frame), Is.True);
        Assert.That(KeptPacket.Of(octets, frame, Ports)?.Kind, Is.EqualTo(kind));
    }

    [Test]
    public void Of_a_block_of_a_file_the_number_is_kept_and_the_wire_length_and_no_content()
    {
        var octets = Udp(40000, 2070, [0, 3, 0, 7, .. Encoding.ASCII.GetBytes(new string('x', 1000))]);
        Frame.TryRead(octets, out var frame);
        Assert.That(KeptPacket.Of(octets, frame, Ports), Is.EqualTo((TraceKind.TftpData, frame.PayloadOffset + 4)));
        var fact = PacketReader.Facts([new RecordedPacket(default, true, octets[..(frame.PayloadOffset + 4)], frame.WireLength)], Story.Mac, Ports).Single();
        Assert.That(fact, Is.EqualTo(new PacketFact.TftpData(default, PacketSender.Sextant, 7, octets.Length)));
    }

    [Test]
    public void Padding_of_a_short_frame_is_no_payload()
    {
        byte[] octets = [.. Udp(40000, 53, [1, 2]), .. new byte[30]];
        Assert.That(Frame.TryRead(octets, out var frame), Is.True);
        Assert.That(frame.PayloadLength, Is.EqualTo(2));
    }

    [Test]
    public void Every_prefix_and_every_bent_octet_of_real_frames_is_read_or_refused()
    {
        var read = 0;
        foreach (var capture in new[] { "fw-bios.pcap", "fw-ovmf.pcap", "fw-httpboot.pcap" })
            foreach (var (_, octets) in Pcap.Frames(File.ReadAllBytes(Pcap.CorpusPath(capture))).Where((_, index) => index % 7 == 0))
            {
                for (var length = 0; length <= Math.Min(octets.Length, 120); length++) Take(octets[..length]);
                for (var at = 0; at < Math.Min(octets.Length, 120); at++)
                {
                    var bent = (byte[])octets.Clone();
                    bent[at] ^= 0xff;
                    Take(bent);
                }
            }
        Assert.That(read, Is.Positive);

        void Take(byte[] octets)
        {
            if (!Frame.TryRead(octets, out var frame)) return;
            if (KeptPacket.Of(octets, frame, Ports) is not { } kept) return;
            Assert.That(kept.Length, Is.InRange(0, octets.Length));
            read += PacketReader.Facts([new RecordedPacket(default, false, octets[..kept.Length], octets.Length)], Story.Mac, Ports).Count;
        }
    }

    [Test]
    public void A_hundred_thousand_random_frames_are_read_or_refused()
    {
        var random = new Random(20260103);
        byte[][] seeds = [Tcp(80, 5000, 0x18, "HTTP/1.1 200 OK"u8.ToArray()), Tcp(5000, 80, 0x18, "GET /x HTTP/1.1"u8.ToArray()), Udp(67, 68, new byte[300]), Udp(5000, 69, [0, 1, 120, 0, 111, 0])];
        for (var i = 0; i < 100_000; i++)
        {
            var octets = (byte[])seeds[random.Next(seeds.Length)].Clone();
            for (var bends = random.Next(6); bends > 0; bends--) octets[random.Next(octets.Length)] = (byte)random.Next(256);
            octets = octets[..random.Next(octets.Length + 1)];
            if (!Frame.TryRead(octets, out var frame) || KeptPacket.Of(octets, frame, Ports) is not { } kept) continue;
            if (kept.Length > octets.Length) Assert.Fail(Convert.ToHexString(octets));
            PacketReader.Facts([new RecordedPacket(default, i % 2 == 0, octets[..kept.Length], octets.Length)], Story.Mac, Ports);
        }
    }

    /// <summary>A frame with a UDP datagram from 10.0.0.7 to 10.0.0.1.</summary>
    public static byte[] Udp(ushort source, ushort destination, byte[] payload)
    {
        var frame = Ethernet(Ipv4UdpPacket.HeaderLength + payload.Length);
        Ipv4UdpPacket.Write(frame.AsSpan(14), Story.Address, source, Story.Server, destination, payload);
        return frame;
    }

    private static byte[] Tcp(ushort source, ushort destination, byte flags, byte[] payload)
    {
        var frame = Udp(source, destination, [.. new byte[12], .. payload]);
        frame[14 + 9] = 6;
        frame[14 + 20 + 12] = 0x50;
        frame[14 + 20 + 13] = flags;
        return frame;
    }

    private static byte[] Ethernet(int length)
    {
        var frame = new byte[14 + length];
        MacAddress.Parse("52:54:00:00:00:aa").CopyTo(frame);
        Story.Mac.CopyTo(frame.AsSpan(6));
        frame[12] = 8;
        return frame;
    }
}
