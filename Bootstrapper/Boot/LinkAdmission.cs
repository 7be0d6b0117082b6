using Sextant.Lifecycle;
using Sextant.Planning;
using Sextant.Primitives;

namespace Sextant.Boot;

/// <summary>A peer that wants to speak in a machine's name, where another DHCP server gives the addresses.</summary>
/// <param name="Mac">The machine in the path.</param>
/// <param name="Entitlement">What the plan grants it.</param>
/// <param name="Fixed">Its address in the file; null when the file fixes none.</param>
/// <param name="Peer">Where the connection comes from; null for a peer without an IPv4 address, such as the operator's socket.</param>
/// <param name="Neighbour">The hardware address that answers for the peer on our own link; null when it is not there.</param>
/// <param name="IsLocal">Whether the peer's address is one of our own link's.</param>
public readonly record struct LinkClaim(MacAddress Mac, Entitlement Entitlement, Ipv4Address? Fixed, Ipv4Address? Peer, MacAddress? Neighbour, bool IsLocal);

/// <summary>
/// Whether a peer may speak in a machine's name where no lease of ours says whose an address is (dhcp.mode proxy and off). On our own link the evidence is
/// the hardware address that answers for the peer: the connection's packets went there. Behind a router, where hardware addresses do not reach, it is the
/// machine's fixed address in the file. What DHCP packets of others say counts for nothing: anybody can send them, from anywhere. The evidence is as weak as
/// a lease (anyone on the wire can forge an address), and as little hangs on it (see <see cref="Admission"/>).
/// </summary>
public static class LinkAdmission
{
    /// <summary>Decides: null when the peer is the machine; else why not.</summary>
    public static Admission.Denied? Decide(LinkClaim claim)
    {
        if (claim.Entitlement is Entitlement.Ignored)
            return new Admission.Denied(RefusalReason.UnknownMachine, "Add it to the cluster description, or set unknown_machines to discover or worker.");
        if (claim.Peer is not { } peer) return Denied("Only the machine itself gets its boot documents; the operator's socket does not.");
        if (claim.Neighbour is { } neighbour)
            return neighbour == claim.Mac ? null : Denied($"On the network {peer} belongs to {neighbour}. Ask from the machine itself, through the interface it boots from.");
        if (claim.IsLocal) return Denied($"No machine of this network answers for {peer}.");
        return claim.Fixed switch
        {
            null => Denied($"{peer} lies behind a router, and there a machine is known by its address in the cluster description. Give it an ip."),
            { } planned when planned != peer => Denied($"{peer} lies behind a router, and its address in the cluster description is {planned}."),
            _ => null,
        };
    }

    private static Admission.Denied Denied(string explanation) => new(RefusalReason.WrongAddress, explanation);
}

/// <summary>The hardware address that answers for an address on the provisioning link; null when none does.</summary>
public delegate MacAddress? LinkNeighbour(Ipv4Address address);
