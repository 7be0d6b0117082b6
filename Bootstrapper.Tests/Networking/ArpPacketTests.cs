using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;
using Sextant.Networking;
using Sextant.Primitives;

namespace Sextant.Tests.Networking;

/// <summary>ARP: its octets, and what a packet says of who uses which address.</summary>
[TestFixture]
public sealed class ArpPacketTests
{
    private static readonly MacAddress Own = MacAddress.Parse("52:54:00:00:00:01"), Other = MacAddress.Parse("52:54:00:00:00:02");
    private static readonly Ipv4Address Address = Ipv4Address.Parse("10.0.0.100"), Elsewhere = Ipv4Address.Parse("10.0.0.7");

    [Test]
    public void RFC_5227_2_1_1_a_probe_has_a_sender_address_of_zero_and_no_target_hardware_address()
    {
        var octets = new byte[ArpPacket.Length];
        ArpPacket.Probe(Own, Address).Write(octets);
        Assert.That(Convert.ToHexStringLower(octets), Is.EqualTo("0001080006040001" + "525400000001" + "00000000" + "000000000000" + "0a000064"));
    }

    [Test]
    public void A_packet_survives_writing_and_reading()
    {
        var octets = new byte[ArpPacket.Length + 18]; // with an Ethernet frame's padding
        var reply = new ArpPacket(ArpOperation.Reply, Other, Address, Own, Elsewhere);
        reply.Write(octets);
        Assert.That(ArpPacket.TryRead(octets, out var read), Is.True);
        Assert.That(read, Is.EqualTo(reply));
    }

    [Test]
    public void RFC_5227_2_1_1_answers_requests_and_announcements_claim_the_senders_address() => Assert.Multiple(() =>
    {
        Assert.That(new ArpPacket(ArpOperation.Reply, Other, Address, Own, default).Claim, Is.EqualTo((Address, Other)));
        Assert.That(new ArpPacket(ArpOperation.Request, Other, Address, default, Elsewhere).Claim, Is.EqualTo((Address, Other)));
        Assert.That(new ArpPacket(ArpOperation.Request, Other, Address, default, Address).Claim, Is.EqualTo((Address, Other)));
    });

    [Test]
    public void RFC_5227_2_1_1_somebody_elses_probe_claims_the_address_it_asks_for() =>
        Assert.That(ArpPacket.Probe(Other, Address).Claim, Is.EqualTo((Address, Other)));

    [Test]
    public void A_reply_without_an_address_claims_nothing() =>
        Assert.That(new ArpPacket(ArpOperation.Reply, Other, Ipv4Address.Any, Own, Address).Claim, Is.Null);

    [TestCase(0, TestName = "Another_hardware_type_is_not_read"), TestCase(2, TestName = "Another_protocol_is_not_read"), TestCase(4, TestName = "Another_hardware_length_is_not_read"),
     TestCase(5, TestName = "Another_protocol_length_is_not_read"), TestCase(6, TestName = "Another_operation_is_not_read")]
    public void What_is_not_ARP_for_IPv4_over_Ethernet_is_not_read(int octet)
    {
        var octets = new byte[ArpPacket.Length];
        ArpPacket.Probe(Own, Address).Write(octets);
        octets[octet] ^= 0x40;
        Assert.That(ArpPacket.TryRead(octets, out _), Is.False);
    }

    [Test]
    public void Any_octets_are_read_or_refused() => Prop.ForAll(Gen.Choose(0, 255).Select(octet => (byte)octet).ArrayOf().ToArbitrary(), octets =>
    {
        // Half of them begin as ARP does.
        if (octets.Length > 8 && octets[^1] % 2 == 0) Convert.FromHexString("0001080006040001").CopyTo(octets, 0);
        if (!ArpPacket.TryRead(octets, out var packet)) return true;
        var again = new byte[ArpPacket.Length];
        packet.Write(again);
        return octets.AsSpan().StartsWith(again);
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(20_000));
}
