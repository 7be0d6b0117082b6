using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using Sextant.Cluster;
using Sextant.Dhcp;
using Sextant.Dhcp.Server;
using Sextant.Dhcp.Wire;
using Sextant.Lifecycle;
using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Storage;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Dhcp.Server;

/// <summary>Machines on a wire without wires: messages in, replies out, a store in memory and a clock that obeys.</summary>
[TestFixture]
public sealed class DhcpExchangeTests
{
    private readonly FakeTime time = new();
    private MemoryStore store = null!;
    private MachineStore machines = null!;
    private CurrentPlan plan = null!;
    private DhcpExchange exchange = null!;

    [SetUp]
    public void A_fresh_site()
    {
        store = new MemoryStore();
        plan = new CurrentPlan(Site.Plan());
        Start();
    }

    [TearDown]
    public async Task End() => await machines.DisposeAsync();

    [Test]
    public void One_machine_keeps_one_address_as_firmware_as_iPXE_and_as_operating_system()
    {
        foreach (var mac in new[] { Site.Master, Site.Floating, Site.Stranger })
        {
            var addresses = new[] { Says.UefiPxe, Says.Ipxe, Says.Systemd }.Select(who =>
            {
                time.Advance(TimeSpan.FromSeconds(30));
                return Boot(mac, who);
            }).ToList();
            Assert.That(addresses.Distinct().Count(), Is.EqualTo(1), $"{mac}: {string.Join(", ", addresses)}");
            Assert.That(machines.Find(mac)!.Address, Is.EqualTo(addresses[0]));
            Assert.That(machines.Find(mac)!.Timeline.Select(one => one.Summary), Is.EqualTo(new[]
            {
                "first seen (UEFI x64)", $"UEFI x64 got {addresses[0]}", $"iPXE got {addresses[0]}", $"operating system got {addresses[0]}",
            }));
        }
    }

    [Test]
    public async Task A_restart_keeps_every_lease()
    {
        var before = Enumerable.Range(0, 8).ToDictionary(n => n, n => Boot(Site.Unplanned(n)));
        var stored = exchange.Leases;
        await machines.DisposeAsync();
        Start();
        Assert.That(exchange.Leases, Is.EqualTo(stored));
        foreach (var (n, address) in before.Reverse()) Assert.That(Boot(Site.Unplanned(n)), Is.EqualTo(address));
    }

    [Test]
    public async Task A_lease_released_or_taken_over_is_so_after_a_restart_too()
    {
        var address = Boot(Site.Unplanned(0));
        Send(Says.Release(Site.Unplanned(0), address, Site.Server));
        for (var n = 1; n < 10; n++) Boot(Site.Unplanned(n));
        Assert.That(Boot(Site.Unplanned(10)), Is.EqualTo(address), "the only free one");
        await machines.DisposeAsync();
        Start();
        Assert.That(exchange.Leases, Has.Count.EqualTo(10));
        Assert.That(exchange.Leases.Select(lease => lease.Mac), Does.Contain(Site.Unplanned(10)).And.Not.Contain(Site.Unplanned(0)));
    }

    [Test]
    public async Task RFC_2131_4_3_3_an_address_in_quarantine_is_given_to_nobody_after_a_restart_either()
    {
        for (var n = 0; n < 9; n++) Boot(Site.Unplanned(n));
        var last = Boot(Site.Stranger);
        Send(Says.Decline(Site.Stranger, last, Site.Server));
        await machines.DisposeAsync();
        Start();
        Assert.That(Send(Says.Discover(Site.Stranger)), Is.Empty);
        time.Advance(TimeSpan.FromMinutes(10));
        Assert.That(Boot(Site.Stranger), Is.EqualTo(last));
    }

    [Test]
    public async Task Leases_stored_by_machine_are_taken_over_and_stored_by_address()
    {
        var address = Boot(Site.Stranger);
        var stored = store.Read("lease/").Single();
        await store.CommitAsync([new Change(stored.Key, null), new Change($"lease/{Site.Stranger}", stored.Value)]);
        await machines.DisposeAsync();
        Start();
        Assert.That(store.Read("lease/").Select(pair => pair.Key), Is.EqualTo(new[] { $"lease/{address}" }));
        Assert.That(Boot(Site.Stranger), Is.EqualTo(address));
    }

