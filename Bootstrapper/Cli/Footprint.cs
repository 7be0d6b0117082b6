using System.Runtime.InteropServices;

namespace Sextant.Cli;

/// <summary>
/// Keeps the service as small as its live data, a few megabytes. By itself the collector lets the youngest generation grow to the size of the
/// processor's cache, 32 MB and more on a server, and the C library keeps what its callers (the compiler, OpenSSL) have freed. So when the service has
/// become quiet and enough was allocated before to matter, both give back what is unused; that takes milliseconds. A service that stays busy needs at once
/// what it would give back: it does so once a minute.
/// </summary>
internal sealed partial class Footprint(TimeProvider time) : BackgroundService
{
    private const long WorthTheTrouble = 1 << 20;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan BusyInterval = TimeSpan.FromMinutes(1);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        var (tidied, tidiedAt, before) = (0L, time.GetTimestamp(), 0L);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                var allocated = GC.GetTotalAllocatedBytes();
                var isBusy = allocated - before >= WorthTheTrouble;
                before = allocated;
                if (allocated - tidied < WorthTheTrouble || isBusy && time.GetElapsedTime(tidiedAt) < BusyInterval) continue;
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                _ = Trim(0);
                (tidied, tidiedAt) = (GC.GetTotalAllocatedBytes(), time.GetTimestamp());
            }
        }
        catch (OperationCanceledException)
        {
            // The service stops.
        }
    }

    /// <summary>malloc_trim(3): gives free memory back to the kernel.</summary>
    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int Trim(nuint pad);
}
