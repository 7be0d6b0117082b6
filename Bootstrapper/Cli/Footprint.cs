using System.Runtime.InteropServices;

namespace Sextant.Cli;

/// <summary>
/// Keeps the service as small as its live data, a few megabytes. By itself the collector lets the youngest generation grow to the size of the
/// processor's cache, 32 MB and more on a server, and the C library keeps what its callers (the compiler, OpenSSL) have freed. So every two seconds,
/// when enough was allocated to matter, both give back what is unused; that takes milliseconds.
/// </summary>
internal sealed partial class Footprint(TimeProvider time) : BackgroundService
{
    private const long WorthTheTrouble = 1 << 20;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        var tidied = 0L;
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                if (GC.GetTotalAllocatedBytes() - tidied < WorthTheTrouble) continue;
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                _ = Trim(0);
                tidied = GC.GetTotalAllocatedBytes();
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
