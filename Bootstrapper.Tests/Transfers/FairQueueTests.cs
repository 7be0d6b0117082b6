using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;
using Sextant.Transfers;

namespace Sextant.Tests.Transfers;

[TestFixture]
public sealed class FairQueueTests
{
    /// <summary>Requests are written as peer and number; <c>-</c> ends the transfer that runs longest; <c>!a2</c> gives up. One is served at a time.</summary>
    [TestCase("a1", "a1")]
    [TestCase("a1 a2 - -", "a1 a2", TestName = "One peer is served in the order of its requests")]
    [TestCase("a1 a2 a3 a4 b1 - - - -", "a1 a2 b1 a3 a4", TestName = "A single request passes another peer's many")]
    [TestCase("a1 a2 a3 b1 b2 c1 - - - - -", "a1 a2 b1 c1 a3 b2", TestName = "Peers take turns")]
    [TestCase("a1 a2 b1 b2 !b1 - - -", "a1 a2 b2", TestName = "Who gives up is passed over, the next of its peer is not")]
    [TestCase("a1 b1 c1 !b1 - -", "a1 c1", TestName = "A peer that left loses its turn")]
    [TestCase("a1 b1 !b1 b2 c1 - -", "a1 b2 c1", TestName = "A peer that left and came back waits at the end")]
    [TestCase("a1 !a1 b1 -", "a1 b1", TestName = "What runs cannot give up its waiting")]
    [TestCase("a1 - b1 - c1", "a1 b1 c1", TestName = "A free place is taken at once")]
    public void Turns(string script, string served)
    {
        var queue = new FairQueue<char, string>(limit: 1, capacity: 10);
        var order = new List<string>();
        foreach (var step in script.Split(' '))
        {
            if (step == "-")
            {
                if (queue.Finish(out var next)) order.Add(next);
            }
            else if (step[0] == '!') queue.Leave(step[1..]);
            else if (queue.Arrive(step[0], step) is Arrival.Started) order.Add(step);
        }
        Assert.That(order, Is.EqualTo(served.Split(' ')));
    }

    [Test]
    public void More_than_the_capacity_is_refused_and_leaves_no_trace()
    {
        var queue = new FairQueue<char, int>(limit: 2, capacity: 1);
        Assert.That(Enumerable.Range(1, 4).Select(number => queue.Arrive('a', number)), Is.EqualTo([Arrival.Started, Arrival.Started, Arrival.Waiting, Arrival.Refused]));
        Assert.That((queue.Active, queue.Waiting), Is.EqualTo((2, 1)));
        Assert.That((queue.Finish(out var next), next, queue.Finish(out _), queue.Finish(out _)), Is.EqualTo((true, 3, false, false)));
        Assert.That((queue.Active, queue.Waiting), Is.EqualTo((0, 0)));
        Assert.That(() => queue.Finish(out _), Throws.InvalidOperationException);
    }

    /// <summary>Any history: never more served than allowed, nobody idle while one waits, each peer in its order, nobody passed over for
    /// longer than a turn of every peer.</summary>
    [Test]
    public void Whatever_happens_nobody_starves_and_nobody_is_served_beyond_the_limit() =>
        Prop.ForAll(Gen.Choose(0, 1 << 20).ArrayOf(200).ToArbitrary(), Gen.Choose(1, 4).ToArbitrary(), Holds).QuickCheckThrowOnFailure();

    private static bool Holds(int[] steps, int limit)
    {
        const int peers = 5, capacity = 12;
        var queue = new FairQueue<int, (int Peer, int Number)>(limit, capacity);
        // With how many may still be served before it: one of each peer for each of its own peer's earlier ones, and one for itself.
        var waiting = new List<((int Peer, int Number) Request, int Patience)>();
        for (var number = 0; number < steps.Length; number++)
        {
            var step = steps[number];
            switch (step % 4)
            {
                case 0 or 1:
                    var request = (step / 4 % peers, number);
                    var expected = queue.Active < limit ? Arrival.Started : waiting.Count < capacity ? Arrival.Waiting : Arrival.Refused;
                    if (queue.Arrive(request.Item1, request) != expected) return false;
                    if (expected is Arrival.Waiting) waiting.Add((request, peers * (1 + waiting.Count(one => one.Request.Peer == request.Item1))));
                    break;
                case 2 when queue.Active > 0:
                    if (queue.Finish(out var next) != waiting.Count > 0) return false;
                    if (waiting.Count == 0) break;
                    if (waiting.First(one => one.Request.Peer == next.Peer).Request != next) return false;
                    waiting.RemoveAll(one => one.Request == next);
                    waiting = [.. waiting.Select(one => (one.Request, one.Patience - 1))];
                    if (waiting.Any(one => one.Patience == 0)) return false;
                    break;
                case 3 when waiting.Count > 0:
                    var (leaver, _) = waiting[step / 4 % waiting.Count];
                    if (!queue.Leave(leaver) || queue.Leave(leaver)) return false;
                    waiting.RemoveAll(one => one.Request == leaver);
                    break;
                default:
                    break;
            }
            if (queue.Active > limit || queue.Waiting != waiting.Count || waiting.Count > 0 && queue.Active < limit) return false;
        }
        return true;
    }
}
