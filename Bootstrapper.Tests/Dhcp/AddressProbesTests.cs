using NUnit.Framework;
using Sextant.Dhcp;
using Sextant.Dhcp.Wire;
using Sextant.Primitives;

namespace Sextant.Tests.Dhcp;

/// <summary>Offers that wait for their address to be probed, by a clock that is turned by hand.</summary>
[TestFixture]
public sealed class AddressProbesTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly Ipv4Address Address = Ipv4Address.Parse("10.0.0.100"), Next = Ipv4Address.Parse("10.0.0.101");

    private AddressProbes probes = null!;

    [SetUp]
    public void Nothing_is_probed() => Assert.That(((probes = new AddressProbes()).Count, probes.NextDeadline), Is.EqualTo((0, (DateTimeOffset?)null)));

    [Test]
    public void RFC_5227_2_1_1_an_address_is_asked_about_twice_and_is_free_when_nobody_claims_it()
    {
        Hold(Site.Stranger, Address, Start);
        Assert.That(probes.OnTimer(Start).Ask, Is.EqualTo(new[] { Address }));
        Assert.That(probes.NextDeadline, Is.EqualTo(Start + AddressProbes.Interval));
        var again = Start + AddressProbes.Interval;
        Assert.That(probes.OnTimer(again).Ask, Is.EqualTo(new[] { Address }));
        Assert.That(probes.NextDeadline, Is.EqualTo(again + AddressProbes.Patience));
        Assert.That(probes.OnTimer(again + AddressProbes.Patience - TimeSpan.FromTicks(1)).Free, Is.Empty);
        var (ask, free) = probes.OnTimer(again + AddressProbes.Patience);
        Assert.That((ask.Count, free.Single().Request.Mac, probes.Count), Is.EqualTo((0, Site.Stranger, 0)));
    }

    [Test]
    public void An_offer_leaves_soon_enough_for_any_firmware() =>
        Assert.That(AddressProbes.Interval * (AddressProbes.Questions - 1) + AddressProbes.Patience, Is.LessThanOrEqualTo(TimeSpan.FromMilliseconds(500)));

    [Test]
    public void A_claimed_address_is_not_offered_and_its_request_comes_back()
    {
        var request = Hold(Site.Stranger, Address, Start);
        probes.OnTimer(Start);
        Assert.That(probes.OnClaim(Address, Site.Worker), Is.SameAs(request));
        Assert.That(probes.OnTimer(Start + TimeSpan.FromSeconds(1)).Free, Is.Empty);
        Assert.That(probes.OnClaim(Address, Site.Worker), Is.Null, "nobody waits for it any more");
    }

    [Test]
    public void The_machine_itself_may_use_its_address_already()
    {
        Hold(Site.Stranger, Address, Start);
        Assert.That(probes.OnClaim(Address, Site.Stranger), Is.Null);
        Assert.That(probes.OnClaim(Next, Site.Worker), Is.Null);
        probes.OnTimer(Start);
        probes.OnTimer(Start + AddressProbes.Interval);
        Assert.That(probes.OnTimer(Start + TimeSpan.FromSeconds(1)).Free, Has.Count.EqualTo(1));
    }

    [Test]
    public void A_machine_that_asks_again_gets_the_newer_offer_at_the_time_of_the_first()
    {
        Hold(Site.Stranger, Address, Start);
        probes.OnTimer(Start);
        var later = Hold(Site.Stranger, Address, Start + AddressProbes.Interval / 2);
        Assert.That(probes.NextDeadline, Is.EqualTo(Start + AddressProbes.Interval));
        probes.OnTimer(Start + AddressProbes.Interval);
        var free = probes.OnTimer(Start + AddressProbes.Interval + AddressProbes.Patience).Free;
        Assert.That(free.Single().Request, Is.SameAs(later));
    }

    [Test]
    public void A_machine_that_is_to_get_another_address_waits_for_that_alone()
    {
        Hold(Site.Stranger, Address, Start);
        Hold(Site.Stranger, Next, Start);
        Assert.That(probes.OnTimer(Start).Ask, Is.EqualTo(new[] { Next }));
        Assert.That(probes.OnClaim(Address, Site.Worker), Is.Null);
    }

    [Test]
    public void A_machine_that_took_another_servers_offer_gets_none()
    {
        Hold(Site.Stranger, Address, Start);
        probes.Forget(Site.Stranger);
        Assert.That((probes.IsHeld(Site.Stranger, Address), probes.OnTimer(Start + TimeSpan.FromSeconds(1)).Ask.Count), Is.EqualTo((false, 0)));
    }

    [Test]
    public void A_rack_of_thousands_waits_at_once_and_what_is_beyond_the_limit_does_not_wait()
    {
        var first = Ipv4Address.Parse("10.1.0.0");
        for (var i = 0; i < AddressProbes.Limit; i++) Hold(Site.Unplanned(i), first.Plus((uint)i), Start);
        var more = Site.Unplanned(AddressProbes.Limit);
        Assert.That(probes.TryHold(Request(more), Offer(more, Address), Start), Is.False);
        Assert.That(probes.OnTimer(Start).Ask, Has.Count.EqualTo(AddressProbes.Limit));
        probes.OnTimer(Start + AddressProbes.Interval);
        Assert.That(probes.OnTimer(Start + TimeSpan.FromSeconds(1)).Free, Has.Count.EqualTo(AddressProbes.Limit));
        Assert.That((probes.Count, probes.NextDeadline), Is.EqualTo((0, (DateTimeOffset?)null)));
    }

    private DhcpRequest Hold(MacAddress mac, Ipv4Address address, DateTimeOffset now)
    {
        var request = Request(mac);
        Assert.That(probes.TryHold(request, Offer(mac, address), now), Is.True);
        Assert.That(probes.IsHeld(mac, address), Is.True);
        return request;
    }

    private static DhcpRequest Request(MacAddress mac)
    {
        Assert.That(DhcpRequest.TryRead(Says.Discover(mac), arrivedByBroadcast: true, out var request, out _), Is.True);
        return request!;
    }

    private static DhcpOutcome.Answer Offer(MacAddress mac, Ipv4Address address)
    {
        var hardware = new byte[16];
        mac.CopyTo(hardware);
        return new DhcpOutcome.Answer(new DhcpPacket { Op = BootOp.Reply, YourAddress = address, HardwareAddress = hardware }, new ReplyTo.Everyone(), [], []);
    }
}
