using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using Sextant.Dns;
using Sextant.Dns.Server;
using Sextant.Lifecycle;
using Sextant.Planning;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Dns.Server;

[TestFixture]
public sealed class ZoneKeeperTests
{
    private const int Patience = 10_000;
    private readonly FakeTime time = new();
    private int looks;
    private TimeSpan cost;

    [Test]
    public async Task Names_that_take_long_to_write_out_get_a_twentieth_of_the_time_and_the_last_change_comes_all_the_same()
    {
        looks = 0;
        cost = TimeSpan.FromMilliseconds(100);
        var version = 0L;
        // Leases change all the time, and writing them out takes a tenth of a second.
        var keeper = new ZoneKeeper(new CurrentPlan(Names.Whole()), new LeaseSource(() => Interlocked.Increment(ref version), Read), new AnsweringApis(), time, NullLogger.Instance);
        using var stop = new CancellationTokenSource();
        var running = keeper.RunAsync(stop.Token);
        time.Advance(ZoneKeeper.Period);
        Assert.That(() => Volatile.Read(ref looks), Is.EqualTo(1).After(Patience, 5));
        Assert.That(() => time.Waiting, Is.EqualTo(2).After(Patience, 5), "the period's timer and the pause's");

        time.Advance(cost * ZoneKeeper.PauseFactor - TimeSpan.FromMilliseconds(1));
        Assert.That(Volatile.Read(ref looks), Is.EqualTo(1));
        time.Advance(TimeSpan.FromMilliseconds(1) + ZoneKeeper.Period);
        Assert.That(() => Volatile.Read(ref looks), Is.EqualTo(2).After(Patience, 5));
        await stop.CancelAsync();
        await running;
    }

    [Test]
    public void A_lease_of_a_planned_address_changes_no_name_and_one_of_another_address_does()
    {
        var (version, leases) = (0L, new List<LeasedName>());
        var keeper = new ZoneKeeper(new CurrentPlan(Names.Whole()), new LeaseSource(() => version, () => [.. leases]), new AnsweringApis(), time, NullLogger.Instance);
        keeper.Look();
        var before = keeper.View;
        Assert.That(AfterLeaseOf(11), Is.SameAs(before), "the plan names 10.0.0.11");
        var named = AfterLeaseOf(45);
        Assert.That(named, Is.Not.SameAs(before));
        Assert.That(AfterLeaseOf(12), Is.SameAs(named));
        leases.Clear();
        version++;
        keeper.Look();
        Assert.That(keeper.View, Is.Not.SameAs(named));

        DnsView AfterLeaseOf(int number)
        {
            leases.Add(Names.Lease(number, "", TimeSpan.FromHours(1)));
            version++;
            keeper.Look();
            return keeper.View;
        }
    }

    private IReadOnlyList<LeasedName> Read()
    {
        time.Pass(cost);
        Interlocked.Increment(ref looks);
        return [];
    }
}
