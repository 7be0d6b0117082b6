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
/// <param name="SourcePort">From which UDP port it was sent.</param>
public readonly record struct Arrival(ReadOnlyMemory<byte> Octets, Ipv4Address Source, Ipv4Address Destination, ushort SourcePort = 67);

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
    private readonly ILogger log;
    private readonly ConcurrentDictionary<Ipv4Address, Lease> durable = new();
    private readonly byte[] scratch = new byte[LargestReply];
    private LeaseTable leases;

    /// <summary>Loads the leases.</summary>
    public DhcpExchange(CurrentPlan plans, MachineStore machines, IStore store, ILogger log)
    {
        this.plans = plans;
        this.machines = machines;
        this.store = store;
        this.log = log;
        Rekey();
        leases = Load();
    }

    /// <summary>Every stored lease, live or remembered, by address. From any thread.</summary>
    public IReadOnlyList<Lease> Leases => [.. durable.Values.OrderBy(lease => lease.Address)];

    /// <summary>Handles a batch.</summary>
    /// <param name="batch">The datagrams, in the order they came.</param>
    /// <param name="now">The time, the same for all.</param>
    /// <returns>What may leave, in order; nothing when the commit failed.</returns>
    public IReadOnlyList<Departure> Handle(IReadOnlyList<Arrival> batch, DateTimeOffset now)
    {
        var plan = plans.Value;
        if (!ReferenceEquals(plan.Network, leases.Scopes.Network)) leases.Rescope(new ScopeSet(plan.Network));
        var departures = new List<Departure>(batch.Count);
        var changes = new Dictionary<Ipv4Address, Lease?>();
        var events = new List<MachineEvent>();
        var discovered = new HashSet<MacAddress>();
        foreach (var arrival in batch)
        {
            try
            {
                if (Decide(arrival, plan, now) is not { } decided) continue;
                Carry(decided.Request, decided.Outcome, departures);
                var (changed, happened) = decided.Outcome switch
                {
                    DhcpOutcome.Answer answer => (answer.Changes, answer.Events),
                    DhcpOutcome.Silence silence => (silence.Changes, silence.Events),
                    DhcpOutcome.Accept accept => (accept.Changes, []),
                    DhcpOutcome.Refuse => ([], []),
                    _ => throw new InvalidOperationException($"{decided.Outcome.GetType().Name} is a new outcome"),
                };
                foreach (var change in changed) Apply(change, changes);
                // Two packets of a new machine in one batch are both its first.
                events.AddRange(happened.Where(one => one is not Discovered || discovered.Add(one.Mac)));
            }
            catch (Exception failure)
            {
                DhcpLog.HandlingFailed(log, failure, arrival.Source, Convert.ToHexStringLower(arrival.Octets.Span));
            }
        }
        return Commit(changes, events, departures.Count) ? departures : [];
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
        var machine = machines.Find(request.Mac);
        var boot = BootDecision.Decide(machine, plan.EntitlementOf(request.Mac), now);
        return (request, DhcpDecision.Decide(request, leases, machine, boot, now));
    }

    /// <summary>The reply into the list, the outcome into log and counters.</summary>
    private void Carry(DhcpRequest request, DhcpOutcome outcome, List<Departure> departures)
    {
        switch (outcome)
        {
            case DhcpOutcome.Answer answer:
                departures.Add(new Departure(Encode(answer.Message), answer.To, request.Mac));
                DhcpMetrics.Answered(answer.Message);
                if (request.Client is BootClient.Unsupported && !answer.Events.IsEmpty) DhcpLog.NoLoader(log, request.Mac, request.Client.Name);
                if (log.IsEnabled(LogLevel.Debug)) DhcpLog.Answered(log, request.Mac, request.Packet.Summary(), answer.Message.Summary());
                break;
            case DhcpOutcome.Refuse refuse:
                departures.Add(new Departure(Encode(refuse.Message), refuse.To, request.Mac));
                DhcpMetrics.Refused(refuse.Reason);
                DhcpLog.Refused(log, request.Mac, refuse.Reason, request.Packet.Summary());
                break;
            case DhcpOutcome.Accept accept:
                foreach (var change in accept.Changes)
                    if (change is LeaseChange.Keep { Lease: { State: LeaseState.Declined } quarantine }) DhcpLog.Quarantined(log, request.Mac, quarantine.Address, quarantine.ExpiresAt);
                break;
            case DhcpOutcome.Silence silence:
                DhcpMetrics.Refused(silence.Reason);
                if (silence.Reason is DhcpRefusal.PoolExhausted) DhcpLog.PoolExhausted(log, request.Mac, $"{leases.Scopes.LinkOf(request)}", request.Packet.Summary());
                else if (log.IsEnabled(LogLevel.Debug)) DhcpLog.Silent(log, request.Mac, silence.Reason, request.Packet.Summary());
                break;
            default:
                throw new InvalidOperationException($"{outcome.GetType().Name} is a new outcome");
        }
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
    /// One commit for the batch; the machines' events share its fsync. They are waited for as well: a machine asks for its boot script within a
    /// millisecond of the ACK, and whoever serves it must already know whose address that is.
    /// </summary>
    private bool Commit(Dictionary<Ipv4Address, Lease?> changes, List<MachineEvent> events, int replies)
    {
        if (changes.Count == 0 && events.Count == 0) return true;
        try
        {
            var stored = changes.Count == 0
                ? Task.CompletedTask
                : store.CommitAsync([.. changes.Select(change => new Change(KeyPrefix + change.Key, Serialize(change.Value)))]);
            Task.WhenAll([stored, .. events.Select(machines.RecordAsync)]).GetAwaiter().GetResult();
        }
        catch (Exception failure)
        {
            DhcpLog.CommitFailed(log, failure, replies);
            leases = Load();
            return false;
        }
        foreach (var (address, lease) in changes)
        {
            if (lease is null) durable.TryRemove(address, out _);
            else durable[address] = lease;
        }
        foreach (var happened in events)
            if (happened is Leased leased) DhcpLog.Leased(log, leased.Mac, leased.Address, leased.Client);
        return true;
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
}
