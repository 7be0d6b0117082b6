using System.Net;
using NUnit.Framework;
using Sextant.Transfers;

namespace Sextant.Tests.Transfers;

[TestFixture]
public sealed class TransferGateTests
{
    private static readonly IPAddress One = IPAddress.Parse("192.0.2.1");
    private static readonly IPAddress Two = IPAddress.Parse("192.0.2.2");

    [Test]
    public async Task A_place_that_is_given_back_goes_to_the_next_peer()
    {
        var gate = new TransferGate(limit: 1);
        var first = (await gate.EnterAsync(One, CancellationToken.None))!;
        var second = gate.EnterAsync(One, CancellationToken.None).AsTask();
        var third = gate.EnterAsync(One, CancellationToken.None).AsTask();
        var other = gate.EnterAsync(Two, CancellationToken.None).AsTask();
        Assert.That(gate.Counts, Is.EqualTo(new TransferCounts(1, 3, 0, 1)));
        first.Dispose();
        (await second.WaitAsync(TimeSpan.FromSeconds(5)))!.Dispose();
        (await other.WaitAsync(TimeSpan.FromSeconds(5)))!.Dispose();
        (await third.WaitAsync(TimeSpan.FromSeconds(5)))!.Dispose();
        Assert.That(gate.Counts, Is.EqualTo(new TransferCounts(0, 0, 0, 1)));
    }

    [Test]
    public async Task A_place_given_back_twice_is_one_place()
    {
        var gate = new TransferGate(limit: 2);
        var first = (await gate.EnterAsync(One, CancellationToken.None))!;
        _ = await gate.EnterAsync(One, CancellationToken.None);
        first.Dispose();
        first.Dispose();
        Assert.That(gate.Counts.Active, Is.EqualTo(1));
    }

    [Test]
    public async Task Who_leaves_while_waiting_waits_no_longer()
    {
        var gate = new TransferGate(limit: 1);
        var first = (await gate.EnterAsync(One, CancellationToken.None))!;
        using var left = new CancellationTokenSource();
        var second = gate.EnterAsync(Two, left.Token).AsTask();
        await left.CancelAsync();
        Assert.That(async () => await second, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(gate.Counts, Is.EqualTo(new TransferCounts(1, 0, 0, 1)));
        first.Dispose();
        Assert.That(gate.Counts.Active, Is.Zero, "nobody has the place of one that left");
    }

    [Test]
    public async Task A_full_queue_refuses_and_counts()
    {
        var gate = new TransferGate(limit: 1, capacity: 1);
        _ = await gate.EnterAsync(One, CancellationToken.None);
        _ = gate.EnterAsync(One, CancellationToken.None).AsTask();
        Assert.That(await gate.EnterAsync(Two, CancellationToken.None), Is.Null);
        Assert.That(gate.Counts, Is.EqualTo(new TransferCounts(1, 1, 1, 1)));
    }

    [Test]
    public async Task However_many_come_and_go_at_once_no_place_is_lost()
    {
        var gate = new TransferGate(limit: 3);
        var inside = 0;
        var most = 0;
        await Task.WhenAll(Enumerable.Range(0, 400).Select(number => Task.Run(async () =>
        {
            using var left = new CancellationTokenSource(number % 5 == 0 ? TimeSpan.FromMilliseconds(number % 7) : Timeout.InfiniteTimeSpan);
            try
            {
                using var place = await gate.EnterAsync(number % 2 == 0 ? One : Two, left.Token);
                var now = Interlocked.Increment(ref inside);
                InterlockedMax(ref most, now);
                await Task.Yield();
                Interlocked.Decrement(ref inside);
            }
            catch (OperationCanceledException)
            {
                // It left.
            }
        })));
        Assert.That(most, Is.InRange(1, 3));
        Assert.That(gate.Counts, Is.EqualTo(new TransferCounts(0, 0, 0, 3)));
    }

    private static void InterlockedMax(ref int target, int value)
    {
        for (int seen; (seen = Volatile.Read(ref target)) < value && Interlocked.CompareExchange(ref target, value, seen) != seen;) { }
    }
}
