using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json;
using Sextant.Dhcp.Wire;
using Sextant.Lifecycle;
using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Storage;

namespace Sextant.Dhcp.Server;

/// <summary>A datagram that arrived.</summary>
/// <param name="Octets">Its payload.</param>
/// <param name="Source">Who sent it.</param>
/// <param name="Destination">To which address it was sent.</param>
/// <param name="SourcePort">From which port.</param>
public readonly record struct Arrival(ReadOnlyMemory<byte> Octets, Ipv4Address Source, Ipv4Address Destination, ushort SourcePort = 68);

/// <summary>A reply that may leave.</summary>
/// <param name="Octets">Its payload.</param>
/// <param name="To">Where it goes.</param>
/// <param name="Mac">The machine it is for.</param>
public sealed record Departure(byte[] Octets, ReplyTo To, MacAddress Mac);

/// <summary>
/// Messages in, replies out, with everything between but the sockets: decides each message of a batch, stores all that changed in one commit, and
/// hands back the replies only when that is on disk. For one thread.
/// </summary>
public sealed class DhcpExchange
{
    private const string KeyPrefix = "lease/";
    private const int LargestReply = 1472;

    private readonly CurrentPlan plans;
    private readonly MachineStore machines;
    private readonly IStore store;
    private readonly IpxeClients ipxe;
    private readonly ILogger log;
    private readonly ConcurrentDictionary<Ipv4Address, Lease> durable = new();
    private readonly AddressProbes probes = new();
    private readonly byte[] scratch = new byte[LargestReply];
    private LeaseTable leases;
    private long version;

    /// <summary>Loads the leases.</summary>
    public DhcpExchange(CurrentPlan plans, MachineStore machines, IStore store, IpxeClients ipxe, ILogger log)
    {
        this.ipxe = ipxe;
        this.plans = plans;
        this.machines = machines;
        this.store = store;
        this.log = log;
        Rekey();
        leases = Load();
    }

    /// <summary>Every stored lease, live or remembered, by address. From any thread.</summary>
    public IReadOnlyList<Lease> Leases => [.. durable.Values.OrderBy(lease => lease.Address)];

    /// <summary>When <see cref="OnTimer"/> has something to do next; null while no address is probed.</summary>
    public DateTimeOffset? NextDeadline => probes.NextDeadline;

    /// <summary>A number that is another one when a stored lease changed. From any thread.</summary>
    public long LeaseVersion => Interlocked.Read(ref version);

    /// <summary>Handles a batch.</summary>
    /// <param name="batch">The datagrams, in the order they came.</param>
    /// <param name="now">The time, the same for all.</param>
    /// <returns>What may leave, in order; nothing when the commit failed.</returns>
    public IReadOnlyList<Departure> Handle(IReadOnlyList<Arrival> batch, DateTimeOffset now)
    {
        var plan = PlanInForce();
        var work = new Work();
        foreach (var arrival in batch)
        {
            try
            {
                if (Decide(arrival, plan, now) is { } decided) Carry(decided.Request, decided.Outcome, work, now);
            }
            catch (Exception failure)
            {
                DhcpLog.HandlingFailed(log, failure, arrival.Source, Convert.ToHexStringLower(arrival.Octets.Span));
            }
        }
        return Commit(work) ? work.Departures : [];
    }

    /// <summary>
    /// Somebody claims an address on the wire. When it was about to be offered, it is kept from everybody for a while, and the machine that waits is offered
    /// another.
    /// </summary>
    /// <param name="address">The address.</param>
    /// <param name="by">Who claims it.</param>
    /// <param name="now">The time.</param>
    /// <returns>What may leave.</returns>
    public IReadOnlyList<Departure> OnClaim(Ipv4Address address, MacAddress by, DateTimeOffset now)
    {
        if (probes.OnClaim(address, by) is not { } request) return [];
        var plan = PlanInForce();
        var work = new Work();
        var (change, happened) = DhcpDecision.OnConflict(request, address, by, now);
        DhcpMetrics.Conflict();
        DhcpLog.Conflict(log, request.Mac, address, by, now + DhcpDecision.QuarantineTime);
        Apply(change, work.Changes);
        work.Events.Add(happened);
        Carry(request, Decide(request, plan, now), work, now);
        return Commit(work) ? work.Departures : [];
    }

    /// <summary>What is due: addresses to ask about on the wire, and offers that may leave because nobody claimed theirs.</summary>
    public (IReadOnlyList<Ipv4Address> Ask, IReadOnlyList<Departure> Departures) OnTimer(DateTimeOffset now)
    {
        var (ask, free) = probes.OnTimer(now);
        var work = new Work();
        foreach (var (request, offer) in free) Depart(request, offer, work);
        return (ask, work.Departures);
    }

