using System.Collections.Concurrent;
using System.Collections.Immutable;
using Sextant.Lifecycle;
using Sextant.Primitives;
using Sextant.Storage;

namespace Sextant.Status;

/// <summary>A file that was or is being sent to a machine.</summary>
/// <param name="Asset">Its path among the assets.</param>
/// <param name="BeganAt">When the sending began.</param>
/// <param name="At">When it was last heard of.</param>
/// <param name="First">Octets the machine had when it began: more than 0 where it resumed.</param>
/// <param name="Bytes">Octets it has now.</param>
/// <param name="Total">Octets in all.</param>
public sealed record TransferRecord(string Asset, DateTimeOffset BeganAt, DateTimeOffset At, long First, long Bytes, long Total)
{
    /// <summary>Octets a second on the average; null before there is one.</summary>
    public double? Rate => At > BeganAt ? (Bytes - First) / (At - BeganAt).TotalSeconds : null;

    /// <summary>The record after one more report: the same transfer goes on, or another one begins.</summary>
    /// <param name="progress">The report.</param>
    public TransferRecord? After(AssetProgress progress) =>
        progress.Asset == Asset && progress.Bytes >= Bytes && Bytes < Total ? this with { At = progress.At, Bytes = progress.Bytes } : null;

    /// <summary>The record of a report that begins a transfer.</summary>
    public static TransferRecord Begin(AssetProgress progress) => new(progress.Asset, progress.At, progress.At, progress.Bytes, progress.Bytes, progress.Total);
}

/// <summary>The last transfers of each machine, since the service started: progress is no event that is stored. Safe for use by several threads.</summary>
public sealed class TransferLedger : IDisposable
{
    /// <summary>Transfers that are remembered of a machine.</summary>
    public const int Limit = 12;

    private readonly ConcurrentDictionary<MacAddress, ImmutableList<TransferRecord>> transfers = new();
    private readonly IDisposable subscription;

    /// <summary>Starts to watch the records.</summary>
    public TransferLedger(MachineStore machines) => subscription = machines.Subscribe((happened, _) =>
    {
        if (happened is AssetProgress progress) transfers.AddOrUpdate(progress.Mac, _ => [TransferRecord.Begin(progress)], (_, known) => After(known, progress));
    });

    /// <summary>The machine's transfers, oldest first.</summary>
    public IReadOnlyList<TransferRecord> Of(MacAddress mac) => transfers.GetValueOrDefault(mac) ?? [];

    /// <inheritdoc/>
    public void Dispose() => subscription.Dispose();

    private static ImmutableList<TransferRecord> After(ImmutableList<TransferRecord> known, AssetProgress progress)
    {
        for (var at = known.Count - 1; at >= 0; at--)
            if (known[at].After(progress) is { } next) return known.SetItem(at, next);
        return (known.Count >= Limit ? known.RemoveAt(0) : known).Add(TransferRecord.Begin(progress));
    }
}
