using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Sextant.Dns.Wire;

namespace Sextant.Dns;

/// <summary>What makes two questions the same: the name in any case, the type, and which kind of answer is wanted.</summary>
public readonly ref struct DnsQuestionKey
{
    /// <summary>Octets of the longest key.</summary>
    public const int Limit = DnsName.Limit + 3;

    /// <summary>Writes a key.</summary>
    /// <param name="room">Where; <see cref="Limit"/> octets.</param>
    /// <param name="name">The name in wire form.</param>
    /// <param name="type">The type.</param>
    /// <param name="dnssecOk">Whether signatures are wanted.</param>
    /// <param name="checkingDisabled">Whether answers that do not validate are wanted, too.</param>
    public DnsQuestionKey(Span<byte> room, ReadOnlySpan<byte> name, DnsType type, bool dnssecOk, bool checkingDisabled)
    {
        for (var i = 0; i < name.Length; i++) room[i] = DnsName.Lower(name[i]);
        room[name.Length] = (byte)((ushort)type >> 8);
        room[name.Length + 1] = (byte)type;
        room[name.Length + 2] = (byte)((dnssecOk ? 1 : 0) | (checkingDisabled ? 2 : 0));
        Octets = room[..(name.Length + 3)];
    }

    /// <summary>The key.</summary>
    public ReadOnlySpan<byte> Octets { get; }
}

/// <summary>Keys as they are, hashed with a secret of the process: strangers choose the names that are asked for, and must not choose where they collide.</summary>
public sealed class OctetsComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
{
    /// <summary>The one there is.</summary>
    public static OctetsComparer Instance { get; } = new();

    /// <inheritdoc/>
    public bool Equals(byte[]? x, byte[]? y) => x is null ? y is null : y is not null && x.AsSpan().SequenceEqual(y);

    /// <inheritdoc/>
    public int GetHashCode(byte[] obj) => GetHashCode(obj.AsSpan());

    /// <inheritdoc/>
    public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

    /// <inheritdoc/>
    public int GetHashCode(ReadOnlySpan<byte> alternate)
    {
        var hash = new HashCode();
        hash.AddBytes(alternate);
        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
}

/// <summary>What the cache knows of a question.</summary>
public enum CacheFinding
{
    /// <summary>Nothing that may be used: an upstream is to be asked.</summary>
    Missing,
    /// <summary>An answer.</summary>
    Fresh,
    /// <summary>An answer whose time is over, while the upstreams are known not to answer (RFC 8767).</summary>
    Stale,
    /// <summary>That the upstreams did not answer a moment ago (RFC 9520).</summary>
    Failed,
}

/// <summary>
/// Answers of upstreams, and failures to get one. Read from every thread and written by the one that asks upstreams; an entry is replaced whole. Bounded in
/// number and octets: when it is full, what is over goes first, and then what has not been asked for.
/// </summary>
/// <param name="entryLimit">Most entries.</param>
/// <param name="octetLimit">Most octets of answers and names.</param>
public sealed class DnsCache(int entryLimit = DnsCache.DefaultEntries, long octetLimit = DnsCache.DefaultOctets)
{
    /// <summary>Most entries of a cache.</summary>
    public const int DefaultEntries = 50_000;

    /// <summary>Most octets of a cache.</summary>
    public const long DefaultOctets = 32 << 20;

    /// <summary>How long an answer may be used after its time is over; RFC 8767 §5 suggests one to three days.</summary>
    public static readonly TimeSpan StaleLimit = TimeSpan.FromDays(1);

    /// <summary>How long an answer whose time is over is given at once after the upstreams failed (RFC 8767 §5, failure recheck timer).</summary>
    public static readonly TimeSpan StaleRecheck = TimeSpan.FromSeconds(30);

    /// <summary>How long the first failure is remembered; it doubles with each failure that follows (RFC 9520 §3.2: one second at least).</summary>
    public static readonly TimeSpan FirstFailure = TimeSpan.FromSeconds(1);

    /// <summary>The longest a failure is remembered; RFC 9520 §3.2 allows five minutes, and a rack wants to go on sooner.</summary>
    public static readonly TimeSpan LongestFailure = TimeSpan.FromSeconds(30);

    private const int EntryCost = 200;

    private readonly ConcurrentDictionary<byte[], Entry> entries = new(OctetsComparer.Instance);
    private long octets;

    /// <summary>Entries at present.</summary>
    public int Count => entries.Count;

