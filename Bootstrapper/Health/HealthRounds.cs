namespace Sextant.Health;

/// <summary>Asks again and again: a round, a pause, the next round. A round that outlasts the pause delays only the one after it.</summary>
internal static class HealthRounds
{
    /// <summary>Time between the beginnings of two rounds, where nothing else is said.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    /// <summary>Makes rounds until the service stops.</summary>
    /// <param name="round">One round.</param>
    /// <param name="failed">Told of a round that failed for our own fault; the next is made all the same.</param>
    /// <param name="time">The clock.</param>
    /// <param name="stopping">Ends the rounds.</param>
    /// <param name="period">Time between the beginnings of two rounds; null for <see cref="Period"/>.</param>
    public static async Task RunAsync(Func<CancellationToken, Task> round, Action<Exception> failed, TimeProvider time, CancellationToken stopping, TimeSpan? period = null)
    {
        using var timer = new PeriodicTimer(period ?? Period, time);
        try
        {
            do
            {
                try
                {
                    await round(stopping);
                }
                catch (Exception failure) when (failure is not OperationCanceledException)
                {
                    failed(failure);
                }
            }
            while (await timer.WaitForNextTickAsync(stopping));
        }
        catch (OperationCanceledException)
        {
            // The service stops.
        }
    }
}
