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
public readonly record struct Arrival(ReadOnlyMemory<byte> Octets, Ipv4Address Source, Ipv4Address Destination);

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
    private readonly ConcurrentDictionary<MacAddress, Lease> durable = new();
    private readonly byte[] scratch = new byte[LargestReply];
    private LeaseTable leases;

    /// <summary>Loads the leases.</summary>
    public DhcpExchange(CurrentPlan plans, MachineStore machines, IStore store, IpxeClients ipxe, ILogger log)
    {
        this.ipxe = ipxe;
        this.plans = plans;
        this.machines = machines;
        this.store = store;
        this.log = log;
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
        if (!ReferenceEquals(plan.Network, leases.Scope.Network)) leases.Rescope(new Scope(plan.Network));
        var departures = new List<Departure>(batch.Count);
        var changes = new Dictionary<MacAddress, Lease?>();
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
        var byBroadcast = arrival.Destination == Ipv4Address.Broadcast || arrival.Destination == plan.Network.Subnet.Last;
        if (!DhcpRequest.TryRead(packet, byBroadcast, out var request, out var refusal))
        {
            DhcpMetrics.Refused(refusal);
            if (log.IsEnabled(LogLevel.Debug)) DhcpLog.Silent(log, packet.Mac, refusal, packet.Summary());
            return null;
        }
        if (request.Client is BootClient.Ipxe) ipxe.Note(request.Mac, now);
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
                if (!answer.Events.IsEmpty && BootFields.AreMissing(request, answer.Message)) DhcpLog.NoLoader(log, request.Mac, request.Client.Name);
                if (log.IsEnabled(LogLevel.Debug)) DhcpLog.Answered(log, request.Mac, request.Packet.Summary(), answer.Message.Summary());
                break;
            case DhcpOutcome.Refuse refuse:
                departures.Add(new Departure(Encode(refuse.Message), refuse.To, request.Mac));
                DhcpMetrics.Refused(refuse.Reason);
                DhcpLog.Refused(log, request.Mac, refuse.Reason, request.Packet.Summary());
                break;
            case DhcpOutcome.Accept accept:
                foreach (var change in accept.Changes)
                    if (change is LeaseChange.Quarantine quarantine) DhcpLog.Quarantined(log, request.Mac, quarantine.Address, quarantine.Until);
                break;
            case DhcpOutcome.Silence silence:
                DhcpMetrics.Refused(silence.Reason);
                if (silence.Reason is DhcpRefusal.PoolExhausted) DhcpLog.PoolExhausted(log, request.Mac, request.Packet.Summary());
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

    private void Apply(LeaseChange change, Dictionary<MacAddress, Lease?> changes)
    {
        leases.Apply(change);
        if (!change.IsDurable) return;
        switch (change)
        {
            case LeaseChange.Keep keep:
                changes[keep.Lease.Mac] = keep.Lease;
                break;
            case LeaseChange.Drop drop:
                if (changes.ContainsKey(drop.Mac) || durable.ContainsKey(drop.Mac)) changes[drop.Mac] = null;
                break;
            default:
                throw new InvalidOperationException($"{change.GetType().Name} is not durable");
        }
    }

    /// <summary>
    /// One commit for the batch; the machines' events share its fsync. They are waited for as well: a machine asks for its boot script within a
    /// millisecond of the ACK, and whoever serves it must already know whose address that is.
    /// </summary>
    private bool Commit(Dictionary<MacAddress, Lease?> changes, List<MachineEvent> events, int replies)
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
        foreach (var (mac, lease) in changes)
        {
            if (lease is null) durable.TryRemove(mac, out _);
            else durable[mac] = lease;
        }
        foreach (var happened in events)
            if (happened is Leased leased) DhcpLog.Leased(log, leased.Mac, leased.Address, leased.Client);
        return true;
    }

    private LeaseTable Load()
    {
        ImmutableArray<Lease> stored =
        [
            .. store.Read(KeyPrefix).Select(pair =>
                JsonSerializer.Deserialize(pair.Value, LeaseJson.Default.Lease) ?? throw new InvalidDataException($"{pair.Key} holds no lease")),
        ];
        durable.Clear();
        foreach (var lease in stored) durable[lease.Mac] = lease;
        return new LeaseTable(new Scope(plans.Value.Network), stored);
    }

    private static byte[]? Serialize(Lease? lease) => lease is null ? null : JsonSerializer.SerializeToUtf8Bytes(lease, LeaseJson.Default.Lease);
}
