using Sextant.Storage;

namespace Sextant.Tests.Dhcp;

/// <summary>A store in memory, with a disk that can be broken.</summary>
internal sealed class MemoryStore : IStore
{
    private readonly SortedDictionary<string, byte[]> values = new(StringComparer.Ordinal);

    public bool IsBroken { get; set; }

    public int Commits { get; private set; }

    public IReadOnlyList<KeyValuePair<string, byte[]>> Read(string prefix)
    {
        lock (values) return [.. values.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal))];
    }

    public Task CommitAsync(IReadOnlyList<Change> changes)
    {
        if (IsBroken) return Task.FromException(new IOException("no space left on device"));
        lock (values)
        {
            Commits++;
            foreach (var change in changes)
            {
                if (change.Value is null) values.Remove(change.Key);
                else values[change.Key] = change.Value;
            }
        }
        return Task.CompletedTask;
    }
}
