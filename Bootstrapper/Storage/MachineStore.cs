using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Sextant.Lifecycle;
using Sextant.Primitives;

namespace Sextant.Storage;

/// <summary>The machine that speaks from an address; null when none is known to.</summary>
public delegate Machine? MachineAt(Ipv4Address address);

/// <summary>
/// All machines' records: durable, folded and published, in that order. One writer drains the queue, so events of one machine are applied in the
/// order they were recorded, and waiting events share a commit. While many happen they wait for each other, up to <see cref="Interval"/>.
/// </summary>
/// <remarks>
/// Stored as <c>machine/{mac}</c> (the fold without its timeline), <c>event/{mac}/{sequence}</c> (the timeline's events) and <c>address/{ip}</c> (who
/// leased the address last), committed together.
/// </remarks>
public sealed partial class MachineStore : IAsyncDisposable
{
    /// <summary>A refusal that a machine's timeline shows already is not recorded again for this long.</summary>
    public static readonly TimeSpan RefusalQuietTime = TimeSpan.FromMinutes(10);

    /// <summary>How many different refusals a machine's timeline takes within <see cref="RefusalQuietTime"/>.</summary>
    public const int RefusalLimit = 8;

    /// <summary>The longest time an event waits for others, when more of them happen than may have a commit each.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    // So many commits a machine's whole boot does not make in so short a time; a rack that is switched on does.
    private const int Burst = 10;

    /// <summary>So many events wait for no more of them.</summary>
    internal const int Company = 16;

    private const int BatchLimit = 256;

    private const string AddressPrefix = "address/";

    private readonly IStore store;
    private readonly ConcurrentDictionary<MacAddress, Machine> machines = new();
    private readonly ConcurrentDictionary<Ipv4Address, MacAddress> byAddress = new();
    private readonly Channel<Pending> queue = Channel.CreateUnbounded<Pending>();
    private readonly CommitPace pace;
    private readonly SemaphoreSlim company = new(0);
    private readonly ILogger logger;
    private readonly Task writer;
    private Subscribers subscribers = new([]);
    private bool isGathering;

    /// <summary>Loads every machine from the store and starts the writer.</summary>
    public MachineStore(IStore store, ILogger<MachineStore>? logger = null)
        : this(store, new CommitPace(Interval, Burst), logger ?? NullLogger<MachineStore>.Instance)
    {
    }

    internal MachineStore(IStore store, CommitPace pace, ILogger logger)
    {
        (this.store, this.pace, this.logger) = (store, pace, logger);
        foreach (var (_, value) in store.Read("machine/"))
        {
            var machine = JsonSerializer.Deserialize(value, LifecycleJson.Default.Machine) ?? throw new InvalidDataException("a stored machine is null");
            var timeline = store.Read(EventPrefix(machine.Mac)).Select(pair => JsonSerializer.Deserialize(pair.Value, LifecycleJson.Default.MachineEvent)!);
            machines[machine.Mac] = machine with { Timeline = [.. timeline] };
        }
        foreach (var (key, value) in store.Read(AddressPrefix))
            byAddress[Ipv4Address.Parse(key[AddressPrefix.Length..])] = MacAddress.Parse(Encoding.ASCII.GetString(value));
        writer = Task.Run(WriteAsync);
    }

    /// <summary>Every machine ever seen, ordered by MAC.</summary>
    public IReadOnlyList<Machine> All => [.. machines.Values.OrderBy(machine => machine.Mac)];

    /// <summary>Whether any machine ever seen is so.</summary>
    public bool Any(Func<Machine, bool> condition) => machines.Any(pair => condition(pair.Value));

    /// <summary>The machine's record; null when it was never seen.</summary>
    public Machine? Find(MacAddress mac) => machines.GetValueOrDefault(mac);

