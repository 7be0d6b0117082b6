using Sextant.Primitives;

namespace Sextant.Dhcp;

/// <summary>
/// One layer-2 network, with the scopes of the subnets that are on it: a machine there can use an address of any of them (other servers call this a
/// shared network). Immutable; it lives as long as the plan.
/// </summary>
public sealed class Link
{
    /// <summary>A link.</summary>
    /// <param name="scopes">Its scopes, one or more, in the order in which their ranges are used.</param>
    public Link(IReadOnlyList<Scope> scopes) => Scopes = scopes;

    /// <summary>Its scopes.</summary>
    public IReadOnlyList<Scope> Scopes { get; }

    /// <summary>The scope the address is of; null when it does not belong on this link.</summary>
    public Scope? Of(Ipv4Address address)
    {
        foreach (var scope in Scopes)
            if (scope.Subnet.Subnet.Contains(address)) return scope;
        return null;
    }

    /// <summary>True when the address belongs on this link.</summary>
    public bool Contains(Ipv4Address address) => Of(address) is not null;

    /// <summary>The machine's fixed address on this link; null when it has none here.</summary>
    public Ipv4Address? ReservedFor(MacAddress mac)
    {
        foreach (var scope in Scopes)
            if (scope.ReservedFor(mac) is { } reserved) return reserved;
        return null;
    }

    /// <summary>Its subnets: <c>10.0.0.0/24, 10.0.1.0/24</c>.</summary>
    public override string ToString() => string.Join(", ", Scopes.Select(scope => scope.Subnet.Subnet));
}
