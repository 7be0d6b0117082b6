using Sextant.Storage;

namespace Sextant.Tests.TestKit;

/// <summary>A store that forgets when the test ends, and fails when told to.</summary>
public sealed class MemoryStore : IStore
{
    private readonly Lock gate = new();
    private readonly SortedDictionary<string, byte[]> values = new(StringComparer.Ordinal);

    /// <summary>While set, commits fail with it and change nothing.</summary>
    public Exception? Failure { get; set; }

    /// <summary>While true, commits fail as on a full disk.</summary>
    public bool Fails { get => Failure is not null; set => Failure = value ? new IOException("the disk is full") : null; }

    /// <summary>While set, commits wait for it before they change anything: a disk that takes its time.</summary>
    public Task? Delay { get; set; }

    /// <summary>The commits that were made, in order.</summary>
    public List<IReadOnlyList<Change>> Commits { get; } = [];

    public IReadOnlyList<KeyValuePair<string, byte[]>> Read(string prefix)
    {
        lock (gate) return [.. values.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal))];
    }

    public async Task CommitAsync(IReadOnlyList<Change> changes)
    {
        if (Delay is { } delay) await delay;
        if (Failure is { } failure) throw failure;
        lock (gate)
        {
            Commits.Add([.. changes]);
            foreach (var change in changes)
            {
                if (change.Value is null) values.Remove(change.Key);
                else values[change.Key] = change.Value;
            }
        }
    }
}