    /// <summary>The machine that leased the address last, or was last seen at it; null when none was.</summary>
    public Machine? FindByAddress(Ipv4Address address) => byAddress.TryGetValue(address, out var mac) ? Find(mac) : null;

    /// <summary>Records an event. The task ends, with the record after it, when the event is durable and visible.</summary>
    public Task<Machine> RecordAsync(MachineEvent happened) => RecordAsync(happened, []);

    /// <summary>Records an event together with what belongs to it: one commit makes all of it durable, or nothing.</summary>
    /// <param name="happened">The event.</param>
    /// <param name="with">Changes of the store, of other keys than the records'. They are made also when the event repeats what the timeline shows already.</param>
    public Task<Machine> RecordAsync(MachineEvent happened, IReadOnlyList<Change> with) => Enqueue(happened.Mac, happened, with);

    /// <summary>
    /// Removes a machine's record, its timeline and its address. The task ends when nothing of it is on disk or visible any more; a machine that was never seen
    /// is no fault. Nobody is called back.
    /// </summary>
    public Task ForgetAsync(MacAddress mac) => Enqueue(mac, null, []);

    /// <summary>
    /// Calls back after each event, on the writer's thread; the callbacks must not block. What they throw is logged and harms nobody else. Dispose the
    /// result to stop.
    /// </summary>
    /// <param name="onEvent">Told of an event, and of the record after it.</param>
    /// <param name="onCommitEnd">Called after the last event of a commit.</param>
    public IDisposable Subscribe(Action<MachineEvent, Machine> onEvent, Action? onCommitEnd = null)
    {
        var subscription = new Subscription(this, onEvent, onCommitEnd);
        UpdateSubscribers(all => [.. all, subscription]);
        return subscription;
    }

    /// <summary>Writes what is queued and stops.</summary>
    public async ValueTask DisposeAsync()
    {
        queue.Writer.TryComplete();
        company.Release();
        await writer.ConfigureAwait(false);
        company.Dispose();
    }

    private Task<Machine> Enqueue(MacAddress mac, MachineEvent? happened, IReadOnlyList<Change> with)
    {
        var pending = new Pending(mac, happened, with, new TaskCompletionSource<Machine>(TaskCreationOptions.RunContinuationsAsynchronously));
        if (!queue.Writer.TryWrite(pending)) return Task.FromException<Machine>(new ObjectDisposedException(nameof(MachineStore)));
        if (Volatile.Read(ref isGathering) && queue.Reader.Count >= Company && Interlocked.Exchange(ref isGathering, false)) company.Release();
        return pending.Done.Task;
    }

    /// <summary>Lets events wait for each other when they come thick and fast, until it is time for a commit or there are many.</summary>
    private async Task GatherAsync()
    {
        if (pace.WaitAt(Now()) is { Ticks: > 0 } wait)
        {
            Interlocked.Exchange(ref isGathering, true);
            if (queue.Reader.Count < Company)
            {
                await company.WaitAsync(wait).ConfigureAwait(false);
                pace.Waited(alone: queue.Reader.Count <= 1);
            }
            Volatile.Write(ref isGathering, false);
        }
        pace.Begin(Now());

        static TimeSpan Now() => Stopwatch.GetElapsedTime(0);
    }

    private async Task WriteAsync()
    {
        var waiting = new List<Pending>();
        while (await queue.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            await GatherAsync().ConfigureAwait(false);
            waiting.Clear();
            while (waiting.Count < BatchLimit && queue.Reader.TryRead(out var pending)) waiting.Add(pending);
            var batch = new Batch(this);
            foreach (var pending in waiting)
            {
                try
                {
                    batch.Add(pending);
                }
                catch (Exception failure)
                {
                    LogNotFolded(pending.Mac, pending.Event?.GetType().Name ?? "none", failure);
                    pending.Done.TrySetException(failure);
                }
            }
            var changes = batch.Changes();
            try
            {
                if (changes.Count > 0) await store.CommitAsync(changes).ConfigureAwait(false);
            }
            catch (Exception failure)
            {
                LogNotStored(batch.Outcomes.Count, failure);
                foreach (var (pending, _, _) in batch.Outcomes) pending.Done.TrySetException(failure);
                continue;
            }
            batch.Publish();
            foreach (var subscription in subscribers.All) Notify(subscription, batch);
            foreach (var (pending, machine, _) in batch.Outcomes) pending.Done.TrySetResult(machine);
        }
    }

