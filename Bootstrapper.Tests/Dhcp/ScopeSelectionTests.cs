using NUnit.Framework;
using Sextant.Dhcp;
using Sextant.Dhcp.Wire;
using Sextant.Lifecycle;
using Sextant.Planning;
using Sextant.Primitives;

namespace Sextant.Tests.Dhcp;

/// <summary>Three subnets, two links: which one a message is from, and what follows from that.</summary>
[TestFixture]
public sealed class ScopeSelectionTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly MacAddress Remote = MacAddress.Parse("52:54:00:00:00:04");

    /// <summary>10.0.0.0/24 is ours; 10.0.1.0/24 and 10.0.2.0/24 are behind a relay, on one wire, with two dynamic addresses each.</summary>
    private static readonly BootNetwork Network = Site.Network with
    {
        Subnets =
        [
            Site.Network.Local,
            Subnet("10.0.1.0/24", "10.0.1.254", "10.0.1.100-10.0.1.101", TimeSpan.FromMinutes(10)),
            Subnet("10.0.2.0/24", "10.0.2.254", "10.0.2.100-10.0.2.101", TimeSpan.FromMinutes(20)) with { SharesLinkWith = Ipv4Network.Parse("10.0.1.0/24") },
        ],
        Reservations = new Dictionary<MacAddress, Reservation>(Site.Network.Reservations) { [Remote] = new("remote", Address("10.0.2.13")) },
    };

    private LeaseTable leases = null!;

    [SetUp]
    public void An_empty_table() => leases = new LeaseTable(new ScopeSet(Network), []);

    // Which link: RFC 3527, RFC 3011, RFC 2131 §4.3.1 (giaddr), arrival.

    [TestCase(null, null, "0.0.0.0", "10.0.0.0/24", TestName = "RFC_2131_4_3_1_without_a_relay_it_is_the_interface_s_subnet")]
    [TestCase(null, null, "10.0.1.7", "10.0.1.0/24, 10.0.2.0/24", TestName = "RFC_2131_4_3_1_giaddr_names_the_link")]
    [TestCase(null, null, "10.0.2.7", "10.0.1.0/24, 10.0.2.0/24", TestName = "RFC_2131_4_3_1_giaddr_of_the_second_subnet_of_a_link")]
    [TestCase(null, "10.0.1.0", "10.0.0.7", "10.0.1.0/24, 10.0.2.0/24", TestName = "RFC_3011_2_option_118_counts_before_giaddr")]
    [TestCase(null, "10.0.1.0", "0.0.0.0", "10.0.1.0/24, 10.0.2.0/24", TestName = "RFC_3011_2_option_118_counts_before_the_interface")]
    [TestCase("10.0.0.0", "10.0.1.0", "10.0.1.7", "10.0.0.0/24", TestName = "RFC_3527_4_link_selection_counts_before_option_118_and_giaddr")]
    [TestCase("10.0.1.0", null, "0.0.0.0", "10.0.0.0/24", TestName = "RFC_3046_2_1_option_82_counts_only_from_a_relay")]
    public void The_link_of_a_message(string? linkSelection, string? subnetSelection, string relay, string expected)
    {
        List<DhcpOption> options = [];
        if (linkSelection is not null) options.Add(Agent(5, Address(linkSelection)));
        if (subnetSelection is not null) options.Add(DhcpOption.Of(OptionCode.SubnetSelection, Address(subnetSelection)));
        Assert.That(LinkOf(Says.Message(Site.Stranger, DhcpMessageType.Discover, options, relay: Address(relay)), broadcast: relay == "0.0.0.0"), Is.EqualTo(expected));
    }

    [TestCase("10.0.2.100", false, "10.0.1.0/24, 10.0.2.0/24", TestName = "RFC_2131_4_3_2_a_unicast_renewal_crosses_routers_and_is_of_its_address_s_link")]
    [TestCase("10.0.2.100", true, "10.0.0.0/24", TestName = "RFC_2131_4_3_2_a_broadcast_is_of_the_link_it_was_heard_on")]
    [TestCase("192.168.1.1", false, "10.0.0.0/24", TestName = "RFC_2131_4_3_2_an_address_of_no_subnet_names_no_link")]
    public void The_link_of_a_client_with_an_address(string client, bool broadcast, string expected) =>
        Assert.That(LinkOf(Says.Extend(Site.Stranger, Address(client)), broadcast), Is.EqualTo(expected));

    [TestCase("10.9.0.7")]
    [TestCase("10.0.3.7")]
    public void A_relay_on_a_link_that_the_file_does_not_have_gets_no_answer(string relay) => Expect(From(relay, Site.Stranger), "silent NoScopeForLink");

    // What is given there.

    [Test]
    public void A_fixed_address_is_given_on_any_subnet_of_its_link_and_nowhere_else()
    {
        Expect(From("10.0.1.7", Remote), "OFFER 10.0.2.13");
        Expect(From("10.0.2.7", Remote), "OFFER 10.0.2.13");
        var astray = Says.Discover(Remote).To(leases, Now);
        Assert.That(Site.Pool.Contains(((DhcpOutcome.Answer)astray).Message.YourAddress), "in the wrong rack it gets a dynamic address");
    }

    [Test]
    public void The_ranges_of_a_link_are_used_one_after_the_other()
    {
        var given = Enumerable.Range(0, 5).Select(n => From("10.0.1.7", Site.Unplanned(n)).To(leases, Now).InWords()).ToList();
        Assert.That(given.Take(2), Is.EquivalentTo(new[] { "OFFER 10.0.1.100", "OFFER 10.0.1.101" }));
        Assert.That(given.Skip(2).Take(2), Is.EquivalentTo(new[] { "OFFER 10.0.2.100", "OFFER 10.0.2.101" }));
        Assert.That(given[4], Is.EqualTo("silent PoolExhausted"), "and the ten of another link are not touched");
        Expect(Says.Discover(Site.Stranger), "OFFER", startsWith: true);
    }

    [TestCase("10.0.1.7", "52:54:00:00:00:99", "255.255.255.0", "10.0.1.254", 600u)]
    [TestCase("10.0.1.7", "52:54:00:00:00:04", "255.255.255.0", "10.0.2.254", 1200u)]
    [TestCase("0.0.0.0", "52:54:00:00:00:99", "255.255.255.0", "10.0.0.254", 3600u)]
    public void Mask_router_and_lease_time_are_those_of_the_subnet_of_the_address(string relay, string mac, string mask, string router, uint seconds)
    {
        var offer = ((DhcpOutcome.Answer)From(relay, MacAddress.Parse(mac)).To(leases, Now)).Message;
        offer.Options.Read(OptionCode.SubnetMask, out Ipv4Address givenMask);
        offer.Options.Read(OptionCode.Router, out Ipv4Address givenRouter);
        offer.Options.Read(OptionCode.LeaseTime, out uint givenTime);
        Assert.That((givenMask.ToString(), givenRouter.ToString(), givenTime), Is.EqualTo((mask, router, seconds)));
        Assert.That(offer.NextServer, Is.EqualTo(Ipv4Address.Any), "an operating system boots nothing");
    }

    [Test]
    public void One_MAC_on_two_links_has_a_lease_on_each()
    {
        // VLAN interfaces of one card share its MAC.
        var here = ((DhcpOutcome.Answer)Says.Discover(Site.Stranger).To(leases, Now)).Message.YourAddress;
        Expect(Says.Selecting(Site.Stranger, here, Site.Server), $"ACK {here}");
        var there = ((DhcpOutcome.Answer)From("10.0.1.7", Site.Stranger).To(leases, Now)).Message.YourAddress;
        Expect(From("10.0.1.7", Site.Stranger, DhcpMessageType.Request, Of(OptionCode.ServerIdentifier, Site.Server), Of(OptionCode.RequestedAddress, there)), $"ACK {there}");
        Expect(Says.Extend(Site.Stranger, here), $"ACK {here}", broadcast: false);
        Expect(Says.Extend(Site.Stranger, there), $"ACK {there}", broadcast: false);
        Assert.That(leases.All, Has.Count.EqualTo(2));
    }

    // A machine that moves.

    [Test]
    public void RFC_2131_4_3_2_INIT_REBOOT_in_another_subnet_is_refused_at_once() =>
        Expect(From("10.0.1.7", Site.Stranger, DhcpMessageType.Request, Of(OptionCode.RequestedAddress, Address("10.0.0.105"))), "NAK WrongNetwork");

    [TestCase("10.0.0.105", "NAK WrongNetwork", TestName = "RFC_2131_4_3_2_REBINDING_in_another_subnet_of_ours_is_refused")]
    [TestCase("192.168.1.5", "silent UnknownClient", TestName = "RFC_2131_4_3_2_REBINDING_with_an_address_of_no_subnet_of_ours_is_another_server_s")]
    public void RFC_2131_4_3_2_REBINDING_elsewhere(string address, string expected) =>
        Expect(Says.Message(Site.Stranger, DhcpMessageType.Request, [], Address(address), Address("10.0.1.7")), expected);

    [Test]
    public void RFC_2131_4_3_5_INFORM_is_answered_for_the_subnet_of_the_client_s_address()
    {
        var ack = (DhcpOutcome.Answer)Says.Inform(Site.Stranger, Address("10.0.2.77")).To(leases, Now, broadcast: false);
        ack.Message.Options.Read(OptionCode.Router, out Ipv4Address router);
        Assert.That((router.ToString(), ack.To.ToString()), Is.EqualTo(("10.0.2.254", "Client { Address = 10.0.2.77 }")));
    }

    // What relays ask for.

    [Test]
    public void RFC_3046_2_2_option_82_comes_back_octet_by_octet_and_last_also_in_a_NAK()
    {
        var agent = new DhcpOption(OptionCode.RelayAgentInformation, new byte[] { 1, 4, 0, 0, 0, 7, 2, 6, 1, 2, 3, 4, 5, 6, 151, 3, 1, 2, 3, 200, 0 });
        foreach (var message in new[]
        {
            Message(From("10.0.1.7", Site.Stranger, DhcpMessageType.Discover, agent, new DhcpOption(OptionCode.ParameterRequestList, new byte[] { 82, 1, 3 }))),
            Message(From("10.0.1.7", Site.Stranger, DhcpMessageType.Request, agent, Of(OptionCode.RequestedAddress, Address("10.0.0.105")))),
        })
        {
            var octets = new byte[1500];
            DhcpWriter.TryWrite(message, octets, out var length);
            var tail = Convert.ToHexString(octets.AsSpan(0, length)).TrimEnd('0');
            Assert.That(tail, Does.EndWith("5215" + Convert.ToHexString(agent.Value.Span) + "FF"));
        }
    }

    [Test]
    public void RFC_3011_2_option_118_comes_back()
    {
        var selection = Of(OptionCode.SubnetSelection, Address("10.0.1.0"));
        Assert.That(Message(Says.Discover(Site.Stranger, selection)).Options, Does.Contain(selection));
    }

    [Test]
    public void RFC_5107_4_the_relay_s_server_identifier_is_given_and_taken_for_ours()
    {
        var agent = Agent(11, Address("10.0.1.7"));
        var offer = Message(From("10.0.1.7", Site.Stranger, DhcpMessageType.Discover, agent));
        offer.Options.Read(OptionCode.ServerIdentifier, out Ipv4Address server);
        Assert.That(server.ToString(), Is.EqualTo("10.0.1.7"));
        var selecting = From("10.0.1.7", Site.Stranger, DhcpMessageType.Request, agent, Of(OptionCode.ServerIdentifier, server), Of(OptionCode.RequestedAddress, offer.YourAddress));
        Expect(selecting, $"ACK {offer.YourAddress}");
        Expect(From("10.0.1.7", Site.Stranger, DhcpMessageType.Request, Of(OptionCode.ServerIdentifier, server), Of(OptionCode.RequestedAddress, offer.YourAddress)),
            "silent AnotherServerChosen");
    }

    [Test]
    public void RFC_5107_4_a_malformed_override_is_not_taken_for_an_absent_one() =>
        Expect(From("10.0.1.7", Site.Stranger, DhcpMessageType.Discover, new DhcpOption(OptionCode.RelayAgentInformation, new byte[] { 11, 3, 10, 0, 1 })), "silent MalformedOption");

    [TestCase(0x80, "ACK 10.0.1.101", TestName = "RFC_5010_4_a_renewal_that_the_relay_heard_by_unicast_makes_a_lost_lease_anew")]
    [TestCase(0x00, "silent UnknownClient", TestName = "RFC_5010_4_one_that_it_heard_by_broadcast_may_be_meant_for_another_server")]
    public void RFC_5010_4_relay_flags(int flags, string expected) =>
        Expect(Says.Message(Site.Stranger, DhcpMessageType.Request, [new(OptionCode.RelayAgentInformation, new byte[] { 10, 1, (byte)flags })], Address("10.0.1.101"), Address("10.0.1.7")),
            expected);

    [TestCase(new byte[] { 19, 0 }, 4000, TestName = "RFC_8357_5_1_a_relay_that_says_so_is_answered_at_the_port_it_sent_from")]
    [TestCase(new byte[] { 1, 1, 7 }, 67, TestName = "RFC_8357_5_1_any_other_relay_is_answered_at_port_67")]
    public void RFC_8357_relay_ports(byte[] agent, int expected)
    {
        var packet = From("10.0.1.7", Site.Stranger, DhcpMessageType.Discover, new DhcpOption(OptionCode.RelayAgentInformation, agent));
        Assert.That(DhcpRequest.TryRead(packet, false, out var request, out _, sourcePort: 4000), Is.True);
        var answer = (DhcpOutcome.Answer)DhcpDecision.Decide(request!, leases, null, new BootDecision.Install(1), Now);
        Assert.That(answer.To, Is.EqualTo(new ReplyTo.Relay(Address("10.0.1.7"), (ushort)expected)));
        Assert.That(answer.Message.Options.Has(OptionCode.RelayAgentInformation));
    }

    private static BootSubnet Subnet(string subnet, string gateway, string range, TimeSpan leaseTime)
    {
        Assert.That(Ipv4Range.TryParse(range, out var dynamic), Is.True);
        return new BootSubnet { Subnet = Ipv4Network.Parse(subnet), Gateway = Address(gateway), DynamicRange = dynamic, LeaseTime = leaseTime };
    }

    private static Ipv4Address Address(string text) => Ipv4Address.Parse(text);

    private static DhcpOption Of(OptionCode code, Ipv4Address address) => DhcpOption.Of(code, address);

    private static DhcpOption Agent(byte code, Ipv4Address address)
    {
        var octets = new byte[] { code, 4, 0, 0, 0, 0 };
        address.CopyTo(octets.AsSpan(2));
        return new DhcpOption(OptionCode.RelayAgentInformation, octets);
    }

    private static DhcpPacket From(string relay, MacAddress mac, DhcpMessageType type = DhcpMessageType.Discover, params DhcpOption[] options) =>
        Says.Message(mac, type, options, relay: Address(relay));

    private string LinkOf(DhcpPacket packet, bool broadcast)
    {
        Assert.That(DhcpRequest.TryRead(packet, broadcast, out var request, out var refusal), Is.True, refusal.ToString());
        return leases.Scopes.LinkOf(request!)!.ToString();
    }

    private DhcpPacket Message(DhcpPacket packet) => packet.To(leases, Now) switch
    {
        DhcpOutcome.Answer answer => answer.Message,
        DhcpOutcome.Refuse refuse => refuse.Message,
        var other => throw new AssertionException(other.InWords()),
    };

    private void Expect(DhcpPacket packet, string expected, bool broadcast = true, bool startsWith = false)
    {
        var words = packet.To(leases, Now, broadcast).InWords();
        Assert.That(words, startsWith ? Does.StartWith(expected) : Is.EqualTo(expected));
    }
}
