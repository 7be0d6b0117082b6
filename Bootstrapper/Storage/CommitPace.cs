namespace Sextant.Storage;

/// <summary>
/// When the next commit may begin: at once while commits are rare, and once an interval when they come thick and fast, so that what waits shares a sync and a
/// wake-up (the generic cell rate algorithm of ITU-T I.371). For one thread.
/// </summary>
/// <param name="interval">Between two commits, for as long as there are more of them.</param>
/// <param name="burst">How many may follow one another at once after a quiet time.</param>
internal sealed class CommitPace(TimeSpan interval, int burst)
{
    private TimeSpan expected;

    /// <summary>How long the next commit has to wait: never longer than an interval, and not at all when it is zero.</summary>
    /// <param name="now">The time, by any clock that only goes forward.</param>
    public TimeSpan WaitAt(TimeSpan now) => expected - (burst - 1) * interval is var earliest && earliest > now ? earliest - now : TimeSpan.Zero;

    /// <summary>A commit begins, also one that did not wait as it should have: that leaves no debt to the next one.</summary>
    /// <param name="now">The time, by the same clock.</param>
    public void Begin(TimeSpan now) => expected = new TimeSpan(Math.Clamp(expected.Ticks, now.Ticks, (now + (burst - 1) * interval).Ticks)) + interval;
}