    private void Notify(Subscription subscription, Batch batch)
    {
        foreach (var (pending, machine, applied) in batch.Outcomes)
        {
            if (!applied || pending.Event is not { } happened) continue;
            try
            {
                subscription.OnEvent(happened, machine);
            }
            catch (Exception failure)
            {
                LogSubscriberFailed(happened.Mac, happened.GetType().Name, failure);
            }
        }
        try
        {
            subscription.OnCommitEnd?.Invoke();
        }
        catch (Exception failure)
        {
            LogSubscriberFailedAtEnd(batch.Outcomes.Count, failure);
        }
    }

    /// <summary>A peer that is refused over and over must not push a machine's history out of its timeline.</summary>
    private static bool Repeats(Machine machine, MachineEvent happened)
    {
        if (happened is not Refused refusal) return false;
        var different = 0;
        for (var i = machine.Timeline.Count - 1; i >= 0 && refusal.At - machine.Timeline[i].At < RefusalQuietTime; i--)
        {
            if (machine.Timeline[i] is not Refused earlier) continue;
            if (earlier with { At = refusal.At } == refusal || ++different == RefusalLimit) return true;
        }
        return false;
    }

    private static string MachineKey(MacAddress mac) => $"machine/{mac}";

    private static string EventPrefix(MacAddress mac) => $"event/{mac}/";

    private static string EventKey(MacAddress mac, long sequence) => EventPrefix(mac) + sequence.ToString("d12", CultureInfo.InvariantCulture);

    private static string AddressKey(Ipv4Address address) => AddressPrefix + address;

    private void UpdateSubscribers(Func<Subscription[], Subscription[]> update)
    {
        Subscribers before;
        do before = subscribers;
        while (Interlocked.CompareExchange(ref subscribers, new Subscribers(update(before.All)), before) != before);
    }

    /// <param name="Mac">The machine.</param>
    /// <param name="Event">What happened to it; null when it is to be forgotten.</param>
    /// <param name="With">Other changes that are committed with it.</param>
    /// <param name="Done">Ends when it is durable and visible.</param>
    private sealed record Pending(MacAddress Mac, MachineEvent? Event, IReadOnlyList<Change> With, TaskCompletionSource<Machine> Done);

    private sealed record Subscribers(Subscription[] All);

    private sealed class Subscription(MachineStore store, Action<MachineEvent, Machine> onEvent, Action? onCommitEnd) : IDisposable
    {
        public Action<MachineEvent, Machine> OnEvent => onEvent;

        public Action? OnCommitEnd => onCommitEnd;

        public void Dispose() => store.UpdateSubscribers(all => [.. all.Where(other => other != this)]);
    }

    [LoggerMessage(1210, LogLevel.Error, "Event {Event} of {Mac} cannot be applied")]
    private partial void LogNotFolded(MacAddress mac, string @event, Exception failure);

    [LoggerMessage(1211, LogLevel.Error, "{Count} events of machines were not stored, and their acts fail")]
    private partial void LogNotStored(int count, Exception failure);

    [LoggerMessage(1212, LogLevel.Error, "A listener failed on event {Event} of {Mac}")]
    private partial void LogSubscriberFailed(MacAddress mac, string @event, Exception failure);

    [LoggerMessage(1213, LogLevel.Error, "A listener failed at the end of a commit of {Count} events")]
    private partial void LogSubscriberFailedAtEnd(int count, Exception failure);
}
