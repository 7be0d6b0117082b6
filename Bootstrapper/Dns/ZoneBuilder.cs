using System.Collections.Immutable;
using Sextant.Dns.Wire;
using Sextant.Planning;
using Sextant.Primitives;

namespace Sextant.Dns;

/// <summary>Writes the zones out: the plan's names, the leases', the masters that answer, every reverse name, and the names no server should be asked for.</summary>
public sealed class ZoneBuilder
{
    /// <summary>Seconds a denial may be kept: the name of a machine that boots now is asked for again soon.</summary>
    public const uint DenialTimeToLive = 30;

    /// <summary>Seconds of the records that do not change.</summary>
    private const uint FixedTimeToLive = 3600;

    /// <summary>Seconds of a leased name; less when the lease ends sooner.</summary>
    public const uint LeaseTimeToLive = 60;

    private static readonly Ipv4Address Loopback = new(0x7f000001);
    private static readonly Ipv6Address Loopback6 = new(1);
    private static readonly TimeSpan FixedLife = TimeSpan.FromSeconds(FixedTimeToLive);

    private readonly NamePlan plan;
    private readonly byte[] soaData;
    private readonly byte[] server;
    private readonly Dictionary<string, Zone> zones = new(StringComparer.Ordinal);
    private readonly Dictionary<byte[], ZoneNode> nodes = new(DnsNameComparer.Instance);
    private readonly Dictionary<ZoneNode, List<(DnsType Type, uint TimeToLive, byte[] Data)>> data = [];

    private ZoneBuilder(NamePlan plan, uint serial)
    {
        this.plan = plan;
        server = DnsName.Encode($"bootstrapper.{plan.Domain}");
        soaData = DnsWriter.SoaData(server, DnsName.Encode($"hostmaster.{plan.Domain}"), serial, DenialTimeToLive);
    }

    /// <summary>Builds everything.</summary>
    /// <param name="plan">The names as planned.</param>
    /// <param name="leases">The leases of addresses that the plan does not name, <see cref="LeasedName.Unplanned"/>.</param>
    /// <param name="answering">The addresses whose API server answers.</param>
    /// <param name="serial">The version, which grows.</param>
    /// <param name="now">The time.</param>
    public static DnsZones Build(NamePlan plan, IEnumerable<LeasedName> leases, ImmutableHashSet<Ipv4Address> answering, uint serial, DateTimeOffset now)
    {
        var builder = new ZoneBuilder(plan, serial);
        builder.AddZones();
        builder.AddPlanned();
        builder.AddApi(answering);
        builder.AddLeases(leases, now);
        return builder.Finish();
    }

    private void AddZones()
    {
        foreach (var name in LocalZones.Empty.Concat(LocalZones.Special).Append("localhost")) zones[name] = NewZone(name, ZoneExtent.Whole.Instance);
        foreach (var group in plan.Subnets.SelectMany(subnet => ReverseNames.ZonesOf(subnet).Select(name => (Name: name, Subnet: subnet))).GroupBy(pair => pair.Name))
        {
            var subnets = group.Select(pair => pair.Subnet).Distinct().ToList();
            zones[group.Key] = NewZone(group.Key, subnets.Any(subnet => subnet.PrefixLength <= 24) ? ZoneExtent.Whole.Instance : new ZoneExtent.Networks(subnets));
        }
        foreach (var address in plan.Records.OfType<PlannedRecord.Ipv6>().Where(record => record.HasReverse))
        {
            var name = ReverseNames.ZoneOf(address.Value);
            zones.TryAdd(name, NewZone(name, ZoneExtent.Listed.Instance));
        }
        zones[plan.Domain] = NewZone(plan.Domain, ZoneExtent.Whole.Instance);
        foreach (var (name, zone) in zones)
        {
            for (var above = ParentOf(name); above.Length > 0 && zone.Outer is null; above = ParentOf(above)) zone.Outer = zones.GetValueOrDefault(above);
            var apex = NodeOf(name)!;
            Add(apex, DnsType.Soa, FixedLife, zone.SoaData);
            Add(apex, DnsType.Ns, FixedLife, server);
            // The names between two zones exist, because something is below them.
            if (zone.Outer is not null) NodeOf(ParentOf(name));
        }
    }

    private void AddPlanned()
    {
        const string self = "localhost";
        Add(NodeOf(self)!, DnsType.A, FixedLife, Octets(Loopback));
        Add(NodeOf(self)!, DnsType.Aaaa, FixedLife, Octets(Loopback6));
        AddReverse(ReverseNames.Of(Loopback), self, FixedLife);
        AddReverse(ReverseNames.Of(Loopback6), self, FixedLife);
        foreach (var record in plan.Records)
        {
            if (NodeOf(record.Name) is not { } node) continue;
            switch (record)
            {
                case PlannedRecord.Address address:
                    Add(node, DnsType.A, record.TimeToLive, Octets(address.Value));
                    if (address.HasReverse) AddReverse(ReverseNames.Of(address.Value), record.Name, record.TimeToLive);
                    break;
                case PlannedRecord.Ipv6 address:
                    Add(node, DnsType.Aaaa, record.TimeToLive, Octets(address.Value));
                    if (address.HasReverse) AddReverse(ReverseNames.Of(address.Value), record.Name, record.TimeToLive);
                    break;
                case PlannedRecord.Alias alias:
                    Add(node, DnsType.Cname, record.TimeToLive, DnsName.Encode(alias.Target));
                    break;
                case PlannedRecord.Text text:
                    Add(node, DnsType.Txt, record.TimeToLive, DnsWriter.TextData(text.Value));
                    break;
                case PlannedRecord.Service service:
                    Add(node, DnsType.Srv, record.TimeToLive,
                        DnsWriter.SrvData((ushort)service.Priority, (ushort)service.Weight, (ushort)service.Port, DnsName.Encode(service.Target)));
                    break;
                default:
                    throw new InvalidOperationException($"{record.GetType().Name} is a new record");
            }
        }
    }

