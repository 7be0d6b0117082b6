namespace Sextant.Tests.TestKit;

/// <summary>The real clock, moved forward by hand: waiting for a day to pass takes no time.</summary>
public sealed class ShiftedTime : TimeProvider
{
    private long shift;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref shift));

    public void Advance(TimeSpan time) => Interlocked.Add(ref shift, time.Ticks);
}
