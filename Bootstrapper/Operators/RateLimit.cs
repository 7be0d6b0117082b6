namespace Sextant.Operators;

/// <summary>
/// How often somebody may do something: <paramref name="burst"/> times at once, and again each time <paramref name="each"/> has passed. Time is handed in.
/// Safe for use by several threads.
/// </summary>
/// <param name="burst">Times at once; 1 or more.</param>
/// <param name="each">After this time one more is allowed.</param>
public sealed class RateLimit(int burst, TimeSpan each)
{
    /// <summary>How many are remembered; of more, those are forgotten that are nearest to being free again.</summary>
    public const int Capacity = 4096;

    private readonly Lock gate = new();

    /// <summary>When each will have all its times again.</summary>
    private readonly Dictionary<string, DateTimeOffset> freeAt = new(StringComparer.Ordinal);

    /// <summary>How long somebody has to wait before the next time; zero when it may be now.</summary>
    public TimeSpan WaitFor(string who, DateTimeOffset now)
    {
        lock (gate) return Wait(freeAt.GetValueOrDefault(who, now), now);
    }

    /// <summary>Counts one time, if it may be now.</summary>
    /// <returns>Zero when it was counted; else how long to wait.</returns>
    public TimeSpan Take(string who, DateTimeOffset now)
    {
        lock (gate)
        {
            var free = freeAt.GetValueOrDefault(who, now);
            var wait = Wait(free, now);
            if (wait > TimeSpan.Zero) return wait;
            if (freeAt.Count >= Capacity && !freeAt.ContainsKey(who)) Forget(now);
            freeAt[who] = (free > now ? free : now) + each;
            return TimeSpan.Zero;
        }
    }

    private TimeSpan Wait(DateTimeOffset free, DateTimeOffset now)
    {
        var wait = free - now - (burst - 1) * each;
        return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
    }

    private void Forget(DateTimeOffset now)
    {
        foreach (var (who, at) in freeAt)
            if (at <= now) freeAt.Remove(who);
        if (freeAt.Count >= Capacity) freeAt.Remove(freeAt.MinBy(pair => pair.Value).Key);
    }
}