    private ClusterPlan PlanInForce()
    {
        var plan = plans.Value;
        if (!ReferenceEquals(plan.Network, leases.Scopes.Network)) leases.Rescope(new ScopeSet(plan.Network));
        return plan;
    }

    private (DhcpRequest Request, DhcpOutcome Outcome)? Decide(Arrival arrival, ClusterPlan plan, DateTimeOffset now)
    {
        if (!DhcpReader.TryRead(arrival.Octets.Span, out var packet, out var error))
        {
            DhcpMetrics.NotDhcp(error);
            if (log.IsEnabled(LogLevel.Debug)) DhcpLog.NotDhcp(log, error, arrival.Source, Convert.ToHexStringLower(arrival.Octets.Span));
            return null;
        }
        var byBroadcast = arrival.Destination == Ipv4Address.Broadcast || arrival.Destination == plan.Network.Local.Subnet.Last;
        if (!DhcpRequest.TryRead(packet, byBroadcast, out var request, out var refusal, arrival.SourcePort))
        {
            DhcpMetrics.Refused(refusal);
            if (log.IsEnabled(LogLevel.Debug)) DhcpLog.Silent(log, packet.Mac, refusal, packet.Summary());
            return null;
        }
        if (request.Client is BootClient.Ipxe) ipxe.Note(request.Mac, now);
        return (request, Decide(request, plan, now));
    }

    private DhcpOutcome Decide(DhcpRequest request, ClusterPlan plan, DateTimeOffset now)
    {
        var machine = machines.Find(request.Mac);
        return DhcpDecision.Decide(request, leases, machine, BootDecision.Decide(machine, plan.EntitlementOf(request.Mac), now), now);
    }

    /// <summary>The reply into the list, the outcome into table, log and counters.</summary>
    private void Carry(DhcpRequest request, DhcpOutcome outcome, Work work, DateTimeOffset now)
    {
        var (changed, happened) = outcome switch
        {
            DhcpOutcome.Answer answer => (answer.Changes, answer.Events),
            DhcpOutcome.Silence silence => (silence.Changes, silence.Events),
            DhcpOutcome.Accept accept => (accept.Changes, []),
            DhcpOutcome.Refuse => ([], []),
            _ => throw new InvalidOperationException($"{outcome.GetType().Name} is a new outcome"),
        };
        switch (outcome)
        {
            case DhcpOutcome.Answer answer when IsHeldBack(request, answer, now):
                break;
            case DhcpOutcome.Answer answer:
                Depart(request, answer, work);
                break;
            case DhcpOutcome.Refuse refuse:
                work.Departures.Add(new Departure(Encode(refuse.Message), refuse.To, request.Mac));
                DhcpMetrics.Refused(refuse.Reason);
                DhcpLog.Refused(log, request.Mac, refuse.Reason, request.Packet.Summary());
                break;
            case DhcpOutcome.Accept accept:
                foreach (var change in accept.Changes)
                    if (change is LeaseChange.Keep { Lease: { State: LeaseState.Declined } quarantine }) DhcpLog.Quarantined(log, request.Mac, quarantine.Address, quarantine.ExpiresAt);
                break;
            case DhcpOutcome.Silence silence:
                DhcpMetrics.Refused(silence.Reason);
                if (silence.Reason is DhcpRefusal.AnotherServerChosen) probes.Forget(request.Mac);
                if (silence.Reason is DhcpRefusal.PoolExhausted) DhcpLog.PoolExhausted(log, request.Mac, $"{leases.Scopes.LinkOf(request)}", request.Packet.Summary());
                else if (log.IsEnabled(LogLevel.Debug)) DhcpLog.Silent(log, request.Mac, silence.Reason, request.Packet.Summary());
                break;
            default:
                throw new InvalidOperationException($"{outcome.GetType().Name} is a new outcome");
        }
        foreach (var change in changed) Apply(change, work.Changes);
        // Two packets of a new machine in one batch are both its first.
        work.Events.AddRange(happened.Where(one => one is not Discovered || work.Discovered.Add(one.Mac)));
    }

    /// <summary>True when the offer waits for its address to be probed. Whatever else the machine says ends the waiting.</summary>
    private bool IsHeldBack(DhcpRequest request, DhcpOutcome.Answer answer, DateTimeOffset now)
    {
        if ((answer.ProbeFirst || probes.IsHeld(request.Mac, answer.Message.YourAddress)) && request.Type is DhcpMessageType.Discover)
            return probes.TryHold(request, answer, now);
        probes.Forget(request.Mac);
        return false;
    }

