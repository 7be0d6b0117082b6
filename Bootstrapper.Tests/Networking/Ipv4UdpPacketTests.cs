using System.Buffers.Binary;
using NUnit.Framework;
using Sextant.Networking;
using Sextant.Primitives;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Networking;

[TestFixture]
public sealed class Ipv4UdpPacketTests
{
    [TestCase(0)]
    [TestCase(1)]
    [TestCase(300)]
    [TestCase(1471)]
    public void RFC_1071_both_checksums_prove_right_at_the_receiver(int length)
    {
        var payload = Enumerable.Range(0, length).Select(i => (byte)(i * 31)).ToArray();
        var packet = new byte[2000];
        var written = Ipv4UdpPacket.Write(packet, Ipv4Address.Parse("10.0.0.1"), 67, Ipv4Address.Parse("10.0.0.11"), 68, payload);
        Assert.That(written, Is.EqualTo(28 + length));
        Assert.That(OnesComplementSum(packet[..20]), Is.EqualTo(0xffff));
        byte[] pseudoHeader = [.. packet[12..20], 0, 17, .. packet[24..26]];
        Assert.That(OnesComplementSum([.. pseudoHeader, .. packet[20..written], .. new byte[written % 2]]), Is.EqualTo(0xffff));
    }

    [Test]
    public void What_it_writes_is_read_back_by_the_reader_of_captures()
    {
        var frame = new byte[14 + 28 + 5];
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), 0x0800);
        Ipv4UdpPacket.Write(frame.AsSpan(14), Ipv4Address.Parse("10.0.0.1"), 67, Ipv4Address.Broadcast, 68, "hello"u8);
        var datagram = Pcap.Udp(default, frame)!;
        Assert.That((datagram.Source, datagram.SourcePort, datagram.Destination, datagram.DestinationPort),
            Is.EqualTo((Ipv4Address.Parse("10.0.0.1"), (ushort)67, Ipv4Address.Broadcast, (ushort)68)));
        Assert.That(datagram.Payload, Is.EqualTo("hello"u8.ToArray()));
    }

    [Test]
    public void RFC_768_a_checksum_that_comes_out_as_zero_is_sent_as_all_ones()
    {
        // The payload is chosen so that the sum is 0xffff: take the checksum of a zero payload and put it into the payload.
        var packet = new byte[30];
        Ipv4UdpPacket.Write(packet, Ipv4Address.Any, 0, Ipv4Address.Any, 0, new byte[2]);
        var checksum = packet[26..28];
        Ipv4UdpPacket.Write(packet, Ipv4Address.Any, 0, Ipv4Address.Any, 0, checksum);
        Assert.That(packet[26..28], Is.EqualTo(new byte[] { 255, 255 }));
    }

    [Test]
    public void A_payload_that_does_not_fit_is_a_fault_of_the_caller() =>
        Assert.That(() => Ipv4UdpPacket.Write(new byte[30], Ipv4Address.Any, 1, Ipv4Address.Any, 2, new byte[3]), Throws.ArgumentException);

    [Test]
    public void An_interface_that_does_not_exist_is_named_with_those_that_do() =>
        Assert.That(() => InterfaceSocket.Bind(67, "nosuch0", "DHCP"), Throws.TypeOf<ListenException>().With.Message.Contains("nosuch0").And.Message.Contains("lo"));

    private static int OnesComplementSum(byte[] octets)
    {
        var sum = 0;
        for (var i = 0; i < octets.Length; i += 2) sum += BinaryPrimitives.ReadUInt16BigEndian(octets.AsSpan(i));
        while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
        return sum;
    }
}
