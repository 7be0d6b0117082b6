using Sextant.Planning;
using Sextant.Primitives;

namespace Sextant.Dhcp;

/// <summary>Every scope of a plan and the links they are on, and which of them a client is on. Immutable; one for each plan.</summary>
public sealed class ScopeSet
{
    private readonly Link[] linkOf;

    /// <summary>Prepares the plan's network.</summary>
    public ScopeSet(BootNetwork network)
    {
        Network = network;
        All = [.. network.Subnets.Select((subnet, index) => new Scope(network, subnet, index))];
        linkOf = new Link[All.Count];
        foreach (var group in All.GroupBy(scope => HeadOf(scope)))
        {
            var link = new Link([.. group]);
            foreach (var scope in link.Scopes) linkOf[scope.Index] = link;
        }
    }

    /// <summary>The plan's network.</summary>
    public BootNetwork Network { get; }

    /// <summary>The scopes, in the plan's order.</summary>
    public IReadOnlyList<Scope> All { get; }

    /// <summary>The link the server's interface is on.</summary>
    public Link Local => linkOf[0];

    /// <summary>The scope the address is of; null when it is of none.</summary>
    public Scope? Of(Ipv4Address address)
    {
        foreach (var scope in All)
            if (scope.Subnet.Subnet.Contains(address)) return scope;
        return null;
    }

    /// <summary>The link the address belongs on; null when it belongs on none.</summary>
    public Link? LinkOf(Ipv4Address address) => Of(address) is { } scope ? linkOf[scope.Index] : null;

    /// <summary>
    /// The link the client is on: the one a relay names (<see cref="DhcpRequest.Link"/>); else, for a client that speaks to us from its address and not by
    /// broadcast, that address's, because such a message crosses routers without a relay (RFC 2131 §4.3.2, RENEWING); else the server's own. Null when
    /// the relay's link is none of ours.
    /// </summary>
    public Link? LinkOf(DhcpRequest request) =>
        request.Link is { } named ? LinkOf(named)
        : !request.WasBroadcast && LinkOf(request.Packet.ClientAddress) is { } home ? home
        : Local;

    /// <summary>The first subnet of the link, found from any of the link's.</summary>
    private Scope HeadOf(Scope scope)
    {
        while (scope.Subnet.SharesLinkWith is { } shared && All.FirstOrDefault(earlier => earlier.Index < scope.Index && earlier.Subnet.Subnet == shared) is { } earlier)
            scope = earlier;
        return scope;
    }
}