    [Test]
    public async Task A_machine_that_moves_to_its_new_address_leaves_nothing_behind_on_disk()
    {
        Boot(Site.Master);
        plan.Value = Site.Plan(masterAddress: Ipv4Address.Parse("10.0.0.21"));
        Boot(Site.Master);
        Assert.That(store.Read("lease/").Select(pair => pair.Key), Is.EqualTo(new[] { "lease/10.0.0.21" }));
        await machines.DisposeAsync();
        Start();
        Assert.That(Boot(Site.Master).ToString(), Is.EqualTo("10.0.0.21"));
    }

    [Test]
    public void A_commit_that_fails_means_no_ACK()
    {
        var offer = Send(Says.Discover(Site.Floating)).Single();
        var address = Read(offer).YourAddress;
        store.Fails = true;
        Assert.That(Send(Says.Selecting(Site.Floating, address, Site.Server)), Is.Empty);
        Assert.That(exchange.Leases, Is.Empty, "what is not on disk is not shown");
    }

    [Test]
    public void A_commit_that_fails_means_no_ACK_to_a_renewal_either_and_the_older_expiry_stays()
    {
        Boot(Site.Master);
        var before = exchange.Leases.Single();
        time.Advance(TimeSpan.FromMinutes(30));
        store.Fails = true;
        Assert.That(Send(Says.Extend(Site.Master, Site.MasterAddress)), Is.Empty);
        Assert.That(exchange.Leases.Single(), Is.EqualTo(before));
    }

    [Test]
    public void After_a_failed_commit_the_address_is_not_taken_for_leased()
    {
        for (var n = 0; n < 9; n++) Boot(Site.Unplanned(n));
        var last = Read(Send(Says.Discover(Site.Floating)).Single()).YourAddress;
        store.Fails = true;
        Send(Says.Selecting(Site.Floating, last, Site.Server));
        store.Fails = false;
        time.Advance(TimeSpan.FromSeconds(61));
        Assert.That(Boot(Site.Stranger), Is.EqualTo(last));
    }

    [Test]
    public void A_batch_is_one_commit_and_every_lease_of_it_is_on_disk_before_the_first_reply_is_handed_out()
    {
        var planned = new[] { Site.Master, Site.Worker };
        foreach (var mac in planned) Send(Says.Discover(mac));
        var before = store.Commits.Count;
        var acks = exchange.Handle([.. planned.Select(mac => Arrive(Says.Extend(mac, Site.Network.Reservations[mac].Address!.Value)))], time.GetUtcNow());
        Assert.That(acks, Has.Count.EqualTo(2));
        Assert.That(store.Commits.Count - before, Is.EqualTo(1));
        Assert.That(store.Read("lease/").Select(pair => pair.Key), Is.EqualTo(planned.Select(mac => $"lease/{Site.Network.Reservations[mac].Address}")));
    }

    [Test]
    public void A_renewal_that_came_twice_in_a_batch_is_answered_twice_and_stored_once()
    {
        Boot(Site.Master);
        var replies = exchange.Handle([Arrive(Says.Extend(Site.Master, Site.MasterAddress)), Arrive(Says.Extend(Site.Master, Site.MasterAddress))], time.GetUtcNow());
        Assert.That(replies, Has.Count.EqualTo(2));
        Assert.That(exchange.Leases, Has.Count.EqualTo(1));
    }

    [Test]
    public void A_new_machine_whose_first_message_came_twice_is_discovered_once()
    {
        exchange.Handle([Arrive(Says.Discover(Site.Stranger)), Arrive(Says.Discover(Site.Stranger))], time.GetUtcNow());
        Assert.That(machines.Find(Site.Stranger)!.Timeline, Has.Count.EqualTo(1));
    }

