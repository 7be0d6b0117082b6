using NUnit.Framework;
using Sextant.Dhcp;
using Sextant.Dhcp.Wire;
using Sextant.Lifecycle;
using Sextant.Primitives;

namespace Sextant.Tests.Dhcp;

/// <summary>The state rules, one table for each section of RFC 2131 (and its neighbours).</summary>
/// <remarks>Long because it follows the RFC section by section; a rule is looked for here and nowhere else.</remarks>
[TestFixture]
public sealed class DhcpDecisionTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly Ipv4Address Other = Ipv4Address.Parse("10.0.0.3");

    private LeaseTable leases = null!;

    [SetUp]
    public void An_empty_table() => leases = new LeaseTable(new ScopeSet(Site.Network), []);

    // RFC 2131 §4.3.1 DHCPDISCOVER: which address.

    [Test]
    public void RFC_2131_4_3_1_a_planned_machine_is_offered_its_fixed_address() => Expect(Says.Discover(Site.Master), "OFFER 10.0.0.11");

    [Test]
    public void RFC_2131_4_3_1_a_bound_client_is_offered_the_address_it_has()
    {
        Bound(Site.Stranger, "10.0.0.105", Now.AddMinutes(30));
        Expect(Says.Discover(Site.Stranger), "OFFER 10.0.0.105");
        Assert.That(leases.Of(Site.Stranger, leases.Scopes.Local)!.State, Is.EqualTo(LeaseState.Bound), "the better lease stays");
    }

    [Test]
    public void RFC_2131_4_3_1_a_returning_client_is_offered_the_address_it_had()
    {
        Bound(Site.Stranger, "10.0.0.105", Now.AddDays(-30));
        Expect(Says.Discover(Site.Stranger), "OFFER 10.0.0.105");
    }

    [Test]
    public void RFC_2131_4_3_1_a_new_client_is_offered_the_free_address_it_asks_for() =>
        Expect(Says.Discover(Site.Stranger, DhcpOption.Of(OptionCode.RequestedAddress, Ipv4Address.Parse("10.0.0.107"))), "OFFER 10.0.0.107");

    [TestCase("10.0.0.1", TestName = "RFC_2131_4_3_1_not_the_server's")]
    [TestCase("10.0.0.11", TestName = "RFC_2131_4_3_1_not_another_machine's_fixed_one")]
    [TestCase("10.0.0.50", TestName = "RFC_2131_4_3_1_not_one_outside_the_range")]
    [TestCase("192.168.1.1", TestName = "RFC_2131_4_3_1_not_one_of_another_network")]
    [TestCase("10.0.0.100", TestName = "RFC_2131_4_3_1_not_one_that_somebody_has")]
    public void A_client_is_not_offered_any_address_it_asks_for(string wish)
    {
        Bound(Site.Unplanned(1), "10.0.0.100", Now.AddMinutes(30));
        var outcome = (DhcpOutcome.Answer)Says.Discover(Site.Stranger, DhcpOption.Of(OptionCode.RequestedAddress, Ipv4Address.Parse(wish))).To(leases, Now);
        Assert.That(Site.Pool.Contains(outcome.Message.YourAddress) && outcome.Message.YourAddress.ToString() != wish, outcome.InWords());
    }

    [Test]
    public void An_offer_is_kept_for_a_minute_and_not_longer()
    {
        Fill(9, Now.AddDays(1));
        var offered = ((DhcpOutcome.Answer)Says.Discover(Site.Stranger).To(leases, Now)).Message.YourAddress;
        Expect(Says.Discover(Site.Floating), "silent PoolExhausted", Now.AddSeconds(59));
        Expect(Says.Discover(Site.Floating), $"OFFER {offered}", Now.AddSeconds(60));
    }

    [Test]
    public void A_full_pool_says_so_and_gives_the_address_free_for_longest_when_one_is()
    {
        Fill(10, Now.AddMinutes(1));
        Expect(Says.Discover(Site.Stranger), "silent PoolExhausted");
        var oldest = leases.All.Single(lease => lease.Mac == Site.Unplanned(4));
        leases.Apply(new LeaseChange.Keep(oldest with { ExpiresAt = Now.AddSeconds(1) }));
        Expect(Says.Discover(Site.Stranger), $"OFFER {oldest.Address}", Now.AddHours(1));
        Assert.That(leases.Of(Site.Unplanned(4), leases.Scopes.Local), Is.Null, "the one that had it has no lease any more");
    }

    // RFC 2131 §4.3.2 DHCPREQUEST.

    [Test]
    public void RFC_2131_4_3_2_SELECTING_what_was_offered_is_acknowledged()
    {
        var offered = ((DhcpOutcome.Answer)Says.Discover(Site.Stranger).To(leases, Now)).Message.YourAddress;
        Expect(Says.Selecting(Site.Stranger, offered, Site.Server), $"ACK {offered}", Now.AddSeconds(4));
        Assert.That(leases.Of(Site.Stranger, leases.Scopes.Local), Is.EqualTo(new Lease(
            Site.Stranger, offered, LeaseState.Bound, Now.AddSeconds(4), Now.AddSeconds(4) + Site.LeaseTime, "operating system")));
    }

    [Test]
    public void RFC_2131_4_3_2_SELECTING_an_offer_lost_in_a_restart_is_honoured_all_the_same() =>
        Expect(Says.Selecting(Site.Stranger, Ipv4Address.Parse("10.0.0.104"), Site.Server), "ACK 10.0.0.104");

    [TestCase("10.0.0.12", "NAK WrongAddress", TestName = "RFC_2131_4_3_2_SELECTING_another_machine's_fixed_address")]
    [TestCase("10.0.0.100", "NAK WrongAddress", TestName = "RFC_2131_4_3_2_SELECTING_another_machine's_lease")]
    [TestCase("10.0.0.50", "NAK WrongAddress", TestName = "RFC_2131_4_3_2_SELECTING_an_address_outside_the_range")]
    public void RFC_2131_4_3_2_SELECTING_what_cannot_be_had(string address, string expected)
    {
        Bound(Site.Unplanned(1), "10.0.0.100", Now.AddMinutes(30));
        Expect(Says.Selecting(Site.Stranger, Ipv4Address.Parse(address), Site.Server), expected);
    }

    [Test]
    public void RFC_2131_4_3_2_SELECTING_another_server_sets_the_offer_free_in_silence()
    {
        Says.Discover(Site.Stranger).To(leases, Now);
        Expect(Says.Selecting(Site.Stranger, Ipv4Address.Parse("10.0.0.77"), Other), "silent AnotherServerChosen");
        Assert.That(leases.Of(Site.Stranger, leases.Scopes.Local), Is.Null);
    }

    [Test]
    public void RFC_2131_4_3_2_SELECTING_another_server_does_not_end_a_lease()
    {
        Bound(Site.Stranger, "10.0.0.105", Now.AddMinutes(30));
        Expect(Says.Selecting(Site.Stranger, Ipv4Address.Parse("10.0.0.77"), Other), "silent AnotherServerChosen");
        Assert.That(leases.Of(Site.Stranger, leases.Scopes.Local), Is.Not.Null);
    }

    [Test]
    public void RFC_2131_4_3_2_SELECTING_needs_the_address_in_option_50() =>
        Expect(Says.Message(Site.Master, DhcpMessageType.Request, [DhcpOption.Of(OptionCode.ServerIdentifier, Site.Server)]), "silent IncompleteRequest");

    [TestCase("52:54:00:00:00:01", "10.0.0.11", "ACK 10.0.0.11", TestName = "RFC_2131_4_3_2_INIT_REBOOT_fixed_address_without_a_lease")]
    [TestCase("52:54:00:00:00:01", "10.0.0.12", "NAK WrongAddress", TestName = "RFC_2131_4_3_2_INIT_REBOOT_wrong_address_of_a_planned_machine")]
    [TestCase("52:54:00:00:00:99", "10.0.0.105", "ACK 10.0.0.105", TestName = "RFC_2131_4_3_2_INIT_REBOOT_its_lease")]
    [TestCase("52:54:00:00:00:99", "10.0.0.106", "NAK WrongAddress", TestName = "RFC_2131_4_3_2_INIT_REBOOT_not_its_lease")]
    [TestCase("52:54:00:00:00:98", "10.0.0.106", "silent UnknownClient", TestName = "RFC_2131_4_3_2_INIT_REBOOT_unknown_client")]
    [TestCase("52:54:00:00:00:98", "192.168.1.5", "NAK WrongNetwork", TestName = "RFC_2131_4_3_2_INIT_REBOOT_wrong_network")]
    public void RFC_2131_4_3_2_INIT_REBOOT(string mac, string address, string expected)
    {
        Bound(Site.Stranger, "10.0.0.105", Now.AddMinutes(30));
        Expect(Says.InitReboot(MacAddress.Parse(mac), Ipv4Address.Parse(address)), expected);
    }

    [TestCase(false, "52:54:00:00:00:99", "10.0.0.105", "ACK 10.0.0.105", TestName = "RFC_2131_4_3_2_RENEWING_its_lease")]
    [TestCase(false, "52:54:00:00:00:99", "10.0.0.106", "NAK WrongAddress", TestName = "RFC_2131_4_3_2_RENEWING_not_its_lease")]
    [TestCase(false, "52:54:00:00:00:98", "10.0.0.107", "ACK 10.0.0.107", TestName = "RFC_2131_4_3_2_RENEWING_a_lost_lease_is_made_anew")]
    [TestCase(false, "52:54:00:00:00:98", "10.0.0.105", "NAK UnknownClient", TestName = "RFC_2131_4_3_2_RENEWING_a_lost_lease_that_is_taken")]
    [TestCase(false, "52:54:00:00:00:98", "10.0.0.50", "NAK UnknownClient", TestName = "RFC_2131_4_3_2_RENEWING_an_address_we_never_gave")]
    [TestCase(true, "52:54:00:00:00:99", "10.0.0.105", "ACK 10.0.0.105", TestName = "RFC_2131_4_3_2_REBINDING_its_lease")]
    [TestCase(true, "52:54:00:00:00:99", "10.0.0.106", "NAK WrongAddress", TestName = "RFC_2131_4_3_2_REBINDING_not_its_lease")]
    [TestCase(true, "52:54:00:00:00:98", "10.0.0.107", "silent UnknownClient", TestName = "RFC_2131_4_3_2_REBINDING_another_server's_client")]
    [TestCase(true, "52:54:00:00:00:99", "192.168.1.5", "silent WrongNetwork", TestName = "RFC_2131_4_3_2_REBINDING_another_network's_lease")]
    [TestCase(false, "52:54:00:00:00:01", "10.0.0.11", "ACK 10.0.0.11", TestName = "RFC_2131_4_3_2_RENEWING_a_fixed_address")]
    [TestCase(true, "52:54:00:00:00:01", "10.0.0.11", "ACK 10.0.0.11", TestName = "RFC_2131_4_3_2_REBINDING_a_fixed_address")]
    public void RFC_2131_4_3_2_RENEWING_and_REBINDING(bool broadcast, string mac, string address, string expected)
    {
        Bound(Site.Stranger, "10.0.0.105", Now.AddMinutes(30));
        Expect(Says.Extend(MacAddress.Parse(mac), Ipv4Address.Parse(address)), expected, broadcast: broadcast);
    }

    [Test]
    public void RFC_2131_4_3_2_a_lease_that_ran_out_is_extended_while_nobody_took_it()
    {
        Bound(Site.Stranger, "10.0.0.105", Now.AddMinutes(-30));
        Expect(Says.Extend(Site.Stranger, Ipv4Address.Parse("10.0.0.105")), "ACK 10.0.0.105");
    }

    [Test]
    public void RFC_2131_4_3_2_a_request_without_any_address_is_incomplete() =>
        Expect(Says.Message(Site.Master, DhcpMessageType.Request, []), "silent IncompleteRequest");

    // RFC 2131 §4.3.3 DHCPDECLINE, §4.3.4 DHCPRELEASE, §4.3.5 DHCPINFORM.

    [Test]
    public void RFC_2131_4_3_3_a_declined_address_is_given_to_nobody_for_ten_minutes_and_its_finder_gets_another()
    {
        Bound(Site.Stranger, "10.0.0.105", Now.AddMinutes(30));
        Expect(Says.Decline(Site.Stranger, Ipv4Address.Parse("10.0.0.105"), Site.Server), "noted");
        var wish = DhcpOption.Of(OptionCode.RequestedAddress, Ipv4Address.Parse("10.0.0.105"));
        foreach (var mac in new[] { Site.Stranger, Site.Floating })
            Assert.That(Says.Discover(mac, wish).To(leases, Now.AddMinutes(9)).InWords(), Does.StartWith("OFFER").And.Not.EqualTo("OFFER 10.0.0.105"));
        Expect(Says.Selecting(Site.Unplanned(5), Ipv4Address.Parse("10.0.0.105"), Site.Server), "NAK WrongAddress", Now.AddMinutes(9));
        Expect(Says.Selecting(Site.Unplanned(5), Ipv4Address.Parse("10.0.0.105"), Site.Server), "ACK 10.0.0.105", Now.AddMinutes(10));
    }

    [Test]
    public void RFC_2131_4_3_3_a_machine_that_declines_its_fixed_address_gets_a_dynamic_one_until_the_conflict_is_forgotten()
    {
        Says.Discover(Site.Master).To(leases, Now);
        Expect(Says.Decline(Site.Master, Site.MasterAddress, Site.Server), "noted");
        var stopgap = ((DhcpOutcome.Answer)Says.Discover(Site.Master).To(leases, Now.AddSeconds(10))).Message.YourAddress;
        Assert.That(Site.Pool.Contains(stopgap));
        Expect(Says.Selecting(Site.Master, stopgap, Site.Server), $"ACK {stopgap}", Now.AddSeconds(11));
        Expect(Says.Discover(Site.Master), "OFFER 10.0.0.11", Now.AddMinutes(11));
    }

    [TestCase("52:54:00:00:00:98", "10.0.0.105", "10.0.0.1", "silent WrongAddress", TestName = "RFC_2131_4_3_3_nobody_declines_another's_address")]
    [TestCase("52:54:00:00:00:99", "10.0.0.106", "10.0.0.1", "silent WrongAddress", TestName = "RFC_2131_4_3_3_nobody_declines_a_free_address")]
    [TestCase("52:54:00:00:00:99", "10.0.0.105", "10.0.0.3", "silent AnotherServerChosen", TestName = "RFC_2131_4_3_3_another_server's_decline")]
    public void RFC_2131_4_3_3_DECLINE(string mac, string address, string server, string expected)
    {
        Bound(Site.Stranger, "10.0.0.105", Now.AddMinutes(30));
        Expect(Says.Decline(MacAddress.Parse(mac), Ipv4Address.Parse(address), Ipv4Address.Parse(server)), expected);
        Assert.That(leases.At(Ipv4Address.Parse("10.0.0.105"))!.State, Is.EqualTo(LeaseState.Bound));
    }

    [TestCase("52:54:00:00:00:99", "10.0.0.105", "10.0.0.1", "noted", false)]
    [TestCase("52:54:00:00:00:99", "10.0.0.106", "10.0.0.1", "silent WrongAddress", true)]
    [TestCase("52:54:00:00:00:98", "10.0.0.105", "10.0.0.1", "silent UnknownClient", true)]
    [TestCase("52:54:00:00:00:99", "10.0.0.105", "10.0.0.3", "silent AnotherServerChosen", true)]
    public void RFC_2131_4_3_4_RELEASE_frees_the_client_s_own_address_which_is_remembered(string mac, string address, string server, string expected, bool live)
    {
        Bound(Site.Stranger, "10.0.0.105", Now.AddMinutes(30));
        Expect(Says.Release(MacAddress.Parse(mac), Ipv4Address.Parse(address), Ipv4Address.Parse(server)), expected);
        Assert.That(leases.Of(Site.Stranger, leases.Scopes.Local)!.IsLive(Now), Is.EqualTo(live));
        Expect(Says.Discover(Site.Stranger), "OFFER 10.0.0.105", Now.AddDays(1));
    }

    [TestCase("10.0.0.77", "ACK 0.0.0.0", TestName = "RFC_2131_4_3_5_INFORM_of_a_client_with_an_address_of_its_own")]
    [TestCase("192.168.1.5", "silent WrongNetwork", TestName = "RFC_2131_4_3_5_INFORM_from_another_network")]
    [TestCase("0.0.0.0", "silent IncompleteRequest", TestName = "RFC_2131_4_3_5_INFORM_without_ciaddr")]
    public void RFC_2131_4_3_5_INFORM(string address, string expected)
    {
        Expect(Says.Inform(Site.Stranger, Ipv4Address.Parse(address)), expected);
        Assert.That(leases.All, Is.Empty);
    }

    // RFC 1534 BOOTP.

    [TestCase("52:54:00:00:00:01", "BOOTREPLY 10.0.0.11")]
    [TestCase("52:54:00:00:00:03", "silent BootpWithoutReservation")]
    [TestCase("52:54:00:00:00:99", "silent BootpWithoutReservation")]
    public void RFC_1534_2_only_machines_with_a_fixed_address_are_answered_by_BOOTP(string mac, string expected) =>
        Expect(Says.Message(MacAddress.Parse(mac), null, []), expected);

    // Who is answered at all.

    [Test]
    public void A_machine_to_be_ignored_gets_no_answer_whatever_it_says()
    {
        var ignore = new BootDecision.Ignore(IgnoreReason.UnknownMachine);
        foreach (var packet in new[] { Says.Discover(Site.Stranger), Says.InitReboot(Site.Stranger, Site.MasterAddress), Says.Inform(Site.Stranger, Other) })
            Assert.That(packet.To(leases, Now, boot: ignore).InWords(), Is.EqualTo("silent MachineIgnored"));
        Assert.That(leases.All, Is.Empty);
    }

    [Test]
    public void Every_other_boot_decision_gets_the_same_chain()
    {
        BootDecision[] decisions = [new BootDecision.Install(1), new BootDecision.BootLocalDisk(), new BootDecision.Discover(), new BootDecision.Hold(HoldReason.Operator)];
        foreach (var boot in decisions)
        {
            var answer = (DhcpOutcome.Answer)Says.Discover(Site.Master, Says.UefiPxe).To(leases, Now, boot: boot);
            Assert.That(answer.Message.File, Is.EqualTo("snponly.efi"), boot.ToString());
        }
    }

    [TestCase("00:00:00:00:00:00", DhcpRefusal.BadHardwareAddress)]
    [TestCase("ff:ff:ff:ff:ff:ff", DhcpRefusal.BadHardwareAddress)]
    [TestCase("01:00:5e:00:00:01", DhcpRefusal.BadHardwareAddress)]
    public void No_machine_owns_such_an_address(string mac, DhcpRefusal expected) => Expect(Says.Discover(MacAddress.Parse(mac)), $"silent {expected}");

    [TestCase(DhcpMessageType.Offer)]
    [TestCase(DhcpMessageType.Ack)]
    [TestCase(DhcpMessageType.Nak)]
    public void What_only_servers_say_is_not_a_client_s_message(DhcpMessageType type) => Expect(Says.Message(Site.Master, type, []), "silent NotAClientMessage");

    [Test]
    public void A_reply_is_not_a_request()
    {
        var packet = new DhcpPacket { Op = BootOp.Reply, HardwareAddress = new byte[16] };
        Expect(packet, "silent NotARequest");
    }

    [Test]
    public void InfiniBand_is_not_Ethernet()
    {
        var packet = new DhcpPacket { Op = BootOp.Request, HardwareType = 32, HardwareLength = 0, HardwareAddress = new byte[16] };
        Expect(packet, "silent NotEthernet");
    }

    [TestCase(OptionCode.RequestedAddress)]
    [TestCase(OptionCode.ServerIdentifier)]
    [TestCase(OptionCode.SubnetSelection)]
    public void A_malformed_address_is_not_taken_for_an_absent_one(OptionCode code) =>
        Expect(Says.Message(Site.Master, DhcpMessageType.Request, [new(code, new byte[] { 10, 0, 0 })]), "silent MalformedOption");

    // Relays.

    [TestCase("10.0.0.7", null, "OFFER 10.0.0.11", TestName = "A_relay_on_our_subnet")]
    [TestCase("10.9.0.7", null, "silent NoScopeForLink", TestName = "A_relay_on_another_subnet")]
    [TestCase("10.9.0.7", new byte[] { 5, 4, 10, 0, 0, 0 }, "OFFER 10.0.0.11", TestName = "RFC_3527_the_link_selection_counts_before_giaddr")]
    [TestCase("10.0.0.7", new byte[] { 5, 4, 10, 9, 0, 0 }, "silent NoScopeForLink", TestName = "RFC_3527_a_link_selection_of_another_subnet")]
    [TestCase("10.0.0.7", new byte[] { 5, 3, 10, 9, 0 }, "silent MalformedOption", TestName = "RFC_3527_a_malformed_link_selection")]
    [TestCase("10.0.0.1", null, "silent BadRelayAddress", TestName = "Our_own_address_is_no_relay")]
    [TestCase("127.0.0.1", null, "silent BadRelayAddress", TestName = "Loopback_is_no_relay")]
    [TestCase("224.0.0.1", null, "silent BadRelayAddress", TestName = "A_group_is_no_relay")]
    public void Relays(string relay, byte[]? agent, string expected)
    {
        DhcpOption[] options = agent is null ? [] : [new(OptionCode.RelayAgentInformation, agent)];
        Expect(Says.Message(Site.Master, DhcpMessageType.Discover, options, relay: Ipv4Address.Parse(relay)), expected, broadcast: false);
    }

    [TestCase("10.0.0.0", "OFFER 10.0.0.11")]
    [TestCase("10.9.0.0", "silent NoScopeForLink")]
    public void RFC_3011_the_subnet_selection_counts_where_there_is_no_link_selection(string subnet, string expected) =>
        Expect(Says.Discover(Site.Master, DhcpOption.Of(OptionCode.SubnetSelection, Ipv4Address.Parse(subnet))), expected);

    // Events.

    [Test]
    public void A_machine_is_discovered_once_and_leased_when_it_starts_but_not_when_it_renews()
    {
        Assert.That(Events(Says.Discover(Site.Master, Says.UefiPxe), null), Is.EqualTo("Discovered UEFI x64"));
        var seen = Machine.New(Site.Master, Now);
        Assert.That(Events(Says.Discover(Site.Master, Says.UefiPxe), seen), Is.Empty);
        Assert.That(Events(Says.Selecting(Site.Master, Site.MasterAddress, Site.Server, Says.Ipxe), seen), Is.EqualTo("Leased iPXE"));
        Assert.That(Events(Says.InitReboot(Site.Master, Site.MasterAddress), seen), Is.EqualTo("Leased operating system"));
        Assert.That(Events(Says.Extend(Site.Master, Site.MasterAddress), seen), Is.Empty);
        Assert.That(Events(Says.Release(Site.Stranger, Site.MasterAddress, Site.Server), null), Is.Empty, "a message without an answer shows nobody");
    }

    [Test]
    public void A_machine_that_finds_no_address_is_shown_all_the_same()
    {
        Fill(10, Now.AddMinutes(1));
        DhcpRequest.TryRead(Says.Discover(Site.Stranger), true, out var request, out _);
        var outcome = (DhcpOutcome.Silence)DhcpDecision.Decide(request!, leases, null, new BootDecision.Discover(), Now);
        Assert.That(outcome.Events.Select(one => one.Mac), Is.EqualTo(new[] { Site.Stranger }));
    }

    [Test]
    public void Deciding_changes_nothing()
    {
        DhcpRequest.TryRead(Says.Discover(Site.Stranger), true, out var request, out _);
        var once = DhcpDecision.Decide(request!, leases, null, new BootDecision.Install(1), Now);
        var twice = DhcpDecision.Decide(request!, leases, null, new BootDecision.Install(1), Now);
        Assert.That(leases.All, Is.Empty);
        Assert.That(twice.InWords(), Is.EqualTo(once.InWords()));
    }

    private string Events(DhcpPacket packet, Machine? machine)
    {
        DhcpRequest.TryRead(packet, true, out var request, out _);
        var events = DhcpDecision.Decide(request!, leases, machine, new BootDecision.Install(1), Now) is DhcpOutcome.Answer answer ? answer.Events : [];
        return string.Join(", ", events.Select(one => one switch
        {
            Discovered discovered => "Discovered " + discovered.Firmware,
            Leased leased => "Leased " + leased.Client,
            _ => one.GetType().Name,
        }));
    }

    private void Bound(MacAddress mac, string address, DateTimeOffset until) =>
        leases.Apply(new LeaseChange.Keep(new Lease(mac, Ipv4Address.Parse(address), LeaseState.Bound, Now.AddDays(-60), until, "operating system")));

    private void Fill(int count, DateTimeOffset until)
    {
        for (var i = 0; i < count; i++) Bound(Site.Unplanned(i), Site.Pool.First.Plus((uint)i).ToString(), until);
    }

    private void Expect(DhcpPacket packet, string expected, DateTimeOffset? at = null, bool broadcast = true) =>
        Assert.That(packet.To(leases, at ?? Now, broadcast).InWords(), Is.EqualTo(expected));
}
