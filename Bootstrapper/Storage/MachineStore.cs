using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Threading.Channels;
using Sextant.Lifecycle;
using Sextant.Primitives;

namespace Sextant.Storage;

/// <summary>
/// All machines' records: durable, folded and published, in that order. One writer drains the queue, so events of one machine are applied in the
/// order they were recorded, and waiting events share a commit.
/// </summary>
/// <remarks>
/// Stored as <c>machine/{mac}</c> (the fold without its timeline) and <c>event/{mac}/{sequence}</c> (the timeline's events), committed together.
/// </remarks>
public sealed class MachineStore : IAsyncDisposable
{
    private static readonly TimeSpan RefusalQuietTime = TimeSpan.FromSeconds(10);

    private readonly IStore store;
    private readonly ConcurrentDictionary<MacAddress, Machine> machines = new();
    private readonly ConcurrentDictionary<Ipv4Address, MacAddress> byAddress = new();
    private readonly Channel<Pending> queue = Channel.CreateUnbounded<Pending>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Task writer;
    private Subscribers subscribers = new([]);

    /// <summary>Loads every machine from the store and starts the writer.</summary>
    public MachineStore(IStore store)
    {
        this.store = store;
        foreach (var (_, value) in store.Read("machine/"))
        {
            var machine = JsonSerializer.Deserialize(value, LifecycleJson.Default.Machine) ?? throw new InvalidDataException("a stored machine is null");
            var timeline = store.Read(EventPrefix(machine.Mac)).Select(pair => JsonSerializer.Deserialize(pair.Value, LifecycleJson.Default.MachineEvent)!);
            Publish(machine with { Timeline = [.. timeline] });
        }
        writer = Task.Run(WriteAsync);
    }

    /// <summary>Every machine ever seen, ordered by MAC.</summary>
    public IReadOnlyList<Machine> All => [.. machines.Values.OrderBy(machine => machine.Mac)];

    /// <summary>The machine's record; null when it was never seen.</summary>
    public Machine? Find(MacAddress mac) => machines.GetValueOrDefault(mac);

    /// <summary>The machine that leases the address; null when none does.</summary>
    public Machine? FindByAddress(Ipv4Address address) => byAddress.TryGetValue(address, out var mac) ? Find(mac) : null;

    /// <summary>Records an event. The task ends, with the record after it, when the event is durable and visible.</summary>
    public Task<Machine> RecordAsync(MachineEvent happened)
    {
        var pending = new Pending(happened, new TaskCompletionSource<Machine>(TaskCreationOptions.RunContinuationsAsynchronously));
        return queue.Writer.TryWrite(pending) ? pending.Done.Task : Task.FromException<Machine>(new ObjectDisposedException(nameof(MachineStore)));
    }

    /// <summary>Calls back after each event, on the writer's thread; the callback must not block. Dispose the result to stop.</summary>
    public IDisposable Subscribe(Action<MachineEvent, Machine> onEvent)
    {
        UpdateSubscribers(all => [.. all, onEvent]);
        return new Subscription(() => UpdateSubscribers(all => [.. all.Where(other => other != onEvent)]));
    }

    /// <summary>Writes what is queued and stops.</summary>
    public async ValueTask DisposeAsync()
    {
        queue.Writer.TryComplete();
        await writer.ConfigureAwait(false);
    }

    private async Task WriteAsync()
    {
        var batch = new List<Pending>();
        while (await queue.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            batch.Clear();
            while (batch.Count < 256 && queue.Reader.TryRead(out var pending)) batch.Add(pending);
            var folded = new Dictionary<MacAddress, Machine>();
            var changes = new List<Change>();
            var results = new List<(Pending Pending, Machine Machine, bool Applied)>(batch.Count);
            foreach (var pending in batch)
            {
                var happened = pending.Event;
                var before = folded.GetValueOrDefault(happened.Mac) ?? Find(happened.Mac) ?? Machine.New(happened.Mac, happened.At);
                if (Repeats(before, happened))
                {
                    results.Add((pending, before, false));
                    continue;
                }
                var after = before.Apply(happened);
                folded[happened.Mac] = after;
                results.Add((pending, after, true));
                if (!happened.IsDurable) continue;
                changes.Add(new Change(EventKey(happened.Mac, before.NextSequence), JsonSerializer.SerializeToUtf8Bytes(happened, LifecycleJson.Default.MachineEvent)));
                if (before.NextSequence >= Machine.TimelineLimit) changes.Add(new Change(EventKey(happened.Mac, before.NextSequence - Machine.TimelineLimit), null));
            }
            if (changes.Count > 0)
                changes.AddRange(folded.Values.Select(machine =>
                    new Change("machine/" + machine.Mac, JsonSerializer.SerializeToUtf8Bytes(machine, LifecycleJson.Default.Machine))));
            try
            {
                if (changes.Count > 0) await store.CommitAsync(changes).ConfigureAwait(false);
            }
            catch (Exception failure)
            {
                foreach (var pending in batch) pending.Done.TrySetException(failure);
                continue;
            }
            foreach (var machine in folded.Values) Publish(machine);
            foreach (var (pending, machine, applied) in results)
            {
                if (applied) foreach (var subscriber in subscribers.All) subscriber(pending.Event, machine);
                pending.Done.TrySetResult(machine);
            }
        }
    }

    private void Publish(Machine machine)
    {
        if (machines.TryGetValue(machine.Mac, out var before) && before.Address is { } old && old != machine.Address)
            byAddress.TryRemove(new KeyValuePair<Ipv4Address, MacAddress>(old, machine.Mac));
        machines[machine.Mac] = machine;
        if (machine.Address is { } address) byAddress[address] = machine.Mac;
    }

    /// <summary>A peer that is refused over and over must not push a machine's history out of its timeline.</summary>
    private static bool Repeats(Machine machine, MachineEvent happened) =>
        happened is Refused refusal && machine.Timeline.Count > 0 && machine.Timeline[^1] is Refused last
        && last.Reason == refusal.Reason && last.Peer == refusal.Peer && last.Detail == refusal.Detail && refusal.At - last.At < RefusalQuietTime;

    private static string EventPrefix(MacAddress mac) => $"event/{mac}/";

    private static string EventKey(MacAddress mac, long sequence) => EventPrefix(mac) + sequence.ToString("d12", CultureInfo.InvariantCulture);

    private void UpdateSubscribers(Func<Action<MachineEvent, Machine>[], Action<MachineEvent, Machine>[]> update)
    {
        Subscribers before;
        do before = subscribers;
        while (Interlocked.CompareExchange(ref subscribers, new Subscribers(update(before.All)), before) != before);
    }

    private sealed record Pending(MachineEvent Event, TaskCompletionSource<Machine> Done);

    private sealed record Subscribers(Action<MachineEvent, Machine>[] All);

    private sealed class Subscription(Action cancel) : IDisposable
    {
        public void Dispose() => cancel();
    }
}
