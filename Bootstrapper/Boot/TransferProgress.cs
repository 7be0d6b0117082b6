using System.Collections.Concurrent;
using Sextant.Lifecycle;
using Sextant.Primitives;

namespace Sextant.Boot;

/// <summary>
/// Says when a transfer is worth an <see cref="AssetProgress"/>: its beginning, its end, and in between at most one in <see cref="Interval"/> for each
/// machine, however many transfers it runs at once. Safe for concurrent use; time is handed in.
/// </summary>
public sealed class TransferProgress
{
    /// <summary>The shortest time between two reports of one machine in the middle of a transfer.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<MacAddress, DateTimeOffset> lastReports = new();

    /// <summary>Whether the machine's transfer is to be reported now.</summary>
    /// <param name="mac">The machine.</param>
    /// <param name="sent">Bytes of this transfer sent so far.</param>
    /// <param name="wanted">Bytes this transfer sends in all.</param>
    /// <param name="now">The time.</param>
    public bool IsDue(MacAddress mac, long sent, long wanted, DateTimeOffset now)
    {
        var isEdge = sent == 0 || sent == wanted;
        if (!isEdge && lastReports.TryGetValue(mac, out var last) && now - last < Interval) return false;
        lastReports[mac] = now;
        return true;
    }
}
