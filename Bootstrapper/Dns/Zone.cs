using Sextant.Dns.Wire;
using Sextant.Primitives;

namespace Sextant.Dns;

/// <summary>A part of the tree of names that this service answers for: from its apex downwards (RFC 1034 §4.2).</summary>
public sealed class Zone
{
    /// <summary>A zone.</summary>
    /// <param name="apex">Its name in wire form.</param>
    /// <param name="soaData">The data of its SOA record.</param>
    /// <param name="denialTimeToLive">Seconds that a denial may be kept, which is MINIMUM of the SOA.</param>
    /// <param name="extent">How much of what is below the apex is meant.</param>
    public Zone(byte[] apex, byte[] soaData, uint denialTimeToLive, ZoneExtent extent)
    {
        Apex = apex;
        Extent = extent;
        SoaData = soaData;
        DenialRecord = DnsWriter.Record([], DnsType.Soa, denialTimeToLive, soaData);
    }

    /// <summary>The apex in wire form.</summary>
    public byte[] Apex { get; }

    /// <summary>How much of what is below the apex is meant.</summary>
    public ZoneExtent Extent { get; }

    /// <summary>The zone around this one that this service answers for as well; null for none.</summary>
    public Zone? Outer { get; internal set; }

    /// <summary>The data of SOA.</summary>
    public ReadOnlySpan<byte> SoaOctets => SoaData;

    /// <summary>SOA as denials carry it, without its owner: TTL is the lesser of SOA's and MINIMUM (RFC 2308 §3).</summary>
    internal byte[] DenialRecord { get; }

    internal byte[] SoaData { get; }
}

/// <summary>How much of what is below a zone's apex is the zone's.</summary>
public abstract record ZoneExtent
{
    private ZoneExtent() { }

    /// <summary>Everything: a name that is not there does not exist.</summary>
    public sealed record Whole : ZoneExtent
    {
        /// <summary>The one there is.</summary>
        public static Whole Instance { get; } = new();
    }

    /// <summary>The reverse names of some networks, of which the zone's octets may be more: what a subnet smaller than /24 has of its in-addr.arpa zone.</summary>
    public sealed record Networks(IReadOnlyList<Ipv4Network> Of) : ZoneExtent;

    /// <summary>Only the names that are there: of an IPv6 network of which single addresses are known.</summary>
    public sealed record Listed : ZoneExtent
    {
        /// <summary>The one there is.</summary>
        public static Listed Instance { get; } = new();
    }

    /// <summary>Whether a name below the apex that is not in the zone is the zone's to deny.</summary>
    public bool Denies(ReadOnlySpan<byte> name) => this switch
    {
        Whole => true,
        Listed => false,
        Networks some => ReverseNames.TryRead(name, out var address) && Contains(some.Of, address),
        _ => throw new InvalidOperationException($"{GetType().Name} is a new extent"),
    };

    private static bool Contains(IReadOnlyList<Ipv4Network> networks, Ipv4Address address)
    {
        for (var i = 0; i < networks.Count; i++)
            if (networks[i].Contains(address)) return true;
        return false;
    }
}

/// <summary>One name with what it has. A name without anything exists, too, when something is below it (RFC 8020, an empty non-terminal).</summary>
public sealed class ZoneNode(Zone zone)
{
    /// <summary>Its zone.</summary>
    public Zone Zone { get; } = zone;

    /// <summary>What it has, one set a type.</summary>
    public RecordSet[] Sets { get; internal set; } = [];

    /// <summary>The node of <c>*</c> below this one, which stands for names that are not there (RFC 4592); null for none.</summary>
    public ZoneNode? Wildcard { get; internal set; }

    /// <summary>When it ends, in seconds since 1970: the end of the lease it stands for. 0 for never.</summary>
    public long EndsAt { get; internal set; }

    /// <summary>What it has of a type; null for nothing.</summary>
    public RecordSet? Find(DnsType type)
    {
        foreach (var set in Sets)
            if (set.Type == type) return set;
        return null;
    }
}

/// <summary>All records of one name and type, written out as an answer has them: each with the pointer to the question's name as its owner.</summary>
public sealed class RecordSet
{
    /// <summary>More orders of the records are not kept.</summary>
    private const int RotationLimit = 16;

    /// <summary>A set.</summary>
    /// <param name="type">The type.</param>
    /// <param name="timeToLive">Seconds.</param>
    /// <param name="data">Each record's data.</param>
    public RecordSet(DnsType type, uint timeToLive, IReadOnlyList<byte[]> data)
    {
        Type = type;
        Count = data.Count;
        TimeToLive = timeToLive;
        Alias = type is DnsType.Cname ? data[0] : null;
        // Most sets, which are names of leases, have one record; this is the short way.
        if (data.Count == 1)
        {
            Rotations = [DnsWriter.Record([0xc0, DnsHeader.Length], type, timeToLive, data[0])];
            return;
        }
        var records = data.Select(each => DnsWriter.Record([0xc0, DnsHeader.Length], type, timeToLive, each)).ToArray();
        // Clients take the first address: each of the set comes first in its turn (RFC 1794).
        var turns = type is DnsType.A or DnsType.Aaaa ? Math.Min(records.Length, RotationLimit) : 1;
        Rotations = [.. Enumerable.Range(0, turns).Select(turn => (byte[])[.. records.Skip(turn).Concat(records.Take(turn)).SelectMany(record => record)])];
    }

    /// <summary>The type.</summary>
    public DnsType Type { get; }

    /// <summary>How many records.</summary>
    public int Count { get; }

    /// <summary>Seconds.</summary>
    public uint TimeToLive { get; }

    /// <summary>The records as an answer, in several orders.</summary>
    public byte[][] Rotations { get; }

    /// <summary>The name that an alias leads to, in wire form; null of other types.</summary>
    public byte[]? Alias { get; }

    /// <summary>Addresses of the names that the records lead to, with whole owners; they save a question and may be left out.</summary>
    public byte[] Additional { get; internal set; } = [];

    /// <summary>How many records those are.</summary>
    public int AdditionalCount { get; internal set; }
}
