namespace Sextant.Lab;

/// <summary>Where a watch shows what it sees.</summary>
public interface IRackScreen
{
    /// <summary>Shows one look.</summary>
    void Show(RackProgress progress);
}

/// <summary>Looks at a rack again and again until it is healthy or will not become so.</summary>
/// <param name="rack">The rack.</param>
/// <param name="time">The clock.</param>
/// <param name="machines">The machines that count; all of the rack's when it is null.</param>
public sealed class RackWatch(Rack rack, TimeProvider time, IReadOnlyList<RackMachine>? machines = null)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    /// <summary>Watches until the verdict is final.</summary>
    /// <param name="startedAt">What elapsed times count from.</param>
    /// <param name="timeout">How long it may take from then.</param>
    /// <param name="screen">Where to show it.</param>
    /// <param name="cancellation">Ends the watch; the rack stays.</param>
    public async Task<(RackVerdict Verdict, RackProgress Progress)> RunAsync(
        DateTimeOffset startedAt, TimeSpan timeout, IRackScreen screen, CancellationToken cancellation = default)
    {
        using var client = new StatusClient(rack.Folder.HttpSocket);
        var progress = RackProgress.Begin(machines ?? rack.State.Machines, startedAt);
        while (true)
        {
            progress = progress.After(await rack.LookAsync(client, cancellation));
            screen.Show(progress);
            if (progress.Judge(timeout) is var verdict and not RackVerdict.Pending) return (verdict, progress);
            await Task.Delay(Interval, time, cancellation);
        }
    }

    /// <summary>A single look.</summary>
    public async Task<RackProgress> LookAsync(CancellationToken cancellation = default)
    {
        using var client = new StatusClient(rack.Folder.HttpSocket);
        return RackProgress.Begin(machines ?? rack.State.Machines, time.GetUtcNow()).After(await rack.LookAsync(client, cancellation));
    }
}
