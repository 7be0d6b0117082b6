using NUnit.Framework;
using Sextant.Dhcp.Wire;
using Sextant.Primitives;

namespace Sextant.Tests.Dhcp.Wire;

[TestFixture]
public sealed class DhcpWireTests
{
    [TestCase(0, DhcpError.TooShort)]
    [TestCase(235, DhcpError.TooShort)]
    [TestCase(236, DhcpError.None)]
    [TestCase(239, DhcpError.None)]
    [TestCase(240, DhcpError.None)]
    public void RFC_2131_2_the_fixed_part_has_236_octets(int length, DhcpError expected)
    {
        var read = DhcpReader.TryRead(new byte[length], out _, out var error);
        Assert.That((read, error), Is.EqualTo((expected is DhcpError.None, expected)));
    }

    [Test]
    public void RFC_2131_3_without_the_cookie_there_are_no_options()
    {
        var octets = Datagram([53, 1, 1, 255]);
        octets[236] = 98;
        var packet = Read(octets);
        Assert.That((packet.HasCookie, packet.Options.Count), Is.EqualTo((false, 0)));
    }

    [Test]
    public void A_hardware_address_longer_than_its_field_is_refused()
    {
        var octets = Datagram([255]);
        octets[2] = 17;
        Assert.That(DhcpReader.TryRead(octets, out _, out var error), Is.False);
        Assert.That(error, Is.EqualTo(DhcpError.HardwareAddressTooLong));
    }

    [TestCase(new byte[] { 53 }, DhcpError.OptionTruncated, TestName = "An_option_without_its_length_is_truncated")]
    [TestCase(new byte[] { 53, 1 }, DhcpError.OptionTruncated, TestName = "An_option_without_its_value_is_truncated")]
    [TestCase(new byte[] { 53, 1, 1, 61, 9, 1, 2 }, DhcpError.OptionTruncated, TestName = "An_option_that_points_past_the_end_is_truncated")]
    [TestCase(new byte[] { 52, 0, 255 }, DhcpError.BadOverload, TestName = "RFC_2132_9_3_overload_has_one_octet")]
    [TestCase(new byte[] { 52, 1, 0, 255 }, DhcpError.BadOverload, TestName = "RFC_2132_9_3_overload_is_not_0")]
    [TestCase(new byte[] { 52, 1, 4, 255 }, DhcpError.BadOverload, TestName = "RFC_2132_9_3_overload_is_not_4")]
    [TestCase(new byte[] { 52, 1, 1, 52, 1, 2, 255 }, DhcpError.BadOverload, TestName = "RFC_2132_9_3_overload_comes_once")]
    public void Malformed_areas_are_refused(byte[] options, DhcpError expected)
    {
        Assert.That(DhcpReader.TryRead(Datagram(options), out _, out var error), Is.False);
        Assert.That(error, Is.EqualTo(expected));
    }

    [Test]
    public void RFC_2132_3_2_what_follows_END_is_not_read()
    {
        var packet = Read(Datagram([53, 1, 1, 255, 61, 200]));
        Assert.That(packet.Options, Has.Count.EqualTo(1));
    }

    [Test]
    public void An_area_that_stops_after_a_whole_option_needs_no_END() => Assert.That(Read(Datagram([0, 53, 1, 1, 0, 0])).Options, Has.Count.EqualTo(1));

    [Test]
    public void RFC_3396_7_options_of_one_code_are_joined_in_order_where_the_first_stood()
    {
        var packet = Read(Datagram([60, 3, 80, 88, 69, 53, 1, 1, 60, 6, 67, 108, 105, 101, 110, 116, 255]));
        Assert.That(packet.Options.Select(option => (int)option.Code), Is.EqualTo(new[] { 60, 53 }));
        packet.Options.Read(OptionCode.VendorClass, out string vendor);
        Assert.That(vendor, Is.EqualTo("PXEClient"));
    }

    [TestCase(1, "file")]
    [TestCase(2, "sname")]
    [TestCase(3, "filesname")]
    public void RFC_2132_9_3_overloaded_fields_are_read_as_options_file_first(byte overload, string expected)
    {
        var octets = Datagram([52, 1, overload, 255]);
        new byte[] { 12, 4, (byte)'f', (byte)'i', (byte)'l', (byte)'e', 255 }.CopyTo(octets, 108);
        new byte[] { 12, 5, (byte)'s', (byte)'n', (byte)'a', (byte)'m', (byte)'e', 255 }.CopyTo(octets, 44);
        var packet = Read(octets);
        packet.Options.Read(OptionCode.HostName, out string host);
        Assert.That(host, Is.EqualTo(expected));
        Assert.That(packet.File.Length > 0, Is.EqualTo(overload == 2), "file is text only when it was not overloaded");
        Assert.That(packet.ServerName.Length > 0, Is.EqualTo(overload == 1));
    }

    [Test]
    public void A_truncated_option_in_an_overloaded_field_is_refused()
    {
        var octets = Datagram([52, 1, 1, 255]);
        octets.AsSpan(108, 128).Fill(200);
        Assert.That(DhcpReader.TryRead(octets, out _, out var error), Is.False);
        Assert.That(error, Is.EqualTo(DhcpError.OptionTruncated));
    }

    [TestCase(0, 1)]
    [TestCase(255, 1)]
    [TestCase(256, 2)]
    [TestCase(700, 3)]
    public void RFC_3396_5_long_values_are_split_at_255_and_come_back_whole(int length, int fragments)
    {
        var value = Enumerable.Range(0, length).Select(i => (byte)(i * 7)).ToArray();
        var option = new DhcpOption((OptionCode)200, value);
        Assert.That(option.EncodedLength, Is.EqualTo(length + 2 * fragments));
        var octets = Write(new DhcpPacket { Op = BootOp.Reply, HardwareAddress = new byte[16], Options = new DhcpOptions([option]) });
        Assert.That(Read(octets).Options, Is.EqualTo(new[] { option }));
    }