    [Test]
    public void Noise_in_a_batch_does_not_cost_the_others_their_answers()
    {
        var noise = new Arrival(new byte[] { 1, 2, 3 }, Site.Server, Ipv4Address.Broadcast);
        Assert.That(exchange.Handle([noise, Arrive(Says.Discover(Site.Master)), noise], time.GetUtcNow()), Has.Count.EqualTo(1));
    }

    [Test]
    public void Strangers_are_ignored_without_a_trace_where_the_file_says_so()
    {
        plan.Value = Site.Plan(UnknownMachines.Ignore);
        Assert.That(Send(Says.Discover(Site.Stranger)), Is.Empty);
        Assert.That(machines.Find(Site.Stranger), Is.Null);
        Assert.That(Send(Says.Discover(Site.Master)), Has.Count.EqualTo(1));
    }

    [Test]
    public void A_reloaded_plan_moves_a_machine_to_its_new_fixed_address()
    {
        Boot(Site.Master);
        plan.Value = Site.Plan(masterAddress: Ipv4Address.Parse("10.0.0.21"));
        var refused = Read(Send(Says.Extend(Site.Master, Site.MasterAddress)).Single());
        refused.Options.Read(out DhcpMessageType type);
        Assert.That(type, Is.EqualTo(DhcpMessageType.Nak));
        Assert.That(Boot(Site.Master).ToString(), Is.EqualTo("10.0.0.21"));
    }

    [Test]
    public async Task An_installed_machine_still_gets_the_chain_that_boots_its_disk()
    {
        Boot(Site.Master, Says.UefiPxe);
        await machines.RecordAsync(new Installed(Site.Master, time.GetUtcNow(), "/dev/vda"));
        Assert.That(Read(Send(Says.Discover(Site.Master, Says.UefiPxe)).Single()).File, Is.EqualTo("snponly.efi"));
    }

    [Test]
    public void A_rack_powered_on_at_once_is_served_in_a_few_batches()
    {
        plan.Value = Site.Plan();
        var rack = Enumerable.Range(0, 10).Select(Site.Unplanned).ToList();
        var offers = exchange.Handle([.. rack.Select(mac => Arrive(Says.Discover(mac, Says.UefiPxe)))], time.GetUtcNow());
        var acks = exchange.Handle([.. offers.Select(offer => Arrive(Says.Selecting(offer.Mac, Read(offer).YourAddress, Site.Server)))], time.GetUtcNow());
        Assert.That(acks.Select(ack => Read(ack).YourAddress), Is.Unique);
        Assert.That(acks, Has.Count.EqualTo(10));
    }

    private void Start()
    {
        machines = new MachineStore(store);
        exchange = new DhcpExchange(plan, machines, store, new IpxeClients(), NullLogger.Instance);
    }

    /// <summary>DISCOVER, OFFER, REQUEST, ACK.</summary>
    private Ipv4Address Boot(MacAddress mac, params DhcpOption[] who)
    {
        var offer = Read(Send(Says.Discover(mac, who)).Single());
        var ack = Read(Send(Says.Selecting(mac, offer.YourAddress, Site.Server, who)).Single());
        ack.Options.Read(out DhcpMessageType type);
        Assert.That((type, ack.YourAddress), Is.EqualTo((DhcpMessageType.Ack, offer.YourAddress)));
        return ack.YourAddress;
    }

    private IReadOnlyList<Departure> Send(DhcpPacket packet) => exchange.Handle([Arrive(packet)], time.GetUtcNow());

    private static Arrival Arrive(DhcpPacket packet)
    {
        var octets = new byte[1500];
        Assert.That(DhcpWriter.TryWrite(packet, octets, out var length), Is.True);
        return new Arrival(octets.AsMemory(0, length), packet.ClientAddress, packet.ClientAddress.IsAny ? Ipv4Address.Broadcast : Site.Server);
    }

    private static DhcpPacket Read(Departure departure)
    {
        Assert.That(DhcpReader.TryRead(departure.Octets, out var packet, out _), Is.True);
        return packet;
    }
}
