using NUnit.Framework;
using Sextant.Storage;

namespace Sextant.Tests.Storage;

[TestFixture]
public sealed class CommitPaceTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    [Test]
    public void Commits_that_are_rare_never_wait()
    {
        var pace = new CommitPace(Interval, burst: 1);
        for (var now = TimeSpan.FromDays(9); now < TimeSpan.FromDays(9) + 20 * Interval; now += Interval)
        {
            Assert.That(pace.WaitAt(now), Is.EqualTo(TimeSpan.Zero));
            pace.Begin(now);
        }
    }

    [Test]
    public void A_burst_does_not_wait_and_what_comes_after_it_does()
    {
        var pace = new CommitPace(Interval, burst: 3);
        var now = TimeSpan.FromSeconds(1);
        for (var i = 0; i < 3; i++)
        {
            Assert.That(pace.WaitAt(now), Is.EqualTo(TimeSpan.Zero), $"commit {i}");
            pace.Begin(now);
        }
        Assert.That(pace.WaitAt(now), Is.EqualTo(Interval));
        Assert.That(pace.WaitAt(now + Interval / 5), Is.EqualTo(Interval * 4 / 5));
        Assert.That(pace.WaitAt(now + Interval), Is.EqualTo(TimeSpan.Zero));
    }

    [Test]
    public void A_storm_commits_once_an_interval()
    {
        var pace = new CommitPace(Interval, burst: 10);
        var (now, begun) = (TimeSpan.Zero, 0);
        while (now < 100 * Interval)
        {
            now += pace.WaitAt(now);
            pace.Begin(now);
            begun++;
        }
        Assert.That(begun, Is.EqualTo(100 + 10));
    }

    [Test]
    public void Whoever_did_not_wait_leaves_the_next_one_no_debt()
    {
        var pace = new CommitPace(Interval, burst: 4);
        for (var i = 0; i < 1000; i++) pace.Begin(TimeSpan.FromSeconds(1));
        Assert.That(pace.WaitAt(TimeSpan.FromSeconds(1)), Is.EqualTo(Interval));
    }

    [Test]
    public void Who_waits_in_vain_waits_ever_less_often_until_somebody_shares_the_commit()
    {
        var pace = new CommitPace(Interval, burst: 1);
        var now = TimeSpan.FromSeconds(1);
        pace.Begin(now);
        foreach (var spared in new[] { 1, 3, 7, 15, 31, CommitPace.MostSpared, CommitPace.MostSpared })
        {
            for (var i = 0; i < 2; i++) Wait(alone: true);
            for (var i = 0; i < spared; i++)
            {
                Assert.That(pace.WaitAt(now), Is.EqualTo(TimeSpan.Zero), $"commit {i} of {spared}");
                pace.Begin(now);
            }
        }
        foreach (var alone in new[] { true, false, true, false, false, true, true }) Wait(alone);
        Assert.That(pace.WaitAt(now), Is.EqualTo(TimeSpan.Zero), "two alone in a row spare one commit, as in the beginning");
        pace.Begin(now);
        Assert.That(pace.WaitAt(now), Is.EqualTo(Interval));

        void Wait(bool alone)
        {
            Assert.That(pace.WaitAt(now), Is.EqualTo(Interval));
            pace.Waited(alone);
            pace.Begin(now);
        }
    }

    [Test]
    public void After_a_quiet_time_the_whole_burst_is_there_again()
    {
        var pace = new CommitPace(Interval, burst: 4);
        for (var i = 0; i < 1000; i++) pace.Begin(TimeSpan.FromSeconds(1));
        var later = TimeSpan.FromSeconds(1) + 4 * Interval;
        for (var i = 0; i < 4; i++)
        {
            Assert.That(pace.WaitAt(later), Is.EqualTo(TimeSpan.Zero), $"commit {i}");
            pace.Begin(later);
        }
        Assert.That(pace.WaitAt(later), Is.EqualTo(Interval));
    }
}
