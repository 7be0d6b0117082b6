using Sextant.Primitives;

namespace Sextant.Dhcp;

/// <summary>
/// Who has which address of a scope. One lease a machine and one an address, by construction. Decisions read it; only <see cref="Apply"/> and
/// <see cref="Rescope"/> change it, and both belong to the one thread that decides.
/// </summary>
public sealed class LeaseTable
{
    private readonly Dictionary<MacAddress, Lease> byMac = [];
    private readonly Dictionary<Ipv4Address, Lease> byAddress = [];
    private readonly SortedSet<(DateTimeOffset ExpiresAt, Ipv4Address Address)> byExpiry = [];
    private long dynamicRemembered;

    /// <summary>A table with the stored leases. Where two claim one address the later expiry wins.</summary>
    public LeaseTable(Scope scope, IEnumerable<Lease> stored)
    {
        Scope = scope;
        foreach (var lease in stored.OrderBy(lease => lease.ExpiresAt)) Apply(new LeaseChange.Keep(lease));
    }

    /// <summary>The scope in force.</summary>
    public Scope Scope { get; private set; }

    /// <summary>Every lease that is known: live, expired and remembered, offered, and quarantined addresses.</summary>
    public IReadOnlyCollection<Lease> All => byAddress.Values;

    /// <summary>The machine's lease, live or remembered; null when it has none.</summary>
    public Lease? Of(MacAddress mac) => byMac.GetValueOrDefault(mac);

    /// <summary>The lease of the address, live or remembered; null when it never had one.</summary>
    public Lease? At(Ipv4Address address) => byAddress.GetValueOrDefault(address);

    /// <summary>
    /// True when the machine could have the address as far as others are concerned: nobody else's live lease and no quarantine is on it. A lease outside
    /// the dynamic range was its holder's by the file alone; when the file gives the address to another machine, it is that one's at once, so that a
    /// replacement need not wait for the lease of a dead machine to end.
    /// </summary>
    public bool IsFree(Ipv4Address address, MacAddress mac, DateTimeOffset now) =>
        At(address) is not { } lease || !lease.IsLive(now)
        || (lease.State is not LeaseState.Declined && (lease.Mac == mac || (Scope.ReservedFor(mac) == address && !Scope.IsInRange(address))));

    /// <summary>
    /// True when the machine may have the address: it is its fixed one, or a dynamic one while no fixed one can be had, and nobody else has it.
    /// </summary>
    public bool MayHold(MacAddress mac, Ipv4Address address, DateTimeOffset now)
    {
        if (!IsFree(address, mac, now)) return false;
        if (Scope.ReservedFor(mac) is { } reserved && IsFree(reserved, mac, now)) return address == reserved;
        return Scope.IsDynamic(address);
    }

    /// <summary>
    /// The address for a machine (RFC 2131 §4.3.1): its fixed one; else the one it has or had; else the one it asks for when nobody ever had it; else
    /// one nobody ever had, in the machine's own order; else the one that has been free for longest. Null when none is left.
    /// </summary>
    public Ipv4Address? Choose(MacAddress mac, Ipv4Address? requested, DateTimeOffset now)
    {
        if (Scope.ReservedFor(mac) is { } reserved && IsFree(reserved, mac, now)) return reserved;
        if (Of(mac) is { } own && Scope.IsDynamic(own.Address)) return own.Address;
        if (requested is { } wish && Scope.IsDynamic(wish) && At(wish) is null) return wish;
        if (dynamicRemembered < Scope.DynamicCapacity)
            foreach (var address in Scope.PreferredBy(mac))
                if (At(address) is null) return address;
        foreach (var (expiresAt, address) in byExpiry)
        {
            if (expiresAt > now) break;
            if (Scope.IsDynamic(address)) return address;
        }
        return null;
    }

    /// <summary>Carries out a change.</summary>
    public void Apply(LeaseChange change)
    {
        switch (change)
        {
            case LeaseChange.Keep keep:
                if (Of(keep.Lease.Mac) is { } before) Remove(before);
                if (At(keep.Lease.Address) is { } holder) Remove(holder);
                Add(keep.Lease);
                byMac[keep.Lease.Mac] = keep.Lease;
                break;
            case LeaseChange.Drop drop:
                if (Of(drop.Mac) is { } dropped) Remove(dropped);
                break;
            case LeaseChange.Quarantine quarantine:
                if (At(quarantine.Address) is { } inUse) Remove(inUse);
                Add(new Lease(quarantine.DeclinedBy, quarantine.Address, LeaseState.Declined, quarantine.Since, quarantine.Until, ""));
                break;
            default:
                throw new InvalidOperationException($"{change.GetType().Name} is a new change");
        }
    }

    /// <summary>Puts another plan's scope in force. Leases outside of it stay remembered and are not granted again.</summary>
    public void Rescope(Scope scope)
    {
        Scope = scope;
        dynamicRemembered = byAddress.Keys.LongCount(scope.IsDynamic);
    }

    private void Add(Lease lease)
    {
        byAddress.Add(lease.Address, lease);
        byExpiry.Add((lease.ExpiresAt, lease.Address));
        if (Scope.IsDynamic(lease.Address)) dynamicRemembered++;
    }

    private void Remove(Lease lease)
    {
        byAddress.Remove(lease.Address);
        byExpiry.Remove((lease.ExpiresAt, lease.Address));
        if (Scope.IsDynamic(lease.Address)) dynamicRemembered--;
        if (byMac.TryGetValue(lease.Mac, out var current) && ReferenceEquals(current, lease)) byMac.Remove(lease.Mac);
    }
}
