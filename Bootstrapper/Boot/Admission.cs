using Sextant.Lifecycle;
using Sextant.Planning;
using Sextant.Primitives;

namespace Sextant.Boot;

/// <summary>
/// Whether a peer may speak in a machine's name. The claim is the MAC in the path; the evidence is that the connection comes from the address this
/// machine leases. Weak evidence (anyone on the wire can forge an address), which is why nothing secret but a one-time ticket hangs on it.
/// </summary>
public abstract record Admission
{
    private Admission() { }

    /// <summary>The peer holds the machine's lease.</summary>
    public sealed record Admitted(Machine Machine) : Admission;

    /// <summary>The peer may not.</summary>
    /// <param name="Reason">Why.</param>
    /// <param name="Explanation">What was found and what to do, one or two sentences.</param>
    public sealed record Denied(RefusalReason Reason, string Explanation) : Admission;

    /// <summary>Decides.</summary>
    /// <param name="machine">The record of the machine in the path; null when it was never seen.</param>
    /// <param name="holder">The record of the machine that leases <paramref name="peer"/>; null when none does.</param>
    /// <param name="entitlement">What the plan grants the machine in the path.</param>
    /// <param name="peer">Where the connection comes from; null for a peer without an IPv4 address, such as the operator's socket.</param>
    public static Admission Decide(Machine? machine, Machine? holder, Entitlement entitlement, Ipv4Address? peer)
    {
        if (entitlement is Entitlement.Ignored)
            return new Denied(RefusalReason.UnknownMachine, "Add it to the cluster description, or set unknown_machines to discover or worker.");
        if (peer is null)
            return new Denied(RefusalReason.WrongAddress, "Only the machine itself gets its boot documents; the operator's socket does not.");
        if (machine?.Address is not { } leased)
            return new Denied(RefusalReason.WrongAddress, $"It leases no address yet. Let it boot from the network so that it gets one by DHCP; {peer} is not it.");
        if (leased != peer) return new Denied(RefusalReason.WrongAddress, $"It leases {leased}, and {peer} asked. Ask from the machine itself.");
        return holder is { } other && other.Mac != machine.Mac
            ? new Denied(RefusalReason.WrongAddress, $"{peer} is leased to {other.Mac} now. Boot the machine again so that it gets an address of its own.")
            : new Admitted(machine);
    }
}