    private void Depart(DhcpRequest request, DhcpOutcome.Answer answer, Work work)
    {
        work.Departures.Add(new Departure(Encode(answer.Message), answer.To, request.Mac));
        DhcpMetrics.Answered(answer.Message);
        if (!answer.Events.IsEmpty && BootFields.AreMissing(request, leases.Scopes.Network)) DhcpLog.NoLoader(log, request.Mac, request.Client.Name);
        if (log.IsEnabled(LogLevel.Debug)) DhcpLog.Answered(log, request.Mac, request.Packet.Summary(), answer.Message.Summary());
    }

    private byte[] Encode(DhcpPacket message) =>
        DhcpWriter.TryWrite(message, scratch, out var length)
            ? scratch[..length]
            : throw new InvalidOperationException($"a reply is longer than {LargestReply} octets: {message}");

    /// <summary>
    /// The change into the table, and what of it must be on disk into the batch's commit. Offers need not be (the client still has to ask), but an offer
    /// of an address that another machine had ends the memory of that.
    /// </summary>
    private void Apply(LeaseChange change, Dictionary<Ipv4Address, Lease?> changes)
    {
        foreach (var address in leases.Apply(change))
        {
            var stored = changes.TryGetValue(address, out var pending) ? pending : durable.GetValueOrDefault(address);
            var lease = leases.At(address) is { State: LeaseState.Offered } offered ? stored?.Mac == offered.Mac ? stored : null : leases.At(address);
            if (!ReferenceEquals(lease, stored)) changes[address] = lease;
        }
    }

    /// <summary>
    /// One commit for the batch: the leases go with the first of the machines' events, so that none is told of before it is on disk. The events are waited
    /// for as well: a machine asks for its boot script within a millisecond of the ACK, and whoever serves it must already know whose address that is.
    /// </summary>
    private bool Commit(Work work)
    {
        var (changes, events) = (work.Changes, work.Events);
        if (changes.Count == 0 && events.Count == 0) return true;
        try
        {
            Change[] stored = [.. changes.Select(change => new Change(KeyPrefix + change.Key, Serialize(change.Value)))];
            Wait(events.Count == 0
                ? store.CommitAsync(stored)
                : Task.WhenAll([machines.RecordAsync(events[0], stored), .. events.Skip(1).Select(machines.RecordAsync)]));
        }
        catch (Exception failure)
        {
            DhcpLog.CommitFailed(log, failure, work.Departures.Count);
            leases = Load();
            return false;
        }
        foreach (var (address, lease) in changes)
        {
            if (lease is null) durable.TryRemove(address, out _);
            else durable[address] = lease;
        }
        if (changes.Count > 0) Interlocked.Increment(ref version);
        foreach (var happened in events)
            if (happened is Leased leased) DhcpLog.Leased(log, leased.Mac, leased.Address, leased.Client);
        return true;
    }

    /// <summary>Task.Wait turns round for a while before it sleeps, in vain: a commit takes the time of a disk.</summary>
    private static void Wait(Task commit)
    {
        ((IAsyncResult)commit).AsyncWaitHandle.WaitOne();
        commit.GetAwaiter().GetResult();
    }

    /// <summary>Leases were once stored by machine; they are stored by address since a machine can have several.</summary>
    private void Rekey()
    {
        var old = Stored().Where(pair => pair.Key != KeyPrefix + pair.Lease.Address).OrderBy(pair => pair.Lease.ExpiresAt).ToList();
        if (old.Count == 0) return;
        var changes = new Dictionary<string, byte[]?>();
        foreach (var (key, lease) in old)
        {
            changes[key] = null;
            changes[KeyPrefix + lease.Address] = Serialize(lease);
        }
        store.CommitAsync([.. changes.Select(change => new Change(change.Key, change.Value))]).GetAwaiter().GetResult();
    }

    private IEnumerable<(string Key, Lease Lease)> Stored() => store.Read(KeyPrefix).Select(pair =>
        (pair.Key, JsonSerializer.Deserialize(pair.Value, LeaseJson.Default.Lease) ?? throw new InvalidDataException($"{pair.Key} holds no lease")));

    private LeaseTable Load()
    {
        ImmutableArray<Lease> stored = [.. Stored().Select(pair => pair.Lease)];
        durable.Clear();
        foreach (var lease in stored) durable[lease.Address] = lease;
        return new LeaseTable(new ScopeSet(plans.Value.Network), stored);
    }

    private static byte[]? Serialize(Lease? lease) => lease is null ? null : JsonSerializer.SerializeToUtf8Bytes(lease, LeaseJson.Default.Lease);

    /// <summary>What one batch comes to.</summary>
    private sealed class Work
    {
        public List<Departure> Departures { get; } = [];

        public Dictionary<Ipv4Address, Lease?> Changes { get; } = [];

        public List<MachineEvent> Events { get; } = [];

        public HashSet<MacAddress> Discovered { get; } = [];
    }
}
