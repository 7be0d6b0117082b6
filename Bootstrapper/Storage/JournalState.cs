namespace Sextant.Storage;

/// <summary>The keys and values a journal amounts to, ordered for reading by prefix. Safe for readers beside one writer.</summary>
internal sealed class JournalState
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, byte[]> values = new(StringComparer.Ordinal);
    private readonly SortedSet<string> keys = new(StringComparer.Ordinal);
    private long liveOctets;

    /// <summary>How many keys there are.</summary>
    public int Count
    {
        get { lock (gate) return values.Count; }
    }

    /// <summary>Octets a journal of nothing but the present values would have as payload.</summary>
    public long LiveOctets
    {
        get { lock (gate) return liveOctets; }
    }

    /// <summary>Applies the changes in order; readers see all of them or none.</summary>
    public void Apply(IEnumerable<Change> changes)
    {
        lock (gate)
        {
            foreach (var change in changes)
            {
                if (values.Remove(change.Key, out var before)) liveOctets -= JournalFormat.EncodedLength(new Change(change.Key, before));
                if (change.Value is null)
                {
                    if (before is not null) keys.Remove(change.Key);
                    continue;
                }
                values[change.Key] = change.Value;
                liveOctets += JournalFormat.EncodedLength(change);
                if (before is null) keys.Add(change.Key);
            }
        }
    }

    /// <summary>Every key that begins with the prefix, in ordinal order, with its value.</summary>
    public List<KeyValuePair<string, byte[]>> Read(string prefix)
    {
        var found = new List<KeyValuePair<string, byte[]>>();
        lock (gate)
        {
            if (keys.Max is not { } last || string.CompareOrdinal(prefix, last) > 0) return found;
            foreach (var key in keys.GetViewBetween(prefix, last))
            {
                if (!key.StartsWith(prefix, StringComparison.Ordinal)) break;
                found.Add(new KeyValuePair<string, byte[]>(key, values[key]));
            }
        }
        return found;
    }
}