    private void AddApi(ImmutableHashSet<Ipv4Address> answering)
    {
        foreach (var name in plan.ApiNames)
        {
            foreach (var address in ApiAddresses.Of(plan, answering))
                Add(NodeOf(name)!, DnsType.A, TimeSpan.FromSeconds(ApiAddresses.TimeToLive), Octets(address));
        }
    }

    private void AddLeases(IEnumerable<LeasedName> leases, DateTimeOffset now)
    {
        var life = TimeSpan.FromSeconds(LeaseTimeToLive);
        foreach (var (name, lease) in LeasedName.Name(leases, plan, name => nodes.ContainsKey(DnsName.Encode(name)), now).ToList())
        {
            var node = NodeOf(name)!;
            Add(node, DnsType.A, life, Octets(lease.Address));
            node.EndsAt = lease.EndsAt.ToUnixTimeSeconds();
            if (AddReverse(ReverseNames.Of(lease.Address), name, life) is { } reverse) reverse.EndsAt = node.EndsAt;
        }
    }

    private DnsZones Finish()
    {
        foreach (var (node, records) in data)
        {
            node.Sets = SetsOf(records);
            foreach (var set in node.Sets)
            {
                if (set.Type is DnsType.Srv) AddAdditional(set, records.Where(record => record.Type is DnsType.Srv).Select(record => record.Data[6..]));
                if (set.Type is DnsType.Ns) AddAdditional(set, [server]);
            }
        }
        return new DnsZones(nodes);
    }

    /// <summary>The records of a set live equally long (RFC 2181 §5.2). Of the names of leases, which are most names of a large site, each has one record.</summary>
    private static RecordSet[] SetsOf(List<(DnsType Type, uint TimeToLive, byte[] Data)> records) => records is [var only]
        ? [new RecordSet(only.Type, only.TimeToLive, [only.Data])]
        : [.. records.GroupBy(record => record.Type).Select(set => new RecordSet(set.Key, set.Min(record => record.TimeToLive), Unique(set.Select(record => record.Data))))];

    /// <summary>The addresses of the servers that a set leads to (RFC 2782, RFC 1035 §3.3.11).</summary>
    private void AddAdditional(RecordSet set, IEnumerable<byte[]> targets)
    {
        List<byte> additional = [];
        foreach (var name in targets.DistinctBy(Convert.ToHexString))
        {
            if (!nodes.TryGetValue(name, out var target) || target.EndsAt > 0 || !data.TryGetValue(target, out var records)) continue;
            foreach (var (type, timeToLive, octets) in records.Where(record => record.Type is DnsType.A or DnsType.Aaaa))
            {
                additional.AddRange(DnsWriter.Record(name, type, timeToLive, octets));
                set.AdditionalCount++;
            }
        }
        set.Additional = [.. additional];
    }

    private ZoneNode? AddReverse(string name, string target, TimeSpan life)
    {
        // One address, one name: the first one planned.
        if (NodeOf(name) is not { } node || data.TryGetValue(node, out var had) && had.Any(record => record.Type is DnsType.Ptr)) return null;
        Add(node, DnsType.Ptr, life, DnsName.Encode(target));
        return node;
    }

    private void Add(ZoneNode node, DnsType type, TimeSpan life, byte[] octets)
    {
        if (!data.TryGetValue(node, out var records)) data[node] = records = [];
        records.Add((type, (uint)life.TotalSeconds, octets));
    }

    /// <summary>The name's node, made with all that are missing between it and its zone's apex; null for a name in no zone.</summary>
    private ZoneNode? NodeOf(string name)
    {
        var wire = DnsName.Encode(name);
        if (nodes.TryGetValue(wire, out var node)) return node;
        Zone? zone = null;
        var apex = name;
        for (; apex.Length > 0 && !zones.TryGetValue(apex, out zone); apex = ParentOf(apex)) { }
        if (zone is null) return null;
        node = new ZoneNode(zone);
        nodes.Add(wire, node);
        if (apex == name) return node;
        var parent = NodeOf(ParentOf(name))!;
        if (name.StartsWith("*.", StringComparison.Ordinal)) parent.Wildcard = node;
        return node;
    }

    private Zone NewZone(string apex, ZoneExtent extent) => new(DnsName.Encode(apex), soaData, DenialTimeToLive, extent);

    private static string ParentOf(string name) => name.IndexOf('.', StringComparison.Ordinal) is var dot and >= 0 ? name[(dot + 1)..] : "";

    private static List<byte[]> Unique(IEnumerable<byte[]> records) => [.. records.DistinctBy(Convert.ToHexString)];

    private static byte[] Octets(Ipv4Address address)
    {
        var octets = new byte[Ipv4Address.Length];
        address.CopyTo(octets);
        return octets;
    }

    private static byte[] Octets(Ipv6Address address)
    {
        var octets = new byte[Ipv6Address.Length];
        address.CopyTo(octets);
        return octets;
    }
}
