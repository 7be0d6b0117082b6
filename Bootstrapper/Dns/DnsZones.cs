using Sextant.Dns.Wire;

namespace Sextant.Dns;

/// <summary>What looking for a name found.</summary>
public enum ZoneFinding
{
    /// <summary>The name is in no zone of ours.</summary>
    Elsewhere,
    /// <summary>The name is there, or a wildcard stands for it.</summary>
    Node,
    /// <summary>The name does not exist.</summary>
    Denied,
}

/// <summary>Everything this service answers by itself. Immutable once built; replaced whole when something changes.</summary>
public sealed class DnsZones
{
    private readonly Dictionary<byte[], ZoneNode>.AlternateLookup<ReadOnlySpan<byte>> nodes;

    internal DnsZones(Dictionary<byte[], ZoneNode> nodes)
    {
        Count = nodes.Count;
        this.nodes = nodes.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    /// <summary>How many names there are, those without data included.</summary>
    public int Count { get; }

    /// <summary>Looks for a name: the name itself, else the nearest one above it, whose wildcard or whose zone answers (RFC 1034 §4.3.2, RFC 4592 §3.3).</summary>
    /// <param name="name">The name in wire form.</param>
    /// <param name="now">Seconds since 1970; names of leases that ended are not there.</param>
    /// <param name="node">What was found.</param>
    /// <param name="zone">The zone that answers; null when none does.</param>
    public ZoneFinding Find(ReadOnlySpan<byte> name, long now, out ZoneNode? node, out Zone? zone)
    {
        if (nodes.TryGetValue(name, out node) && (node.EndsAt == 0 || node.EndsAt > now))
        {
            zone = node.Zone;
            return ZoneFinding.Node;
        }
        var isGone = node is not null;
        node = null;
        zone = null;
        for (var above = DnsName.Parent(name); !above.IsEmpty; above = DnsName.Parent(above))
        {
            if (!nodes.TryGetValue(above, out var encloser)) continue;
            zone = encloser.Zone;
            // The name of a lease that ended is denied where it was.
            while (zone is not null && !isGone && !zone.Extent.Denies(name)) zone = zone.Outer;
            if (zone is null) return ZoneFinding.Elsewhere;
            if (!ReferenceEquals(zone, encloser.Zone) || encloser.Wildcard is not { } wildcard) return ZoneFinding.Denied;
            node = wildcard;
            return ZoneFinding.Node;
        }
        return ZoneFinding.Elsewhere;
    }
}
