using NUnit.Framework;
using Sextant.Primitives;
using Sextant.Tests.TestKit;
using Sextant.Tracing;

namespace Sextant.Tests.Tracing;

[TestFixture]
public sealed class TraceStoreTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Test]
    public void What_comes_often_pushes_out_its_own_kind_only()
    {
        var store = new TraceStore();
        store.Add(Story.Mac, TraceKind.Dhcp, Packet(1), true);
        for (var i = 0; i < 1000; i++) store.Add(Story.Mac, TraceKind.Dns, Packet(2), true);
        store.Add(Story.Mac, TraceKind.Arp, Packet(3), true);
        var kept = store.Of(Story.Mac);
        Assert.That(kept, Has.Count.EqualTo(2 + TraceStore.LimitOf(TraceKind.Dns)));
        Assert.That((kept[0].Octets.Length, kept[1].Octets.Length, kept[^1].Octets.Length), Is.EqualTo((1, 2, 3)), "in the order they passed");
    }

    [Test]
    public void A_flood_of_invented_machines_stays_in_the_budget_and_drives_out_nobody_planned()
    {
        const int budget = 100_000;
        var store = new TraceStore(budget);
        store.Add(Story.Mac, TraceKind.Dhcp, Packet(300), true);
        for (var i = 0; i < 10_000; i++)
        {
            store.Add(Stranger(i), TraceKind.Dhcp, Packet(300), false);
            Assert.That(store.Used, Is.LessThanOrEqualTo(budget));
        }
        Assert.That(store.Of(Story.Mac), Has.Count.EqualTo(1));
        Assert.That(store.Knows(Stranger(9_999)), Is.True, "the latest stranger is there");
        Assert.That(store.Knows(Stranger(0)), Is.False, "the first one is forgotten");
        Assert.That(store.Count, Is.InRange(10, 200));
    }

    [Test]
    public void Among_planned_machines_the_one_that_was_silent_for_longest_is_forgotten()
    {
        var store = new TraceStore(3_000);
        for (var i = 0; i < 3; i++) store.Add(Stranger(i), TraceKind.Dhcp, Packet(300), true);
        store.Add(Stranger(0), TraceKind.Arp, Packet(10), true);
        store.Add(Stranger(3), TraceKind.Dhcp, Packet(300), true);
        Assert.That(new[] { 0, 1, 2, 3 }.Select(number => store.Knows(Stranger(number))), Is.EqualTo(new[] { true, false, true, true }));
    }

    [Test]
    public void A_machine_that_becomes_planned_is_no_stranger_any_more()
    {
        var store = new TraceStore(3_000);
        store.Add(Story.Mac, TraceKind.Dhcp, Packet(300), false);
        store.Add(Story.Mac, TraceKind.Dhcp, Packet(300), true);
        for (var i = 0; i < 10; i++) store.Add(Stranger(i), TraceKind.Dhcp, Packet(300), false);
        Assert.That(store.Knows(Story.Mac), Is.True);
    }

    [Test]
    public void A_capture_reads_back_as_it_was_written()
    {
        RecordedPacket[] packets = [new(Start.AddTicks(10), false, [1, 2, 3], 60), new(Start.AddSeconds(1), true, [4], 1)];
        Assert.That(Pcap.Frames(PcapWriter.Write(packets)).Select(frame => (frame.At, Convert.ToHexString(frame.Octets))),
            Is.EqualTo(new[] { (Start.AddTicks(10), "010203"), (Start.AddSeconds(1), "04") }));
        Assert.That(PcapWriter.Write([]), Has.Length.EqualTo(24));
    }

    private static RecordedPacket Packet(int length) => new(Start, false, new byte[length], length);

    private static MacAddress Stranger(int number) => MacAddress.Parse($"52:54:01:00:{number >> 8:x2}:{number & 255:x2}");
}
