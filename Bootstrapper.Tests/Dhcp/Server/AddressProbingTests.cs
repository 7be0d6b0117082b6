using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using Sextant.Dhcp;
using Sextant.Dhcp.Server;
using Sextant.Dhcp.Wire;
using Sextant.Lifecycle;
using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Storage;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Dhcp.Server;

/// <summary>Offers that wait for their address to be probed, from the message to the reply, by a clock that obeys.</summary>
[TestFixture]
public sealed class AddressProbingTests
{
    private static readonly MacAddress Squatter = MacAddress.Parse("02:00:00:00:00:99");

    private FakeTime time = null!;
    private MachineStore machines = null!;
    private DhcpExchange exchange = null!;

    [SetUp]
    public void A_site_that_probes()
    {
        time = new FakeTime();
        var store = new MemoryStore();
        machines = new MachineStore(store);
        exchange = new DhcpExchange(new CurrentPlan(Site.Plan(probe: true)), machines, store, new IpxeClients(), NullLogger.Instance);
    }

    [TearDown]
    public async Task End() => await machines.DisposeAsync();

    [Test]
    public void A_dynamic_address_is_offered_when_nobody_claims_it()
    {
        Assert.That(Send(Says.Discover(Site.Stranger, Says.UefiPxe)), Is.Empty);
        Assert.That(exchange.NextDeadline, Is.EqualTo(time.GetUtcNow()));
        var (asked, offer) = Probed();
        Assert.That(asked, Is.EqualTo(Enumerable.Repeat(offer.YourAddress, AddressProbes.Questions)));
        Assert.That(Site.Pool.Contains(offer.YourAddress), Is.True);
        Assert.That(Send(Says.Selecting(Site.Stranger, offer.YourAddress, Site.Server, Says.UefiPxe)).Single().YourAddress, Is.EqualTo(offer.YourAddress));
    }

    [Test]
    public void What_the_machine_had_a_moment_ago_is_offered_at_once()
    {
        Send(Says.Discover(Site.Stranger, Says.UefiPxe));
        var address = Probed().Offer.YourAddress;
        Send(Says.Selecting(Site.Stranger, address, Site.Server, Says.UefiPxe));
        Assert.That(Send(Says.Discover(Site.Stranger, Says.Ipxe)).Single().YourAddress, Is.EqualTo(address));
        time.Advance(Site.LeaseTime + DhcpDecision.KnownGoodTime - TimeSpan.FromSeconds(1));
        Assert.That(Send(Says.Discover(Site.Stranger, Says.Ipxe)).Single().YourAddress, Is.EqualTo(address));
    }

    [Test]
    public void What_the_machine_had_long_ago_is_probed_again()
    {
        Send(Says.Discover(Site.Stranger, Says.UefiPxe));
        Send(Says.Selecting(Site.Stranger, Probed().Offer.YourAddress, Site.Server, Says.UefiPxe));
        time.Advance(Site.LeaseTime + DhcpDecision.KnownGoodTime);
        Assert.That(Send(Says.Discover(Site.Stranger, Says.UefiPxe)), Is.Empty);
    }

    [Test]
    public void Others_are_answered_meanwhile_and_fixed_addresses_are_not_probed()
    {
        Send(Says.Discover(Site.Stranger, Says.UefiPxe));
        Assert.That(Send(Says.Discover(Site.Master, Says.UefiPxe)).Single().YourAddress, Is.EqualTo(Site.MasterAddress));
        Probed();
    }

    [Test]
    public void Two_machines_that_wait_at_once_are_offered_two_addresses()
    {
        Send(Says.Discover(Site.Unplanned(1), Says.UefiPxe));
        Send(Says.Discover(Site.Unplanned(2), Says.UefiPxe));
        Assert.That(Run(TimeSpan.FromSeconds(1)).Offers.Select(offer => offer.YourAddress).Distinct().Count(), Is.EqualTo(2));
    }

    [Test]
    public void A_claimed_address_is_given_to_nobody_for_a_while_and_the_machine_is_offered_another()
    {
        Send(Says.Discover(Site.Stranger, Says.UefiPxe));
        var taken = exchange.OnTimer(time.GetUtcNow()).Ask.Single();
        var claimed = time.GetUtcNow();
        Assert.That(exchange.OnClaim(taken, Squatter, claimed), Is.Empty, "the next one is probed, too");
        var other = Probed().Offer.YourAddress;
        Assert.That(other, Is.Not.EqualTo(taken));
        Assert.That(machines.Find(Site.Stranger)!.Timeline.Last(), Is.EqualTo(new AddressInUse(Site.Stranger, claimed, taken, Squatter)));
        for (var n = 0; n < 12; n++) Send(Says.Discover(Site.Unplanned(n), Says.UefiPxe));
        Assert.That(Run(TimeSpan.FromSeconds(1)).Offers.Select(offer => offer.YourAddress), Has.No.Member(taken).And.Exactly(8).Items);
    }

    [Test]
    public void A_machine_that_takes_another_servers_offer_gets_none_any_more()
    {
        Send(Says.Discover(Site.Stranger, Says.UefiPxe));
        Send(Says.Selecting(Site.Stranger, Ipv4Address.Parse("10.0.0.77"), Ipv4Address.Parse("10.0.0.5"), Says.UefiPxe));
        var (asked, offers) = Run(TimeSpan.FromSeconds(1));
        Assert.That((asked.Count, offers.Count), Is.EqualTo((0, 0)));
    }

    private (IReadOnlyList<Ipv4Address> Asked, DhcpPacket Offer) Probed()
    {
        var (asked, offers) = Run(TimeSpan.FromSeconds(1));
        return (asked, offers.Single());
    }

    /// <summary>Turns the clock from deadline to deadline.</summary>
    private (IReadOnlyList<Ipv4Address> Asked, IReadOnlyList<DhcpPacket> Offers) Run(TimeSpan atMost)
    {
        List<Ipv4Address> asked = [];
        List<DhcpPacket> offers = [];
        var end = time.GetUtcNow() + atMost;
        while (exchange.NextDeadline is { } due && due <= end)
        {
            if (due > time.GetUtcNow()) time.Advance(due - time.GetUtcNow());
            var (ask, departures) = exchange.OnTimer(time.GetUtcNow());
            asked.AddRange(ask);
            offers.AddRange(departures.Select(Read));
        }
        return (asked, offers);
    }

    private IReadOnlyList<DhcpPacket> Send(DhcpPacket message)
    {
        var octets = new byte[1500];
        Assert.That(DhcpWriter.TryWrite(message, octets, out var length), Is.True);
        return [.. exchange.Handle([new Arrival(octets.AsMemory(0, length), Ipv4Address.Any, Ipv4Address.Broadcast)], time.GetUtcNow()).Select(Read)];
    }

    private static DhcpPacket Read(Departure departure)
    {
        Assert.That(DhcpReader.TryRead(departure.Octets, out var packet, out _), Is.True);
        return packet!;
    }
}
