using NUnit.Framework;
using Sextant.Dhcp;
using Sextant.Dhcp.Wire;
using Sextant.Lifecycle;
using Sextant.Primitives;

namespace Sextant.Tests.Dhcp;

/// <summary>What a proxy says beside another DHCP server: to whom, on which port, and above all what not.</summary>
[TestFixture]
public sealed class ProxyDecisionTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly Ipv4Address Leased = Ipv4Address.Parse("10.0.0.77"), Foreign = Ipv4Address.Parse("10.0.0.5");
    private static readonly DhcpOption Uuid = new(OptionCode.ClientMachineIdentifier, new byte[17]);
    private static readonly DhcpOption[] Bios =
    [
        DhcpOption.Of(OptionCode.ClientArchitecture, (ushort)0), DhcpOption.Of(OptionCode.VendorClass, "PXEClient:Arch:00000:UNDI:002001"), Uuid,
    ];
    private static readonly DhcpOption[] UefiHttp =
    [
        DhcpOption.Of(OptionCode.ClientArchitecture, (ushort)16), DhcpOption.Of(OptionCode.VendorClass, "HTTPClient:Arch:00016:UNDI:003000"), Uuid,
    ];

    [Test]
    public void PXE_2_1_section_2_2_BIOS_is_offered_its_file_at_once_and_told_to_boot_it() => Assert.That(Offer(Bios).ToString(), Is.EqualTo("""
        OFFER xid 12345678 to 52:54:00:00:00:01 broadcast siaddr 10.0.0.1 file "undionly.kpxe"
           53 message type: OFFER
           54 server identifier: 10.0.0.1
           60 vendor class: "PXEClient"
           43 vendor specific: 6=08
           67 boot file name: "undionly.kpxe"
           66 TFTP server name: "10.0.0.1"
           97 client machine identifier: 0000000000000000000000000000000000

        """));

    [Test]
    public void Pixiecore_README_booting_UEFI_is_offered_a_server_without_option_43_and_without_a_file() => Assert.That(Offer(Says.UefiPxe).ToString(), Is.EqualTo("""
        OFFER xid 12345678 to 52:54:00:00:00:01 broadcast siaddr 10.0.0.1
           53 message type: OFFER
           54 server identifier: 10.0.0.1
           60 vendor class: "PXEClient"
           97 client machine identifier: 0000000000000000000000000000000000

        """));

    [Test]
    public void IPXE_dhcp_has_pxeopts_iPXE_is_offered_server_and_script_so_that_it_does_not_ask_port_4011()
    {
        var offer = Offer(Says.Ipxe);
        Assert.That((offer.NextServer, offer.YourAddress, Text(offer, OptionCode.VendorClass)), Is.EqualTo((Site.Server, Ipv4Address.Any, "PXEClient")));
        Assert.That(Text(offer, OptionCode.BootFileName), Is.EqualTo("http://10.0.0.1/boot/52-54-00-00-00-01/script.ipxe"));
        Assert.That(offer.Options.Has(OptionCode.VendorSpecific), Is.False);
    }

    [Test]
    public void EDK2_HttpBootDhcp4_an_HTTP_client_is_offered_its_class_and_a_URL()
    {
        var offer = Offer(UefiHttp);
        Assert.That((Text(offer, OptionCode.VendorClass), Text(offer, OptionCode.BootFileName), offer.YourAddress),
            Is.EqualTo(("HTTPClient", "http://10.0.0.1/assets/snponly.efi", Ipv4Address.Any)));
    }

    [TestCase((ushort)0), TestCase(DhcpPacket.BroadcastFlag)]
    public void Dnsmasq_rfc2131_an_offer_is_broadcast_whatever_the_client_asks_for_because_there_is_no_address_to_send_it_to(ushort flags)
    {
        var answer = (DhcpOutcome.Answer)Discovery(Says.Message(Site.Master, DhcpMessageType.Discover, Bios, flags: flags));
        Assert.That((answer.To, answer.Message.WantsBroadcast), Is.EqualTo((new ReplyTo.Everyone(), true)));
    }

    [Test]
    public void RFC_3046_2_2_through_a_relay_the_offer_goes_back_to_the_relay_with_its_option_82_last()
    {
        var agent = new DhcpOption(OptionCode.RelayAgentInformation, new byte[] { 1, 2, 7, 7 });
        var relay = Ipv4Address.Parse("192.168.7.1");
        var answer = (DhcpOutcome.Answer)Discovery(Says.Message(Site.Master, DhcpMessageType.Discover, [.. Bios, agent], relay: relay));
        Assert.That((answer.To, answer.Message.RelayAddress, answer.Message.Options[^1]), Is.EqualTo((new ReplyTo.Relay(relay, 67), relay, agent)));
    }

    [Test]
    public void No_reply_of_a_proxy_says_a_word_about_addresses()
    {
        OptionCode[] address =
        [
            OptionCode.LeaseTime, OptionCode.RenewalTime, OptionCode.RebindingTime, OptionCode.SubnetMask, OptionCode.Router, OptionCode.DomainNameServer, OptionCode.HostName,
            OptionCode.DomainName,
        ];
        foreach (var client in new[] { Bios, Says.UefiPxe, Says.Ipxe, UefiHttp })
        {
            foreach (var message in new[] { Offer(client), Ack(Asks(DhcpMessageType.Request, client)) })
            {
                Assert.That(message.YourAddress, Is.EqualTo(Ipv4Address.Any));
                Assert.That(message.Options.Select(option => option.Code).Intersect(address), Is.Empty);
            }
        }
    }

    [TestCase(DhcpMessageType.Request), TestCase(DhcpMessageType.Inform), TestCase(DhcpMessageType.Decline), TestCase(DhcpMessageType.Release), TestCase(null)]
    public void On_port_67_nothing_but_a_DISCOVER_is_answered(DhcpMessageType? type) => Assert.That(
        Discovery(Says.Message(Site.Master, type, Bios)), Is.EqualTo(new DhcpOutcome.Silence(DhcpRefusal.AddressesAreAnotherServers)));

    [Test]
    public void RFC_2131_4_3_2_a_client_that_takes_the_other_servers_address_is_never_refused() => Assert.That(
        Discovery(Says.Selecting(Site.Master, Leased, Foreign, Says.UefiPxe)), Is.EqualTo(new DhcpOutcome.Silence(DhcpRefusal.AddressesAreAnotherServers)));

    [Test]
    public void An_operating_system_and_firmware_without_a_loader_are_not_answered() => Assert.Multiple(() =>
    {
        Assert.That(Discovery(Says.Discover(Site.Master, Says.Systemd)), Is.EqualTo(new DhcpOutcome.Silence(DhcpRefusal.NotABootClient)));
        Assert.That(Discovery(Says.Discover(Site.Master, DhcpOption.Of(OptionCode.VendorClass, "PXEClient:Arch:00032:UNDI:003000"))),
            Is.EqualTo(new DhcpOutcome.Silence(DhcpRefusal.NotABootClient)));
        Assert.That(Boot(Asks(DhcpMessageType.Inform, Says.Systemd)), Is.EqualTo(new DhcpOutcome.Silence(DhcpRefusal.NotABootClient)));
    });

    [Test]
    public void A_machine_the_plan_ignores_is_not_answered_on_either_port() => Assert.Multiple(() =>
    {
        var ignore = new BootDecision.Ignore(IgnoreReason.UnknownMachine);
        Assert.That(Discovery(Says.Discover(Site.Master, Bios), boot: ignore), Is.EqualTo(new DhcpOutcome.Silence(DhcpRefusal.MachineIgnored)));
        Assert.That(Boot(Asks(DhcpMessageType.Request, Bios), boot: ignore), Is.EqualTo(new DhcpOutcome.Silence(DhcpRefusal.MachineIgnored)));
    });

    [Test]
    public void A_machine_is_discovered_once() => Assert.Multiple(() =>
    {
        Assert.That(((DhcpOutcome.Answer)Discovery(Says.Discover(Site.Master, Bios))).Events, Is.EqualTo(new[] { new Discovered(Site.Master, Now, "BIOS") }));
        Assert.That(((DhcpOutcome.Answer)Discovery(Says.Discover(Site.Master, Bios), Machine.New(Site.Master, Now))).Events, Is.Empty);
    });

    [TestCase(DhcpMessageType.Request), TestCase(DhcpMessageType.Inform)]
    public void Dnsmasq_rfc2131_UEFI_that_asks_port_4011_gets_its_file_without_option_43(DhcpMessageType type) => Assert.That(Ack(Asks(type, Says.UefiPxe)).ToString(), Is.EqualTo("""
        ACK xid 12345678 to 52:54:00:00:00:01 ciaddr 10.0.0.77 siaddr 10.0.0.1 file "snponly.efi"
           53 message type: ACK
           54 server identifier: 10.0.0.1
           60 vendor class: "PXEClient"
           67 boot file name: "snponly.efi"
           66 TFTP server name: "10.0.0.1"
           97 client machine identifier: 0000000000000000000000000000000000

        """));

    [Test]
    public void PXE_2_1_section_2_2_2_BIOS_that_asks_port_4011_is_told_to_boot_the_file()
    {
        var ack = Ack(Asks(DhcpMessageType.Request, Bios));
        Assert.That((ack.File, ack.Options.ReadSub(OptionCode.VendorSpecific, 6, out var control), control.ToArray()), Is.EqualTo(("undionly.kpxe", OptionRead.Present, new byte[] { 8 })));
    }

    [Test]
    public void IPXE_that_asks_port_4011_all_the_same_gets_its_script() =>
        Assert.That(Text(Ack(Asks(DhcpMessageType.Request, Says.Ipxe)), OptionCode.BootFileName), Is.EqualTo("http://10.0.0.1/boot/52-54-00-00-00-01/script.ipxe"));

    [TestCase(0, TestName = "BIOS"), TestCase(7, TestName = "UEFI_x64")]
    public void PXE_2_1_section_2_4_1_a_boot_item_that_is_asked_for_is_given_back_without_the_bit_for_credentials(int architecture)
    {
        var asked = new DhcpOption(OptionCode.VendorSpecific, new byte[] { 71, 4, 0, 9, 0x80, 1, 255 });
        var ack = Ack(Asks(DhcpMessageType.Request, [.. architecture == 0 ? Bios : Says.UefiPxe, asked]));
        Assert.That(ack.Options.TryGet(OptionCode.VendorSpecific, out var echo), Is.True);
        Assert.That(echo.ToArray(), Is.EqualTo(new byte[] { 71, 4, 0, 9, 0, 1, 255 }));
        Assert.That(ack.File, Is.Not.Empty);
    }

    [TestCase(new byte[] { 71, 2, 0, 9, 255 }), TestCase(new byte[] { 71, 9, 0 })]
    public void A_malformed_boot_item_is_as_none(byte[] value) => Assert.That(
        Ack(Asks(DhcpMessageType.Request, [.. Says.UefiPxe, new DhcpOption(OptionCode.VendorSpecific, value)])).Options.Has(OptionCode.VendorSpecific), Is.False);

    [Test]
    public void Port_4011_answers_to_the_clients_address_and_to_the_port_it_asked_from() => Assert.Multiple(() =>
    {
        Assert.That(((DhcpOutcome.Answer)Boot(Asks(DhcpMessageType.Request, Bios))).To, Is.EqualTo(new ReplyTo.Requester(Leased, 1068)));
        Assert.That(((DhcpOutcome.Answer)Boot(Says.Message(Site.Master, DhcpMessageType.Request, Bios))).To, Is.EqualTo(new ReplyTo.Requester(Foreign, 1068)));
    });

    [Test]
    public void Port_4011_has_nothing_to_say_to_a_client_without_an_address_or_of_another_boot_server() => Assert.Multiple(() =>
    {
        Assert.That(Boot(Says.Message(Site.Master, DhcpMessageType.Request, Bios), source: Ipv4Address.Any), Is.EqualTo(new DhcpOutcome.Silence(DhcpRefusal.IncompleteRequest)));
        Assert.That(Boot(Asks(DhcpMessageType.Request, Bios), port: 0), Is.EqualTo(new DhcpOutcome.Silence(DhcpRefusal.IncompleteRequest)));
        Assert.That(Boot(Asks(DhcpMessageType.Request, [.. Bios, DhcpOption.Of(OptionCode.ServerIdentifier, Foreign)])),
            Is.EqualTo(new DhcpOutcome.Silence(DhcpRefusal.AnotherServerChosen)));
        Assert.That(Boot(Asks(DhcpMessageType.Request, [.. Bios, DhcpOption.Of(OptionCode.ServerIdentifier, Site.Server)])), Is.InstanceOf<DhcpOutcome.Answer>());
        Assert.That(Boot(Asks(DhcpMessageType.Discover, Bios)), Is.EqualTo(new DhcpOutcome.Silence(DhcpRefusal.NotABootRequest)));
    });

    [Test]
    public void A_relays_address_that_cannot_be_one_is_not_answered() => Assert.That(
        Discovery(Says.Message(Site.Master, DhcpMessageType.Discover, Bios, relay: Site.Server)), Is.EqualTo(new DhcpOutcome.Silence(DhcpRefusal.BadRelayAddress)));

    private static DhcpPacket Asks(DhcpMessageType type, IEnumerable<DhcpOption> client) => Says.Message(Site.Master, type, client, client: Leased);

    private static DhcpPacket Offer(DhcpOption[] client) => ((DhcpOutcome.Answer)Discovery(Says.Discover(Site.Master, client))).Message;

    private static DhcpPacket Ack(DhcpPacket packet) => ((DhcpOutcome.Answer)Boot(packet)).Message;

    private static string Text(DhcpPacket packet, OptionCode code)
    {
        packet.Options.Read(code, out string text);
        return text;
    }

    private static DhcpOutcome Discovery(DhcpPacket packet, Machine? machine = null, BootDecision? boot = null) =>
        ProxyDecision.OnDiscovery(Read(packet), Site.Network, machine, boot ?? new BootDecision.Install(1), Now);

    private static DhcpOutcome Boot(DhcpPacket packet, BootDecision? boot = null, Ipv4Address? source = null, ushort port = 1068) =>
        ProxyDecision.OnBootRequest(Read(packet), source ?? Foreign, port, Site.Network, null, boot ?? new BootDecision.Install(1), Now);

    private static DhcpRequest Read(DhcpPacket packet)
    {
        Assert.That(DhcpRequest.TryRead(packet, arrivedByBroadcast: true, out var request, out var refusal), Is.True, refusal.ToString());
        return request!;
    }
}
