using NUnit.Framework;
using Sextant.Cluster;
using Sextant.Planning;
using Sextant.Primitives;

namespace Sextant.Tests.Planning;

[TestFixture]
public sealed class MirrorChoiceTests
{
    private static readonly MacAddress[] Machines = [.. Enumerable.Range(0, 3000).Select(number => MacAddress.FromOctets([0x52, 0x54, 0, 0, (byte)(number >> 8), (byte)number]))];

    private static AssetMirrorDescription Mirror(int number, params string[] racks) => new($"http://10.0.1.{number}", racks);

    private static AssetMirrorDescription[] Mirrors(int count) => [.. Enumerable.Range(1, count).Select(number => Mirror(number))];

    [Test]
    public void The_order_is_a_matter_of_machine_and_mirrors_alone()
    {
        var mirrors = Mirrors(4);
        foreach (var mac in Machines.Take(50))
            Assert.That(MirrorChoice.Of([.. mirrors.Reverse()], mac, null), Is.EqualTo(MirrorChoice.Of(mirrors, mac, null)).And.EquivalentTo(mirrors.Select(mirror => mirror.Url)));
    }

    /// <summary>Known answers: an order that changed with a version would send every machine of a site to another mirror.</summary>
    [TestCase(0, "1 3 2")]
    [TestCase(1, "2 1 3")]
    [TestCase(2, "3 1 2")]
    public void The_order_is_the_same_in_every_version(int machine, string order) =>
        Assert.That(string.Join(' ', MirrorChoice.Of(Mirrors(3), Machines[machine], null).Select(url => url[^1])), Is.EqualTo(order));

    [Test]
    public void Machines_spread_evenly()
    {
        var first = Machines.GroupBy(mac => MirrorChoice.Of(Mirrors(4), mac, null)[0]).Select(group => group.Count()).ToArray();
        // 750 each; five standard deviations are 119.
        Assert.That(first, Has.Length.EqualTo(4).And.All.InRange(631, 869));
    }

    [Test]
    public void A_mirror_that_is_added_moves_only_the_machines_it_takes_over_and_one_that_is_removed_only_its_own()
    {
        var (before, after) = (Mirrors(4), Mirrors(5));
        var moved = 0;
        foreach (var mac in Machines)
        {
            var (old, fresh) = (MirrorChoice.Of(before, mac, null), MirrorChoice.Of(after, mac, null));
            Assert.That(fresh.Where(url => url != after[4].Url), Is.EqualTo(old), "the others keep their order");
            if (fresh[0] != old[0]) moved++;
        }
        Assert.That(moved, Is.InRange(490, 710), "a fifth of the machines");
    }

    [TestCase("r1", "1 3")]
    [TestCase("r2", "1 2 3")]
    [TestCase("r3", "3")]
    [TestCase(null, "3")]
    public void Mirrors_of_the_machines_rack_come_first_then_those_for_everyone(string? rack, string numbers)
    {
        AssetMirrorDescription[] mirrors = [Mirror(1, "r1", "r2"), Mirror(2, "r2"), Mirror(3)];
        foreach (var mac in Machines.Take(50))
        {
            var order = MirrorChoice.Of(mirrors, mac, rack);
            Assert.That(string.Join(' ', order.Select(url => url[^1]).Order()), Is.EqualTo(numbers));
            Assert.That(order[^1], Is.EqualTo(mirrors[2].Url));
        }
    }

    [Test]
    public void Without_mirrors_there_is_the_bootstrapper_alone() => Assert.That(MirrorChoice.Of([], Machines[0], "r1"), Is.Empty);
}