    /// <summary>Octets at present, with what each entry costs besides.</summary>
    public long Octets => Interlocked.Read(ref octets);

    /// <summary>Looks a question up.</summary>
    /// <param name="key">The question.</param>
    /// <param name="now">The time.</param>
    /// <param name="kept">The answer; null without one.</param>
    public CacheFinding Find(DnsQuestionKey key, DateTimeOffset now, out CachedReply? kept)
    {
        kept = null;
        if (!entries.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(key.Octets, out var entry)) return CacheFinding.Missing;
        entry.WasAskedFor = true;
        kept = entry.Reply;
        if (kept is not null && now < kept.EndsAt) return CacheFinding.Fresh;
        if (now >= entry.FailedUntil) return CacheFinding.Missing;
        if (IsUsable(kept, now)) return CacheFinding.Stale;
        kept = null;
        return CacheFinding.Failed;
    }

    /// <summary>An answer that may be used when no upstream answers, whose time may be over; null for none.</summary>
    public CachedReply? FindStale(ReadOnlySpan<byte> key, DateTimeOffset now) =>
        entries.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(key, out var entry) && IsUsable(entry.Reply, now) ? entry.Reply : null;

    /// <summary>Keeps an answer.</summary>
    public void Keep(byte[] key, CachedReply reply, DateTimeOffset now)
    {
        if (reply.Life > 0) Put(key, new Entry(reply, default, 0), now);
        else if (entries.TryRemove(key, out var before)) Interlocked.Add(ref octets, -CostOf(key, before));
    }

    /// <summary>Remembers that no upstream gave an answer. What was known before stays, for as long as it may be used.</summary>
    public void KeepFailure(byte[] key, DateTimeOffset now)
    {
        entries.TryGetValue(key, out var before);
        var failures = Math.Min((before?.Failures ?? 0) + 1, 16);
        var usable = IsUsable(before?.Reply, now) ? before!.Reply : null;
        var pause = usable is not null ? StaleRecheck : TimeSpan.FromSeconds(Math.Min(FirstFailure.TotalSeconds * Math.Pow(2, failures - 1), LongestFailure.TotalSeconds));
        Put(key, new Entry(usable, now + pause, failures), now);
    }

    /// <summary>Forgets everything: the upstreams are other ones.</summary>
    public void Clear()
    {
        entries.Clear();
        Interlocked.Exchange(ref octets, 0);
    }

    private static bool IsUsable([NotNullWhen(true)] CachedReply? reply, DateTimeOffset now) => reply is not null && now < reply.EndsAt + StaleLimit;

    private void Put(byte[] key, Entry entry, DateTimeOffset now)
    {
        if (entries.TryGetValue(key, out var before)) Interlocked.Add(ref octets, -CostOf(key, before));
        entries[key] = entry;
        Interlocked.Add(ref octets, CostOf(key, entry));
        if (entries.Count > entryLimit || Octets > octetLimit) MakeRoom(now);
    }

    /// <summary>
    /// Down to nine tenths, in one pass over the table: first what is of no use any more, then what nobody asked for since the last pass, then anything.
    /// </summary>
    private void MakeRoom(DateTimeOffset now)
    {
        var (fewer, smaller) = (entryLimit - entryLimit / 10, octetLimit - octetLimit / 10);
        foreach (var round in (ReadOnlySpan<int>)[0, 1, 2])
        {
            foreach (var (key, entry) in entries)
            {
                if (entries.Count <= fewer && Octets <= smaller) return;
                var isOver = !IsUsable(entry.Reply, now) && now >= entry.FailedUntil;
                if (round == 0 && !isOver) continue;
                if (round == 1 && entry.WasAskedFor)
                {
                    entry.WasAskedFor = false;
                    continue;
                }
                if (entries.TryRemove(key, out var removed)) Interlocked.Add(ref octets, -CostOf(key, removed));
            }
        }
    }

    private static int CostOf(byte[] key, Entry entry) => EntryCost + key.Length + (entry.Reply?.Records.Length ?? 0);

    private sealed class Entry(CachedReply? reply, DateTimeOffset failedUntil, int failures)
    {
        public CachedReply? Reply => reply;

        public DateTimeOffset FailedUntil => failedUntil;

        public int Failures => failures;

        /// <summary>Set by every reader, without a lock: a mark that is lost costs at most an entry.</summary>
        public bool WasAskedFor { get; set; }
    }
}
