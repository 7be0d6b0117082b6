namespace Sextant.Storage;

/// <summary>One change of the durable store: a new value for a key, or its removal.</summary>
/// <param name="Key">Path-like key, <c>lease/52:54:00:12:34:56</c>; 1 to 512 UTF-8 octets.</param>
/// <param name="Value">The new value; null removes the key.</param>
public readonly record struct Change(string Key, byte[]? Value);

/// <summary>
/// The one durable store: keys to values, in the manner of etcd. A commit is atomic and on disk when its task ends; concurrent commits share one
/// sync. Ends in failure (and leaves the store refusing further commits) when the disk does not take the write.
/// </summary>
public interface IStore
{
    /// <summary>Every key that begins with the prefix, in ordinal order, with its value.</summary>
    IReadOnlyList<KeyValuePair<string, byte[]>> Read(string prefix);

    /// <summary>Applies the changes together; the task ends when they are durable.</summary>
    Task CommitAsync(IReadOnlyList<Change> changes);
}
