using System.Collections.Immutable;
using Sextant.Primitives;

namespace Sextant.Dhcp;

/// <summary>
/// Who has which address. One lease an address, and one a machine on each link, by construction: a machine with VLANs speaks on several links with one
/// MAC. Decisions read it; only <see cref="Apply"/> and <see cref="Rescope"/> change it, and both belong to the one thread that decides.
/// </summary>
public sealed class LeaseTable
{
    private readonly Dictionary<MacAddress, ImmutableArray<Lease>> byMac = [];
    private readonly Dictionary<Ipv4Address, Lease> byAddress = [];
    private Pool[] pools = [];

    /// <summary>A table with the stored leases. Where two claim one address, or one machine has two on one link, the later expiry wins.</summary>
    public LeaseTable(ScopeSet scopes, IEnumerable<Lease> stored)
    {
        Scopes = scopes;
        Rescope(scopes);
        foreach (var lease in stored.OrderBy(lease => lease.ExpiresAt)) Apply(new LeaseChange.Keep(lease));
    }

    /// <summary>The scopes in force.</summary>
    public ScopeSet Scopes { get; private set; }

    /// <summary>Every lease that is known: live, expired and remembered, offered, and quarantined addresses.</summary>
    public IReadOnlyCollection<Lease> All => byAddress.Values;

    /// <summary>The machine's lease on that link, live or remembered; null when it has none there.</summary>
    public Lease? Of(MacAddress mac, Link link)
    {
        if (!byMac.TryGetValue(mac, out var leases)) return null;
        foreach (var lease in leases)
            if (link.Contains(lease.Address)) return lease;
        return null;
    }

    /// <summary>The lease of the address, live or remembered; null when it never had one.</summary>
    public Lease? At(Ipv4Address address) => byAddress.GetValueOrDefault(address);

    /// <summary>
    /// True when the machine could have the address as far as others are concerned: nobody else's live lease and no quarantine is on it. A lease outside
    /// the dynamic range was its holder's by the file alone; when the file gives the address to another machine, it is that one's at once, so that a
    /// replacement need not wait for the lease of a dead machine to end.
    /// </summary>
    public bool IsFree(Ipv4Address address, MacAddress mac, DateTimeOffset now) =>
        At(address) is not { } lease || !lease.IsLive(now)
        || (lease.State is not LeaseState.Declined
            && (lease.Mac == mac || (Scopes.Of(address) is { } scope && scope.ReservedFor(mac) == address && !scope.IsInRange(address))));

    /// <summary>
    /// True when the machine may have the address on that link: it is its fixed one, or a dynamic one while no fixed one can be had, and nobody else has it.
    /// </summary>
    public bool MayHold(MacAddress mac, Link link, Ipv4Address address, DateTimeOffset now)
    {
        if (!IsFree(address, mac, now)) return false;
        if (link.ReservedFor(mac) is { } reserved && IsFree(reserved, mac, now)) return address == reserved;
        return link.Of(address)?.IsDynamic(address) == true;
    }

    /// <summary>
    /// The address for a machine on that link (RFC 2131 §4.3.1): its fixed one; else the one it has or had; else the one it asks for when nobody ever had
    /// it; else one nobody ever had, in the machine's own order; else the one that has been free for longest. Null when none is left.
    /// </summary>
    public Ipv4Address? Choose(MacAddress mac, Link link, Ipv4Address? requested, DateTimeOffset now)
    {
        if (link.ReservedFor(mac) is { } reserved && IsFree(reserved, mac, now)) return reserved;
        if (Of(mac, link) is { } own && link.Of(own.Address)?.IsDynamic(own.Address) == true) return own.Address;
        if (requested is { } wish && link.Of(wish)?.IsDynamic(wish) == true && At(wish) is null) return wish;
        foreach (var scope in link.Scopes)
        {
            if (pools[scope.Index].Remembered >= scope.DynamicCapacity) continue;
            foreach (var address in scope.PreferredBy(mac))
                if (At(address) is null) return address;
        }
        foreach (var scope in link.Scopes)
        {
            foreach (var (expiresAt, address) in pools[scope.Index].ByExpiry)
            {
                if (expiresAt > now) break;
                return address;
            }
        }
        return null;
    }

    /// <summary>Carries out a change.</summary>
    /// <returns>The addresses whose lease is another one now, or none any more.</returns>
    public IReadOnlyList<Ipv4Address> Apply(LeaseChange change)
    {
        switch (change)
        {
            case LeaseChange.Keep { Lease: var lease }:
                Ipv4Address? left = null;
                if (lease.State is not LeaseState.Declined && Scopes.LinkOf(lease.Address) is { } link && Of(lease.Mac, link) is { } before)
                {
                    Remove(before);
                    if (before.Address != lease.Address) left = before.Address;
                }
                if (At(lease.Address) is { } holder) Remove(holder);
                Add(lease);
                return left is { } free ? [free, lease.Address] : [lease.Address];
            case LeaseChange.Drop drop:
                if (At(drop.Address) is not { } dropped) return [];
                Remove(dropped);
                return [drop.Address];
            default:
                throw new InvalidOperationException($"{change.GetType().Name} is a new change");
        }
    }

    /// <summary>Puts another plan's scopes in force. Leases outside of them stay remembered and are not granted again.</summary>
    public void Rescope(ScopeSet scopes)
    {
        Scopes = scopes;
        pools = [.. scopes.All.Select(_ => new Pool())];
        foreach (var lease in byAddress.Values) Enter(lease);
    }

    private void Add(Lease lease)
    {
        byAddress.Add(lease.Address, lease);
        if (lease.State is not LeaseState.Declined)
            byMac[lease.Mac] = byMac.TryGetValue(lease.Mac, out var others) ? others.Add(lease) : [lease];
        Enter(lease);
    }

    private void Enter(Lease lease)
    {
        if (Scopes.Of(lease.Address) is { } scope && scope.IsDynamic(lease.Address)) pools[scope.Index].ByExpiry.Add((lease.ExpiresAt, lease.Address));
    }

    private void Remove(Lease lease)
    {
        byAddress.Remove(lease.Address);
        if (Scopes.Of(lease.Address) is { } scope) pools[scope.Index].ByExpiry.Remove((lease.ExpiresAt, lease.Address));
        if (lease.State is LeaseState.Declined || !byMac.TryGetValue(lease.Mac, out var leases)) return;
        var rest = leases.Remove(lease);
        if (rest.IsEmpty) byMac.Remove(lease.Mac);
        else byMac[lease.Mac] = rest;
    }

    /// <summary>The dynamic addresses of one scope that somebody has or had, or that are in quarantine; the one free for longest first.</summary>
    private sealed class Pool
    {
        public SortedSet<(DateTimeOffset ExpiresAt, Ipv4Address Address)> ByExpiry { get; } = [];

        public int Remembered => ByExpiry.Count;
    }
}