    [Test]
    public void RFC_3046_2_1_option_82_is_written_last_and_END_closes_the_area()
    {
        var relay = new DhcpOption(OptionCode.RelayAgentInformation, new byte[] { 1, 1, 9 });
        var octets = Write(new DhcpPacket
        {
            Op = BootOp.Reply,
            HardwareAddress = new byte[16],
            Options = new DhcpOptions([relay, DhcpOption.Of(OptionCode.MessageType, (byte)5)]),
        });
        Assert.That(octets[240..249], Is.EqualTo(new byte[] { 53, 1, 5, 82, 3, 1, 1, 9, 255 }));
    }

    [Test]
    public void RFC_951_3_a_message_has_at_least_300_octets()
    {
        Assert.That(Write(new DhcpPacket { Op = BootOp.Reply, HardwareAddress = new byte[16] }), Has.Length.EqualTo(300));
    }

    [Test]
    public void A_message_that_does_not_fit_is_not_written()
    {
        var packet = new DhcpPacket { Op = BootOp.Reply, HardwareAddress = new byte[16], Options = new DhcpOptions([new(OptionCode.UserClass, new byte[100])]) };
        Assert.That(DhcpWriter.TryWrite(packet, new byte[320], out _), Is.False);
    }

    [TestCase(new byte[0], OptionRead.Absent)]
    [TestCase(new byte[] { 50, 4, 10, 0, 0, 9 }, OptionRead.Present)]
    [TestCase(new byte[] { 50, 3, 10, 0, 0 }, OptionRead.Malformed)]
    [TestCase(new byte[] { 50, 0 }, OptionRead.Malformed)]
    [TestCase(new byte[] { 50, 5, 10, 0, 0, 9, 9 }, OptionRead.Malformed)]
    public void Absent_and_malformed_are_different_answers(byte[] options, OptionRead expected)
    {
        var read = Read(Datagram([.. options, 255])).Options.Read(OptionCode.RequestedAddress, out Ipv4Address address);
        Assert.That(read, Is.EqualTo(expected));
        Assert.That(address.ToString(), Is.EqualTo(expected is OptionRead.Present ? "10.0.0.9" : "0.0.0.0"));
    }

    [TestCase(new byte[] { 53, 1, 0 }, OptionRead.Malformed)]
    [TestCase(new byte[] { 53, 1, 9 }, OptionRead.Malformed)]
    [TestCase(new byte[] { 53, 2, 1, 1 }, OptionRead.Malformed)]
    [TestCase(new byte[] { 53, 1, 8 }, OptionRead.Present)]
    public void RFC_2132_9_6_the_message_type_is_1_to_8(byte[] options, OptionRead expected) =>
        Assert.That(Read(Datagram([.. options, 255])).Options.Read(out DhcpMessageType _), Is.EqualTo(expected));

    [TestCase(new byte[] { 19, 1, 1 }, OptionRead.Present)]
    [TestCase(new byte[] { 0, 19, 1, 1, 255, 33 }, OptionRead.Present)]
    [TestCase(new byte[] { 18, 1, 1, 255, 19, 1, 1 }, OptionRead.Absent)]
    [TestCase(new byte[] { 19, 1, 1, 7 }, OptionRead.Malformed)]
    [TestCase(new byte[] { 19, 9, 1 }, OptionRead.Malformed)]
    public void Sub_options_are_found_inside_their_option_only(byte[] value, OptionRead expected)
    {
        var options = new DhcpOptions([new(OptionCode.IpxeEncapsulated, value)]);
        Assert.That(options.ReadSub(OptionCode.IpxeEncapsulated, 19, out _), Is.EqualTo(expected));
    }

    [Test]
    public void Every_known_option_says_where_it_is_defined_and_no_two_rows_share_a_code()
    {
        Assert.That(OptionTable.Rows.Select(row => row.Source), Has.None.Empty);
        Assert.That(OptionTable.Rows.Select(row => row.Code), Is.Unique);
        var named = Enum.GetValues<OptionCode>().Except([OptionCode.Pad, OptionCode.End]);
        Assert.That(OptionTable.Rows.Select(row => row.Code), Is.EquivalentTo(named));
    }

    [Test]
    public void Print_shows_malformed_options_and_never_a_terminal_escape()
    {
        var packet = Read(Datagram([53, 1, 1, 50, 2, 1, 2, 12, 3, 27, 91, 65, 199, 1, 255, 255]));
        Assert.That(packet.ToString(), Is.EqualTo(
            "DISCOVER xid 00000000 from htype 0 \n   53 message type: DISCOVER\n   50 requested address: malformed 0102\n   12 host name: \"\\x1b[A\"\n  199 option: ff\n"));
    }

    private static byte[] Datagram(byte[] options)
    {
        var octets = new byte[DhcpPacket.OptionsOffset + options.Length];
        octets[0] = 1;
        new byte[] { 99, 130, 83, 99 }.CopyTo(octets, DhcpPacket.FixedLength);
        options.CopyTo(octets, DhcpPacket.OptionsOffset);
        return octets;
    }

    private static DhcpPacket Read(byte[] octets)
    {
        Assert.That(DhcpReader.TryRead(octets, out var packet, out var error), Is.True, error.ToString());
        return packet;
    }

    private static byte[] Write(DhcpPacket packet)
    {
        var octets = new byte[1500];
        Assert.That(DhcpWriter.TryWrite(packet, octets, out var length), Is.True);
        return octets[..length];
    }
}
