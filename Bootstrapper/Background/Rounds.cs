namespace Sextant.Background;

/// <summary>Asks again and again: a round, a pause, the next round. A round that outlasts the pause delays only the one after it.</summary>
public static class Rounds
{
    /// <summary>Makes rounds until the service stops.</summary>
    /// <param name="period">Time between the beginnings of two rounds.</param>
    /// <param name="round">One round.</param>
    /// <param name="failed">Told of a round that failed for our own fault; the next is made all the same.</param>
    /// <param name="time">The clock.</param>
    /// <param name="stopping">Ends the rounds.</param>
    public static async Task RunAsync(TimeSpan period, Func<CancellationToken, Task> round, Action<Exception> failed, TimeProvider time, CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(period, time);
        try
        {
            do
            {
                try
                {
                    await round(stopping);
                }
                catch (Exception failure) when (failure is not OperationCanceledException || !stopping.IsCancellationRequested)
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
