using NUnit.Framework;
using Sextant.Lab;

namespace Sextant.Tests.Lab;

[TestFixture]
public sealed class LinkFaultsTests
{
    private const int Frames = 20_000;

    [TestCase("loss=10,delay=100ms,duplicate=1,reorder=5", "loss=10,delay=100ms,duplicate=1,reorder=5,seed=0")]
    [TestCase("seed=7,loss=0.5%", "loss=0.5,delay=0ms,duplicate=0,reorder=0,seed=7")]
    [TestCase("delay=2s", "loss=0,delay=2000ms,duplicate=0,reorder=0,seed=0")]
    [TestCase("loss=100, reorder=100", "loss=100,delay=0ms,duplicate=0,reorder=100,seed=0")]
    public void Faults_are_read_and_printed_as_they_are_read(string text, string printed)
    {
        Assert.That(LinkFaults.TryParse(text, out var faults, out _), Is.True);
        Assert.That(faults.ToString(), Is.EqualTo(printed));
        Assert.That(LinkFaults.TryParse(printed, out var again, out _), Is.True);
        Assert.That(again, Is.EqualTo(faults));
    }

    [TestCase("", "there are loss, delay, duplicate, reorder and seed")]
    [TestCase("jitter=5", "there are loss, delay, duplicate, reorder and seed")]
    [TestCase("loss", "a percentage from 0 to 100")]
    [TestCase("loss=101", "a percentage from 0 to 100")]
    [TestCase("loss=-1", "a percentage from 0 to 100")]
    [TestCase("reorder=many", "a percentage from 0 to 100")]
    [TestCase("delay=100", "a time from 0ms to 10s")]
    [TestCase("delay=11s", "a time from 0ms to 10s")]
    [TestCase("seed=x", "a whole number")]
    [TestCase("loss=1,loss=2", "'loss' is there twice")]
    public void A_mistake_is_explained(string text, string problem)
    {
        Assert.That(LinkFaults.TryParse(text, out _, out var said), Is.False);
        Assert.That(said, Does.Contain(problem));
    }

    [Test]
    public void A_cable_without_faults_hands_out_what_goes_in_at_once_and_in_order()
    {
        var link = new FaultyLink(new LinkFaults(), 0);
        for (byte i = 0; i < 5; i++) link.Enter([i], LabSamples.Noon);
        Assert.That(Drain(link, LabSamples.Noon), Is.EqualTo(new byte[] { 0, 1, 2, 3, 4 }));
        Assert.That(link.NextDue, Is.EqualTo(DateTimeOffset.MaxValue));
    }

    [Test]
    public void A_delayed_frame_comes_out_when_its_time_has_come_and_not_before()
    {
        var link = new FaultyLink(new LinkFaults { Delay = TimeSpan.FromMilliseconds(100) }, 0);
        link.Enter([1], LabSamples.Noon);
        Assert.That(link.NextDue, Is.EqualTo(LabSamples.Noon.AddMilliseconds(100)));
        Assert.That(link.Leave(LabSamples.Noon.AddMilliseconds(99.9)), Is.Null);
        Assert.That(link.Leave(LabSamples.Noon.AddMilliseconds(100)), Is.EqualTo(new byte[] { 1 }));
    }

    [TestCase(10, 0, 0)]
    [TestCase(0, 10, 0)]
    [TestCase(0, 0, 10)]
    [TestCase(10, 1, 5)]
    public void Faults_happen_as_often_as_they_should(double loss, double duplicate, double reorder)
    {
        var link = new FaultyLink(new LinkFaults { Loss = loss, Duplicate = duplicate, Reorder = reorder }, 3);
        var (now, left) = (LabSamples.Noon, 0);
        for (var i = 0; i < Frames; i++, now += LinkFaults.ReorderHold)
        {
            link.Enter([1], now);
            while (link.Leave(now) is not null) left++;
        }
        left += Drain(link, DateTimeOffset.MaxValue).Length;
        Assert.That(link.Count.Lost, Is.EqualTo(Frames * loss / 100).Within(Frames * 0.01));
        Assert.That(link.Count.Duplicated, Is.EqualTo(Frames * duplicate / 100 * (1 - loss / 100)).Within(Frames * 0.01));
        Assert.That(link.Count.HeldBack, Is.EqualTo(Frames * reorder / 100 * (1 - loss / 100)).Within(Frames * 0.01));
        Assert.That(left, Is.EqualTo(link.Count.Entered - link.Count.Lost + link.Count.Duplicated));
    }

    [Test]
    public void A_frame_that_is_held_back_is_overtaken()
    {
        var link = new FaultyLink(new LinkFaults { Reorder = 50, Delay = TimeSpan.FromMilliseconds(1) }, 0);
        for (byte i = 0; i < 100; i++) link.Enter([i], LabSamples.Noon);
        var order = Drain(link, LabSamples.Noon.AddSeconds(1));
        Assert.That(order, Is.EquivalentTo(Enumerable.Range(0, 100)));
        Assert.That(order, Is.Not.Ordered);
    }

    [Test]
    public void The_same_seed_gives_the_same_faults_and_each_direction_has_its_own()
    {
        var faults = new LinkFaults { Loss = 50, Seed = 9 };
        Assert.That(Fates(faults, 0), Is.EqualTo(Fates(faults, 0)));
        Assert.That(Fates(faults, 0), Is.Not.EqualTo(Fates(faults, 1)));
        Assert.That(Fates(faults, 0), Is.Not.EqualTo(Fates(faults with { Seed = 10 }, 0)));
        Assert.That(Fates(faults with { Duplicate = 30, Reorder = 30 }, 0).Distinct(), Is.EqualTo(Fates(faults, 0)), "other faults change nothing in which frames are lost");
    }

    [Test]
    public void A_cable_that_is_full_loses_what_comes_then()
    {
        var link = new FaultyLink(new LinkFaults { Delay = TimeSpan.FromSeconds(1) }, 0);
        for (var i = 0; i < FaultyLink.Capacity + 5; i++) link.Enter([1], LabSamples.Noon);
        Assert.That(link.Count.Lost, Is.EqualTo(5));
        Assert.That(Drain(link, LabSamples.Noon.AddSeconds(1)), Has.Length.EqualTo(FaultyLink.Capacity));
    }

    private static byte[] Fates(LinkFaults faults, int direction)
    {
        var link = new FaultyLink(faults, direction);
        for (byte i = 0; i < 200; i++) link.Enter([i], LabSamples.Noon);
        return [.. Drain(link, LabSamples.Noon.AddSeconds(1)).Order()];
    }

    private static byte[] Drain(FaultyLink link, DateTimeOffset now)
    {
        var left = new List<byte>();
        while (link.Leave(now) is { } frame) left.Add(frame[0]);
        return [.. left];
    }
}
