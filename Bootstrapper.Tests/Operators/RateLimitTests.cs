using NUnit.Framework;
using Sextant.Operators;

namespace Sextant.Tests.Operators;

[TestFixture]
public sealed class RateLimitTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Each = TimeSpan.FromSeconds(6);

    [Test]
    public void A_burst_is_allowed_and_then_one_each_time()
    {
        var limit = new RateLimit(3, Each);
        for (var i = 0; i < 3; i++) Assert.That(limit.Take("a", Start), Is.EqualTo(TimeSpan.Zero));
        Assert.That(limit.Take("a", Start), Is.EqualTo(Each));
        Assert.That(limit.WaitFor("a", Start.AddSeconds(2)), Is.EqualTo(TimeSpan.FromSeconds(4)));
        Assert.That(limit.Take("a", Start + Each), Is.EqualTo(TimeSpan.Zero));
        Assert.That(limit.Take("a", Start + Each), Is.EqualTo(Each));
        Assert.That(limit.Take("b", Start), Is.EqualTo(TimeSpan.Zero), "another's times are its own");
    }

    [Test]
    public void After_a_pause_the_whole_burst_is_there_again_and_no_more()
    {
        var limit = new RateLimit(3, Each);
        for (var i = 0; i < 3; i++) limit.Take("a", Start);
        var later = Start.AddHours(1);
        Assert.That(Enumerable.Range(0, 4).Count(_ => limit.Take("a", later) == TimeSpan.Zero), Is.EqualTo(3));
    }

    [Test]
    public void Looking_counts_nothing()
    {
        var limit = new RateLimit(1, Each);
        for (var i = 0; i < 5; i++) Assert.That(limit.WaitFor("a", Start), Is.EqualTo(TimeSpan.Zero));
        Assert.That(limit.Take("a", Start), Is.EqualTo(TimeSpan.Zero));
    }

    [Test]
    public void A_crowd_does_not_grow_without_bound_and_frees_nobody_who_tries_hardest()
    {
        var limit = new RateLimit(2, Each);
        for (var i = 0; i < 2; i++) limit.Take("hard", Start);
        for (var i = 0; i < RateLimit.Capacity * 2; i++) limit.Take($"peer {i}", Start);
        Assert.That(limit.WaitFor("hard", Start), Is.GreaterThan(TimeSpan.Zero));
        Assert.That(limit.WaitFor("peer 0", Start), Is.EqualTo(TimeSpan.Zero));
    }
}
