namespace Sextant.Storage;

/// <summary>
/// When the next commit may begin: at once while commits are rare, and once an interval when they come thick and fast, so that what waits shares a sync and a
/// wake-up (the generic cell rate algorithm of ITU-T I.371). Where waiting brings nothing, because each event waits for the one before to be committed, it is
/// given up for a while. For one thread.
/// </summary>
/// <param name="interval">Between two commits, for as long as there are more of them.</param>
/// <param name="burst">How many may follow one another at once after a quiet time.</param>
internal sealed class CommitPace(TimeSpan interval, int burst)
{
    /// <summary>As many commits at most are spared the wait after one that waited in vain.</summary>
    public const int MostSpared = 63;

    private TimeSpan expected;
    private bool wasAlone;
    private int sparedLast;
    private int spared;

    /// <summary>How long the next commit has to wait: never longer than an interval, and not at all when it is zero.</summary>
    /// <param name="now">The time, by any clock that only goes forward.</param>
    public TimeSpan WaitAt(TimeSpan now) => spared == 0 && expected - (burst - 1) * interval is var earliest && earliest > now ? earliest - now : TimeSpan.Zero;

    /// <summary>
    /// A commit has waited, and begins next. Two that were alone in a row waited in vain (after the first one, whoever it delayed may come together); the more
    /// often that happens, the more commits are spared the wait.
    /// </summary>
    /// <param name="alone">Whether it has one event only.</param>
    public void Waited(bool alone)
    {
        if (!alone) sparedLast = 0;
        else if (wasAlone)
        {
            sparedLast = Math.Min(2 * sparedLast + 1, MostSpared);
            spared = 1 + sparedLast;
        }
        wasAlone = alone && !wasAlone;
    }

    /// <summary>A commit begins, also one that did not wait as it should have: that leaves no debt to the next one.</summary>
    /// <param name="now">The time, by the same clock.</param>
    public void Begin(TimeSpan now)
    {
        expected = new TimeSpan(Math.Clamp(expected.Ticks, now.Ticks, (now + (burst - 1) * interval).Ticks)) + interval;
        if (spared > 0) spared--;
    }
}
