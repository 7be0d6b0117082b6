using NUnit.Framework;
using Sextant.Dhcp;
using Sextant.Dhcp.Wire;
using Sextant.Primitives;

namespace Sextant.Tests.Dhcp;

/// <summary>What a reply carries and where it goes.</summary>
[TestFixture]
public sealed class DhcpRepliesTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly DhcpOption Agent = new(OptionCode.RelayAgentInformation, new byte[] { 1, 2, 7, 7 });

    [Test]
    public void An_offer_to_UEFI_PXE_prints_as_agreed() => Assert.That(Offer(Says.Discover(Site.Master, Says.UefiPxe)).ToString(), Is.EqualTo("""
        OFFER xid 12345678 to 52:54:00:00:00:01 yiaddr 10.0.0.11 siaddr 10.0.0.1 file "snponly.efi"
           53 message type: OFFER
           54 server identifier: 10.0.0.1
           51 lease time: 3600
            1 subnet mask: 255.255.255.0
           58 renewal time (T1): 1800
           59 rebinding time (T2): 3150
            3 router: 10.0.0.254
            6 domain name server: 10.0.0.1, 10.0.0.2
           12 host name: "master-1"
           15 domain name: "cluster.test"
           60 vendor class: "PXEClient"
           43 vendor specific: 6=08
           67 boot file name: "snponly.efi"
           66 TFTP server name: "10.0.0.1"
           97 client machine identifier: 0000000000000000000000000000000000

        """));

    [Test]
    public void An_offer_to_iPXE_prints_as_agreed() => Assert.That(Offer(Says.Discover(Site.Master, Says.Ipxe)).ToString(), Is.EqualTo("""
        OFFER xid 12345678 to 52:54:00:00:00:01 yiaddr 10.0.0.11 siaddr 10.0.0.1 file "http://10.0.0.1/boot/52-54-00-00-00-01/script.ipxe"
           53 message type: OFFER
           54 server identifier: 10.0.0.1
           51 lease time: 3600
            1 subnet mask: 255.255.255.0
           58 renewal time (T1): 1800
           59 rebinding time (T2): 3150
            3 router: 10.0.0.254
            6 domain name server: 10.0.0.1, 10.0.0.2
           12 host name: "master-1"
           15 domain name: "cluster.test"
          175 iPXE: 176=01
           67 boot file name: "http://10.0.0.1/boot/52-54-00-00-00-01/script.ipxe"
           61 client identifier: 01525400000001

        """));

    [Test]
    public void An_offer_to_an_operating_system_has_nothing_of_booting()
    {
        var offer = Offer(Says.Discover(Site.Master, Says.Systemd));
        Assert.That((offer.NextServer, offer.File), Is.EqualTo((Ipv4Address.Any, "")));
        OptionCode[] boot = [OptionCode.VendorClass, OptionCode.VendorSpecific, OptionCode.TftpServerName, OptionCode.BootFileName, OptionCode.IpxeEncapsulated];
        Assert.That(offer.Options.Select(option => option.Code).Intersect(boot), Is.Empty);
    }

    [TestCase(0, "undionly.kpxe")]
    [TestCase(7, "snponly.efi")]
    [TestCase(9, "snponly.efi")]
    [TestCase(11, "ipxe-arm64.efi")]
    [TestCase(27, "ipxe-riscv64.efi")]
    [TestCase(6, "")]
    [TestCase(12, "")]
    public void Firmware_gets_the_loader_of_its_architecture(int architecture, string loader)
    {
        var offer = Offer(Says.Discover(Site.Master, DhcpOption.Of(OptionCode.VendorClass, "PXEClient:Arch"), DhcpOption.Of(OptionCode.ClientArchitecture, (ushort)architecture)));
        offer.Options.Read(OptionCode.BootFileName, out string file);
        Assert.That((offer.File, file), Is.EqualTo((loader, loader)));
    }

    [Test]
    public void PXE_texts_are_closed_by_NUL_and_option_43_says_boot_this_file()
    {
        var offer = Offer(Says.Discover(Site.Master, Says.UefiPxe));
        offer.Options.TryGet(OptionCode.BootFileName, out var file);
        offer.Options.TryGet(OptionCode.VendorSpecific, out var vendor);
        Assert.That(file.Span[^1], Is.Zero);
        Assert.That(vendor.ToArray(), Is.EqualTo(new byte[] { 6, 1, 8, 255 }));
    }

    [Test]
    public void UEFI_HTTP_boot_gets_a_URL_and_its_vendor_class_back()
    {
        var offer = Offer(Says.Discover(
            Site.Master, DhcpOption.Of(OptionCode.VendorClass, "HTTPClient:Arch:00016:UNDI:003000"), DhcpOption.Of(OptionCode.ClientArchitecture, (ushort)16)));
        offer.Options.Read(OptionCode.VendorClass, out string vendor);
        offer.Options.Read(OptionCode.BootFileName, out string url);
        Assert.That((vendor, url), Is.EqualTo(("HTTPClient", "http://10.0.0.1/assets/snponly.efi")));
    }

    [Test]
    public void A_Raspberry_Pi_gets_the_menu_its_ROM_looks_for()
    {
        var pi = MacAddress.Parse("b8:27:eb:12:34:56");
        var offer = Offer(Says.Discover(pi, DhcpOption.Of(OptionCode.VendorClass, "PXEClient:Arch:00000:UNDI:002001"), DhcpOption.Of(OptionCode.ClientArchitecture, (ushort)0)));
        offer.Options.Read(OptionCode.VendorClass, out string vendor);
        offer.Options.TryGet(OptionCode.TftpServerName, out var server);
        Assert.That((vendor, System.Text.Encoding.ASCII.GetString(server.Span), offer.NextServer, offer.File), Is.EqualTo(("PXEClient", "10.0.0.1", Site.Server, "")));
        Assert.That(offer.Options.ReadSub(OptionCode.VendorSpecific, 9, out var menu), Is.EqualTo(OptionRead.Present));
        Assert.That(menu.ToArray(), Is.EqualTo(new byte[] { 0, 0, 20 }.Concat("Raspberry Pi Boot   "u8.ToArray())));
        Assert.That(offer.Options.ReadSub(OptionCode.VendorSpecific, 10, out var prompt), Is.EqualTo(OptionRead.Present));
        Assert.That(prompt.ToArray(), Is.EqualTo(new byte[] { 0 }.Concat("PXE"u8.ToArray())));
    }

    [Test]
    public void U_Boot_gets_a_server_and_no_file_so_that_it_looks_for_its_configuration()
    {
        var offer = Offer(Says.Discover(Site.Master, DhcpOption.Of(OptionCode.VendorClass, "U-Boot.armv8"), DhcpOption.Of(OptionCode.ClientArchitecture, (ushort)22)));
        Assert.That((offer.NextServer, offer.File, offer.Options.Has(OptionCode.BootFileName), offer.Options.Has(OptionCode.VendorSpecific)), Is.EqualTo((Site.Server, "", false, false)));
    }

    [Test]
    public void iPXE_without_HTTP_gets_our_own_iPXE_first()
    {
        var offer = Offer(Says.Discover(
            Site.Master, DhcpOption.Of(OptionCode.UserClass, "iPXE"), DhcpOption.Of(OptionCode.ClientArchitecture, (ushort)0), new(OptionCode.IpxeEncapsulated, new byte[] { 0x15, 1, 1 })));
        Assert.That(offer.File, Is.EqualTo("tftp://10.0.0.1/undionly.kpxe"));
    }

    [TestCase(new byte[] { 3, 1, 6 }, "53 54 51 1 3 6", TestName = "RFC_2132_3_3_the_mask_comes_before_the_router")]
    [TestCase(new byte[] { 15, 12, 3 }, "53 54 51 1 15 12 3", TestName = "RFC_2132_9_8_options_come_in_the_order_asked_for")]
    [TestCase(new byte[] { 255, 0, 99 }, "53 54 51 1 58 59", TestName = "RFC_2132_9_8_what_we_do_not_have_is_passed_over")]
    public void The_order_of_options(byte[] wanted, string expected)
    {
        var offer = Offer(Says.Discover(Site.Master, new DhcpOption(OptionCode.ParameterRequestList, wanted)));
        Assert.That(string.Join(' ', offer.Options.Select(option => (int)option.Code)), Does.StartWith(expected));
    }

    [Test]
    public void RFC_2131_4_3_5_an_answer_to_INFORM_has_no_lease()
    {
        var ack = Offer(Says.Inform(Site.Stranger, Ipv4Address.Parse("10.0.0.77")));
        OptionCode[] ofLeases = [OptionCode.LeaseTime, OptionCode.RenewalTime, OptionCode.RebindingTime];
        Assert.That(ack.Options.Select(option => option.Code).Intersect(ofLeases), Is.Empty);
        Assert.That((ack.YourAddress, ack.ClientAddress), Is.EqualTo((Ipv4Address.Any, Ipv4Address.Parse("10.0.0.77"))));
    }

    [Test]
    public void RFC_1534_2_a_BOOTP_reply_has_no_option_that_only_DHCP_knows_and_300_octets()
    {
        var reply = Offer(Says.Message(Site.Master, null, [DhcpOption.Of(OptionCode.VendorClass, "PXEClient:Arch:00000")]));
        OptionCode[] ofDhcp = [OptionCode.MessageType, OptionCode.ServerIdentifier, OptionCode.LeaseTime, OptionCode.RenewalTime, OptionCode.ClientIdentifier];
        Assert.That(reply.Options.Select(option => option.Code).Intersect(ofDhcp), Is.Empty);
        Assert.That(reply.File, Is.EqualTo("undionly.kpxe"));
        Assert.That(LengthOf(reply), Is.EqualTo(300));
    }

    [Test]
    public void RFC_2131_4_4_5_renewals_are_spread_by_at_most_a_sixteenth_and_T1_stays_before_T2()
    {
        var leases = new LeaseTable(new ScopeSet(Site.Network), []);
        var renewal = (DhcpOutcome.Answer)Says.Extend(Site.Master, Site.MasterAddress).To(leases, Now, broadcast: false);
        renewal.Message.Options.Read(OptionCode.RenewalTime, out uint first);
        Assert.That(first, Is.InRange(1800 - 225, 1800).And.EqualTo(1800 - 0x12345678 % 226));
    }

    // RFC 2131 §4.1: where to.

    [TestCase("0.0.0.0", "0.0.0.0", false, "Hardware { Mac = 52:54:00:00:00:01, Address = 10.0.0.11 }")]
    [TestCase("0.0.0.0", "0.0.0.0", true, "Everyone { }")]
    [TestCase("10.0.0.7", "0.0.0.0", false, "Relay { Address = 10.0.0.7, Port = 67 }")]
    [TestCase("10.0.0.7", "0.0.0.0", true, "Relay { Address = 10.0.0.7, Port = 67 }")]
    [TestCase("0.0.0.0", "10.0.0.11", false, "Client { Address = 10.0.0.11 }")]
    [TestCase("0.0.0.0", "10.0.0.11", true, "Client { Address = 10.0.0.11 }")]
    [TestCase("10.0.0.7", "10.0.0.11", false, "Relay { Address = 10.0.0.7, Port = 67 }")]
    public void RFC_2131_4_1_where_an_ACK_goes(string relay, string client, bool broadcast, string expected)
    {
        DhcpOption[] options = client == "0.0.0.0" ? [DhcpOption.Of(OptionCode.RequestedAddress, Site.MasterAddress)] : [];
        var packet = Says.Message(
            Site.Master, DhcpMessageType.Request, options, Ipv4Address.Parse(client), Ipv4Address.Parse(relay), broadcast ? DhcpPacket.BroadcastFlag : (ushort)0);
        var answer = (DhcpOutcome.Answer)packet.To(new LeaseTable(new ScopeSet(Site.Network), []), Now);
        Assert.That(answer.To.ToString(), Is.EqualTo(expected));
    }

    [TestCase("0.0.0.0", "Everyone { }", 0)]
    [TestCase("10.0.0.7", "Relay { Address = 10.0.0.7, Port = 67 }", 0x8000)]
    public void RFC_2131_4_1_a_NAK_is_broadcast_also_through_a_relay(string relay, string expected, int flags)
    {
        var packet = Says.Message(Site.Master, DhcpMessageType.Request, [Agent], Ipv4Address.Parse("10.0.0.66"), Ipv4Address.Parse(relay));
        var refuse = (DhcpOutcome.Refuse)packet.To(new LeaseTable(new ScopeSet(Site.Network), []), Now, broadcast: false);
        Assert.That((refuse.To.ToString(), (int)refuse.Message.Flags), Is.EqualTo((expected, flags)));
        Assert.That((refuse.Message.YourAddress, refuse.Message.ClientAddress), Is.EqualTo((Ipv4Address.Any, Ipv4Address.Any)));
        Assert.That(refuse.Message.Options.Has(OptionCode.RelayAgentInformation), Is.EqualTo(relay != "0.0.0.0"));
        refuse.Message.Options.Read(OptionCode.ServerIdentifier, out Ipv4Address server);
        Assert.That(server, Is.EqualTo(Site.Server));
    }

    // What comes back as it was sent.

    [Test]
    public void RFC_6842_3_the_client_identifier_comes_back_in_every_reply()
    {
        var identifier = Says.Systemd[0];
        var leases = new LeaseTable(new ScopeSet(Site.Network), []);
        Assert.That(Offer(Says.Discover(Site.Master, identifier)).Options, Does.Contain(identifier));
        var nak = (DhcpOutcome.Refuse)Says.Selecting(Site.Master, Ipv4Address.Parse("10.0.0.66"), Site.Server, identifier).To(leases, Now);
        Assert.That(nak.Message.Options, Does.Contain(identifier));
    }

    [TestCase(17, 0, true)]
    [TestCase(17, 1, false)]
    [TestCase(16, 0, false)]
    [TestCase(0, 0, false)]
    public void RFC_4578_2_3_a_well_formed_machine_identifier_comes_back(int length, int type, bool expected)
    {
        var value = new byte[length];
        if (length > 0) value[0] = (byte)type;
        Assert.That(Offer(Says.Discover(Site.Master, new DhcpOption(OptionCode.ClientMachineIdentifier, value))).Options.Has(OptionCode.ClientMachineIdentifier), Is.EqualTo(expected));
    }

    [TestCase("10.0.0.7", true)]
    [TestCase("0.0.0.0", false)]
    public void RFC_3046_2_2_option_82_goes_back_to_the_relay_that_put_it_there_and_to_nobody_else(string relay, bool expected)
    {
        var offer = Offer(Says.Message(Site.Master, DhcpMessageType.Discover, [Agent], relay: Ipv4Address.Parse(relay)));
        Assert.That(offer.Options.Contains(Agent), Is.EqualTo(expected));
    }

    // Size.

    [TestCase(null, 548)]
    [TestCase(300, 548)]
    [TestCase(576, 548)]
    [TestCase(700, 672)]
    [TestCase(65280, 1472)]
    public void RFC_2132_9_10_the_client_s_limit_is_kept_between_576_and_an_Ethernet_frame(int? limit, int room)
    {
        List<DhcpOption> options = [new(OptionCode.ClientIdentifier, new byte[250]), Agent, .. Says.UefiPxe.Skip(1)];
        if (limit is { } octets) options.Add(DhcpOption.Of(OptionCode.MaximumMessageSize, (ushort)octets));
        var offer = Offer(Says.Message(Site.Master, DhcpMessageType.Discover, options, relay: Ipv4Address.Parse("10.0.0.7")));
        Assert.That(LengthOf(offer), Is.LessThanOrEqualTo(room));
        OptionCode[] needed = [OptionCode.MessageType, OptionCode.ServerIdentifier, OptionCode.LeaseTime, OptionCode.SubnetMask, OptionCode.BootFileName, OptionCode.VendorSpecific];
        Assert.That(offer.Options.Select(option => option.Code), Is.SupersetOf(needed));
        Assert.That(offer.Options.Has(OptionCode.TftpServerName), Is.EqualTo(room > 548), "left out only where room is short");
    }

    private static DhcpPacket Offer(DhcpPacket packet) => ((DhcpOutcome.Answer)packet.To(new LeaseTable(new ScopeSet(Site.Network), []), Now)).Message;

    private static int LengthOf(DhcpPacket packet)
    {
        Assert.That(DhcpWriter.TryWrite(packet, new byte[1500], out var length), Is.True);
        return length;
    }
}
