using Sextant.Primitives;

namespace Sextant.Tracing;

/// <summary>A packet as it was kept.</summary>
/// <param name="At">When it passed the interface.</param>
/// <param name="Outgoing">Whether this machine sent it.</param>
/// <param name="Octets">What is kept of the frame, from its first octet.</param>
/// <param name="WireLength">How long it was on the wire, in octets.</param>
public sealed record RecordedPacket(DateTimeOffset At, bool Outgoing, byte[] Octets, int WireLength);

/// <summary>What is kept of a machine, in numbers: another one when a packet came.</summary>
/// <param name="Packets">Packets that were ever kept of it.</param>
/// <param name="FirstAt">When the first of them passed.</param>
/// <param name="LastAt">When the last one passed.</param>
public readonly record struct TraceStamp(long Packets, DateTimeOffset FirstAt, DateTimeOffset LastAt);

/// <summary>
/// The last packets of each machine, by kind, within a bound for each machine and one for all of them. When memory is short, the machine that was silent
/// for longest is forgotten, strangers before planned ones, so that a flood of invented addresses drives out nobody who is expected. Safe for any thread.
/// </summary>
/// <param name="budget">Octets in all, with what keeping them costs.</param>
public sealed class TraceStore(long budget = TraceStore.DefaultBudget)
{
    /// <summary>16 MiB: about two thousand machines with a whole boot each.</summary>
    public const long DefaultBudget = 16 << 20;

    /// <summary>What an object that keeps a packet costs beside its octets.</summary>
    public const int PacketOverhead = 96;

    /// <summary>What a machine costs beside its packets.</summary>
    public const int MachineOverhead = 512;

    private readonly Lock gate = new();
    private readonly Dictionary<MacAddress, MachineTrace> traces = [];
    private readonly LinkedList<MachineTrace> planned = new(), strangers = new();
    private long used;

    /// <summary>How many packets of a kind a machine keeps.</summary>
    public static int LimitOf(TraceKind kind) => kind switch
    {
        TraceKind.Dhcp => 64,
        TraceKind.Arp => 16,
        TraceKind.Tftp => 48,
        TraceKind.TftpData => 32,
        TraceKind.Http => 64,
        TraceKind.Dns => 24,
        TraceKind.Time or TraceKind.Ipv6 => 8,
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    /// <summary>Octets in use.</summary>
    public long Used
    {
        get { lock (gate) return used; }
    }

    /// <summary>Machines with packets.</summary>
    public int Count
    {
        get { lock (gate) return traces.Count; }
    }

    /// <summary>True when something is kept of the machine.</summary>
    public bool Knows(MacAddress mac)
    {
        lock (gate) return traces.ContainsKey(mac);
    }

    /// <summary>What is kept of the machine, in numbers; null when nothing is.</summary>
    public TraceStamp? StampOf(MacAddress mac)
    {
        lock (gate) return traces.TryGetValue(mac, out var trace) ? trace.Stamp : null;
    }

    /// <summary>The machines heard last that the cluster description did not name then, the latest first.</summary>
    /// <param name="limit">How many at most.</param>
    public IReadOnlyList<(MacAddress Mac, TraceStamp Stamp)> Strangers(int limit)
    {
        lock (gate)
        {
            var heard = new List<(MacAddress, TraceStamp)>();
            for (var place = strangers.Last; place is not null && heard.Count < limit; place = place.Previous) heard.Add((place.Value.Mac, place.Value.Stamp));
            return heard;
        }
    }

    /// <summary>Keeps a packet.</summary>
    /// <param name="mac">The machine it belongs to.</param>
    /// <param name="kind">Its kind.</param>
    /// <param name="packet">The packet.</param>
    /// <param name="isPlanned">Whether the cluster description names the machine.</param>
    public void Add(MacAddress mac, TraceKind kind, RecordedPacket packet, bool isPlanned)
    {
        lock (gate)
        {
            if (traces.TryGetValue(mac, out var trace)) trace.Place.List!.Remove(trace.Place);
            else
            {
                traces[mac] = trace = new MachineTrace(mac);
                used += MachineOverhead;
            }
            (isPlanned ? planned : strangers).AddLast(trace.Place);
            used += trace.Add(kind, packet);
            while (used > budget && (strangers.First ?? planned.First) is { } silent && silent.Value != trace) Forget(silent);
        }
    }

    /// <summary>The machine's packets in the order they passed; empty when there are none.</summary>
    public IReadOnlyList<RecordedPacket> Of(MacAddress mac)
    {
        lock (gate) return traces.TryGetValue(mac, out var trace) ? trace.InOrder() : [];
    }

    private void Forget(LinkedListNode<MachineTrace> place)
    {
        place.List!.Remove(place);
        traces.Remove(place.Value.Mac);
        used -= place.Value.Used + MachineOverhead;
    }

    private sealed class MachineTrace
    {
        private readonly Queue<(long Order, RecordedPacket Packet)>?[] rings = new Queue<(long, RecordedPacket)>?[Enum.GetValues<TraceKind>().Length];
        private long order;

        public MachineTrace(MacAddress mac)
        {
            Mac = mac;
            Place = new LinkedListNode<MachineTrace>(this);
        }

        public MacAddress Mac { get; }

        public LinkedListNode<MachineTrace> Place { get; }

        public long Used { get; private set; }

        public TraceStamp Stamp { get; private set; }

        /// <summary>By how many octets the trace grew; negative when an older packet made room for a shorter one.</summary>
        public long Add(TraceKind kind, RecordedPacket packet)
        {
            var ring = rings[(int)kind] ??= new Queue<(long, RecordedPacket)>();
            var grown = CostOf(packet);
            if (ring.Count == LimitOf(kind)) grown -= CostOf(ring.Dequeue().Packet);
            ring.Enqueue((order++, packet));
            Stamp = new TraceStamp(order, order == 1 ? packet.At : Stamp.FirstAt, packet.At);
            Used += grown;
            return grown;
        }

        public IReadOnlyList<RecordedPacket> InOrder() => [.. rings.OfType<Queue<(long Order, RecordedPacket Packet)>>().SelectMany(ring => ring).OrderBy(entry => entry.Order).Select(entry => entry.Packet)];

        private static long CostOf(RecordedPacket packet) => packet.Octets.Length + PacketOverhead;
    }
}
