using Sextant.Storage;

namespace Sextant.Tests.TestKit;

/// <summary>A store that forgets, and that can be made to fail.</summary>
internal sealed class MemoryStore : IStore
{
    private readonly SortedDictionary<string, byte[]> values = new(StringComparer.Ordinal);

    public bool Fails { get; set; }

    public IReadOnlyList<KeyValuePair<string, byte[]>> Read(string prefix)
    {
        lock (values) return [.. values.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal))];
    }

    public async Task CommitAsync(IReadOnlyList<Change> changes)
    {
        await Task.Yield();
        if (Fails) throw new IOException("the disk is full");
        lock (values)
            foreach (var change in changes)
                if (change.Value is { } value) values[change.Key] = value;
                else values.Remove(change.Key);
    }
}
