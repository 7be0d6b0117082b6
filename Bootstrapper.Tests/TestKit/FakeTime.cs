namespace Sextant.Tests.TestKit;

/// <summary>A clock that stands until it is told to go on. Timers fire inside <see cref="Advance"/>, in the order of their due times.</summary>
public sealed class FakeTime : TimeProvider
{
    private readonly List<FakeTimer> timers = [];
    private DateTimeOffset now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => now;

    /// <inheritdoc/>
    public override long GetTimestamp() => now.Ticks;

    /// <summary>How many timers will fire some time.</summary>
    public int Waiting
    {
        get
        {
            lock (timers) return timers.Count;
        }
    }

    /// <summary>Goes on by that much without a timer, as for whoever is at work meanwhile; what is due fires with the next <see cref="Advance"/>.</summary>
    public void Pass(TimeSpan by) => now += by;

    /// <summary>Goes on by that much.</summary>
    public void Advance(TimeSpan by)
    {
        var target = now + by;
        while (true)
        {
            FakeTimer? next;
            lock (timers) next = timers.Where(timer => timer.Due <= target).MinBy(timer => timer.Due);
            if (next is null) break;
            now = next.Due > now ? next.Due : now;
            next.Fire();
        }
        now = target;
    }

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new FakeTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class FakeTimer(FakeTime time, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan period;

        public DateTimeOffset Due { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            this.period = period;
            lock (time.timers)
            {
                time.timers.Remove(this);
                if (dueTime == Timeout.InfiniteTimeSpan) return true;
                Due = time.now + dueTime;
                time.timers.Add(this);
            }
            return true;
        }

        public void Fire()
        {
            Change(period > TimeSpan.Zero ? period : Timeout.InfiniteTimeSpan, period);
            callback(state);
        }

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
