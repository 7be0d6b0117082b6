namespace Sextant.Lab;

/// <summary>
/// One direction of a cable with <see cref="LinkFaults"/>: frames go in, and come out later, twice, out of order or never. Pure but for its row of
/// chances, which the seed fixes; each frame draws as many whatever the faults are, so that one fault's chance does not shift another's.
/// </summary>
/// <param name="faults">What is wrong with it.</param>
/// <param name="direction">Which direction of which cable it is: each has a row of chances of its own.</param>
public sealed class FaultyLink(LinkFaults faults, int direction)
{
    /// <summary>How many frames are on their way at most; what comes then is lost, as in a switch whose buffer is full.</summary>
    public const int Capacity = 4096;

    private readonly Random chances = new(HashCode(faults.Seed, direction));
    private readonly PriorityQueue<byte[], (DateTimeOffset Due, long Order)> underway = new();
    private long order;

    /// <summary>What happened until now.</summary>
    public LinkCount Count { get; private set; } = new(0, 0, 0, 0);

    /// <summary>When the next frame comes out; the far future when none is on its way.</summary>
    public DateTimeOffset NextDue => underway.TryPeek(out _, out var key) ? key.Due : DateTimeOffset.MaxValue;

    /// <summary>A frame goes in.</summary>
    public void Enter(ReadOnlySpan<byte> frame, DateTimeOffset now)
    {
        var (isLost, isTwice, isHeld) = (Happens(faults.Loss), Happens(faults.Duplicate), Happens(faults.Reorder));
        var copies = isLost ? 0 : isTwice ? 2 : 1;
        if (underway.Count + copies > Capacity) (copies, isLost) = (0, true);
        Count = new LinkCount(Count.Entered + 1, Count.Lost + (isLost ? 1 : 0), Count.Duplicated + (copies == 2 ? 1 : 0), Count.HeldBack + (isHeld && !isLost ? 1 : 0));
        var due = now + faults.Delay + (isHeld ? LinkFaults.ReorderHold : TimeSpan.Zero);
        for (var i = 0; i < copies; i++) underway.Enqueue(frame.ToArray(), (due, order++));
    }

    /// <summary>The next frame that is due comes out; null when none is.</summary>
    public byte[]? Leave(DateTimeOffset now) => underway.TryPeek(out _, out var key) && key.Due <= now ? underway.Dequeue() : null;

    private bool Happens(double percent) => chances.NextDouble() * 100 < percent;

    // System.HashCode differs from run to run.
    private static int HashCode(int seed, int direction) => unchecked((seed * 31 + direction) * 0x5bd1e995);
}

/// <summary>What happened to the frames of one direction of a cable.</summary>
/// <param name="Entered">How many went in.</param>
/// <param name="Lost">How many of them never came out.</param>
/// <param name="Duplicated">How many came out twice.</param>
/// <param name="HeldBack">How many were held back.</param>
public sealed record LinkCount(long Entered, long Lost, long Duplicated, long HeldBack)
{
    /// <summary>The same for people.</summary>
    public override string ToString() => $"{Entered} frames, {Lost} lost, {Duplicated} twice, {HeldBack} held back";
}
