using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;
using Sextant.Dhcp;
using Sextant.Dhcp.Wire;
using Sextant.Planning;
using Sextant.Primitives;

namespace Sextant.Tests.Dhcp;

[TestFixture]
public sealed class LeaseTableTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Test]
    public void A_machine_prefers_the_same_address_whenever_all_leases_are_lost()
    {
        var first = Choice(Now);
        var second = Choice(Now.AddYears(1));
        Assert.That(second, Is.EqualTo(first));

        static Ipv4Address? Choice(DateTimeOffset now)
        {
            var leases = new LeaseTable(new ScopeSet(Site.Network), []);
            return leases.Choose(Site.Stranger, leases.Scopes.Local, null, now);
        }
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(10)]
    [TestCase(97)]
    [TestCase(240)]
    public void Every_machine_prefers_every_dynamic_address_once(int size)
    {
        var scope = new ScopeSet(Site.With(new Ipv4Range(Ipv4Address.Parse("10.0.0.10"), Ipv4Address.Parse("10.0.0.10").Plus((uint)size - 1)))).All[0];
        for (var n = 0; n < 50; n++)
        {
            var preferred = scope.PreferredBy(Site.Unplanned(n)).ToList();
            Assert.That(preferred, Is.Unique.And.All.Matches<Ipv4Address>(scope.IsDynamic));
            Assert.That(preferred, Has.Count.EqualTo(scope.DynamicCapacity));
        }
    }

    [Test]
    public void The_dynamic_range_leaves_out_what_belongs_to_somebody()
    {
        var scope = new ScopeSet(Site.With(new Ipv4Range(Ipv4Address.Parse("10.0.0.0"), Ipv4Address.Parse("10.0.0.255")))).All[0];
        string[] others = ["10.0.0.0", "10.0.0.1", "10.0.0.2", "10.0.0.11", "10.0.0.12", "10.0.0.254", "10.0.0.255"];
        Assert.That(others.Select(Ipv4Address.Parse).Where(scope.IsDynamic), Is.Empty);
        Assert.That(scope.DynamicCapacity, Is.EqualTo(256 - others.Length));
    }

    [Test]
    public void Without_a_dynamic_range_only_fixed_addresses_are_given()
    {
        var leases = new LeaseTable(new ScopeSet(Site.With(null)), []);
        Assert.That(leases.Choose(Site.Stranger, leases.Scopes.Local, null, Now), Is.Null);
        Assert.That(leases.Choose(Site.Master, leases.Scopes.Local, null, Now), Is.EqualTo(Site.MasterAddress));
    }

    [Test]
    public void A_fixed_address_that_another_machine_still_leases_is_not_given_twice()
    {
        var leases = new LeaseTable(new ScopeSet(Site.Network with { Reservations = new Dictionary<MacAddress, Reservation>() }), []);
        var address = Site.Pool.First;
        Says.Selecting(Site.Stranger, address, Site.Server).To(leases, Now);
        leases.Rescope(new ScopeSet(Site.Network with { Reservations = new Dictionary<MacAddress, Reservation> { [Site.Master] = new("master-1", address) } }));
        Assert.That(leases.Choose(Site.Master, leases.Scopes.Local, null, Now), Is.Not.EqualTo(address).And.Not.Null, "a stopgap while the other lease lives");
        Assert.That(Says.Extend(Site.Stranger, address).To(leases, Now, broadcast: false).InWords(), Is.EqualTo("NAK WrongAddress"), "its holder has to move");
        Assert.That(leases.Choose(Site.Master, leases.Scopes.Local, null, Now + Site.LeaseTime), Is.EqualTo(address));
    }

    [Test]
    public void A_fixed_address_outside_the_range_follows_the_file_at_once()
    {
        var leases = new LeaseTable(new ScopeSet(Site.Network), []);
        Says.Selecting(Site.Master, Site.MasterAddress, Site.Server).To(leases, Now);
        leases.Rescope(new ScopeSet(Site.Network with { Reservations = new Dictionary<MacAddress, Reservation> { [Site.Stranger] = new("master-1", Site.MasterAddress) } }));
        Assert.That(leases.Choose(Site.Stranger, leases.Scopes.Local, null, Now), Is.EqualTo(Site.MasterAddress), "a machine in place of a dead one does not wait for its lease to end");
        Says.Selecting(Site.Stranger, Site.MasterAddress, Site.Server).To(leases, Now);
        Assert.That((leases.At(Site.MasterAddress)!.Mac, leases.Of(Site.Master, leases.Scopes.Local)), Is.EqualTo((Site.Stranger, (Lease?)null)));
        Assert.That(Says.Extend(Site.Master, Site.MasterAddress).To(leases, Now, broadcast: false).InWords(), Is.EqualTo("NAK UnknownClient"), "should it come back, it has to move");
        Assert.That(leases.Choose(Site.Master, leases.Scopes.Local, null, Now), Is.Not.EqualTo(Site.MasterAddress));
    }

    [Test]
    public void A_declined_fixed_address_is_given_to_nobody_whatever_the_file_says()
    {
        var leases = new LeaseTable(new ScopeSet(Site.Network), []);
        leases.Apply(LeaseChange.Keep.Quarantine(Site.MasterAddress, Site.Worker, Now, Now.AddMinutes(10)));
        Assert.That(leases.Choose(Site.Master, leases.Scopes.Local, null, Now), Is.Not.EqualTo(Site.MasterAddress));
    }

    [Test]
    public void Where_two_stored_leases_claim_one_address_the_later_expiry_wins()
    {
        var address = Site.Pool.First;
        var leases = new LeaseTable(new ScopeSet(Site.Network),
        [
            new Lease(Site.Unplanned(1), address, LeaseState.Bound, Now, Now.AddHours(2), ""), new Lease(Site.Unplanned(2), address, LeaseState.Bound, Now, Now.AddHours(1), ""),
        ]);
        Assert.That(leases.At(address)!.Mac, Is.EqualTo(Site.Unplanned(1)));
        Assert.That(leases.Of(Site.Unplanned(2), leases.Scopes.Local), Is.Null);
    }

    [Test]
    public void No_two_clients_believe_in_a_live_lease_of_one_address() => Prop.ForAll(
        ArbMap.Default.ArbFor<byte[]>(),
        moves => FirstClash(moves) is null).Check(Config.QuickThrowOnFailure.WithMaxTest(400).WithEndSize(300));

    [Test]
    public void A_long_crowded_day_has_no_clash_either()
    {
        var moves = new byte[60_000];
        new Random(7).NextBytes(moves);
        Assert.That(FirstClash(moves), Is.Null);
    }

    /// <summary>Plays three octets a move (who, what, which address) for 16 machines on ten addresses; the clients keep their own books.</summary>
    private static string? FirstClash(byte[] moves)
    {
        var leases = new LeaseTable(new ScopeSet(Site.Network), []);
        var believed = new Dictionary<MacAddress, (Ipv4Address Address, DateTimeOffset Until)>();
        var now = Now;
        for (var i = 0; i + 2 < moves.Length; i += 3)
        {
            var mac = (moves[i] & 15) switch { 0 => Site.Master, 1 => Site.Floating, var n => Site.Unplanned(n) };
            var address = (moves[i + 2] & 15) switch { 15 => Site.MasterAddress, 14 when believed.TryGetValue(mac, out var own) => own.Address, var n => Site.Pool.First.Plus((uint)n) };
            now = now.AddSeconds((moves[i] >> 4) * (moves[i + 2] > 200 ? 400 : 5));
            var outcome = (moves[i + 1] & 7) switch
            {
                0 => Says.Discover(mac).To(leases, now),
                1 => Says.Discover(mac, DhcpOption.Of(OptionCode.RequestedAddress, address)).To(leases, now),
                2 => Says.Selecting(mac, leases.Of(mac, leases.Scopes.Local)?.Address ?? address, Site.Server).To(leases, now),
                3 => Says.Selecting(mac, address, Site.Server).To(leases, now),
                4 => Says.InitReboot(mac, address).To(leases, now),
                5 => Says.Extend(mac, address).To(leases, now, broadcast: moves[i + 1] > 127),
                6 => Says.Decline(mac, address, Site.Server).To(leases, now),
                _ => Says.Release(mac, address, Site.Server).To(leases, now),
            };
            switch (outcome)
            {
                case DhcpOutcome.Answer answer when answer.Message.Options.Read(out DhcpMessageType type) is OptionRead.Present && type is DhcpMessageType.Ack:
                    believed[mac] = (answer.Message.YourAddress, now + Site.LeaseTime);
                    break;
                case DhcpOutcome.Refuse or DhcpOutcome.Accept:
                    believed.Remove(mac);
                    break;
                default:
                    break;
            }
            var clash = believed.Where(one => one.Value.Until > now).GroupBy(one => one.Value.Address).FirstOrDefault(group => group.Count() > 1);
            if (clash is not null) return $"move {i / 3}: {string.Join(" and ", clash.Select(one => one.Key))} both have {clash.Key}";
        }
        return null;
    }
}
