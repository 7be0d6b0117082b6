using System.Collections.Immutable;
using Sextant.Dhcp.Wire;
using Sextant.Lifecycle;
using Sextant.Primitives;

namespace Sextant.Dhcp;

/// <summary>Why a client is refused (DHCPNAK) or gets no answer. The log, the counters and the tests use these names.</summary>
public enum DhcpRefusal
{
    /// <summary>op is not BOOTREQUEST: another server's reply, or noise.</summary>
    NotARequest,
    /// <summary>A message type that only servers send.</summary>
    NotAClientMessage,
    /// <summary>htype and hlen do not say Ethernet.</summary>
    NotEthernet,
    /// <summary>chaddr is zero or a group address, which no machine owns.</summary>
    BadHardwareAddress,
    /// <summary>Option 50, 53, 54, 118 or 82 has a form its RFC does not allow.</summary>
    MalformedOption,
    /// <summary>giaddr cannot be a relay's address: our own, loopback, group or broadcast.</summary>
    BadRelayAddress,
    /// <summary>The relay's link is not a subnet of ours.</summary>
    NoScopeForLink,
    /// <summary>The boot decision for this machine is to ignore it.</summary>
    MachineIgnored,
    /// <summary>A BOOTP client (no option 53) without a reserved address.</summary>
    BootpWithoutReservation,
    /// <summary>No address is left.</summary>
    PoolExhausted,
    /// <summary>The client took another server's offer, or speaks to another server.</summary>
    AnotherServerChosen,
    /// <summary>A message that must carry an address or server identifier has none.</summary>
    IncompleteRequest,
    /// <summary>We know of no lease of this client, and another server may (RFC 2131 §4.3.2).</summary>
    UnknownClient,
    /// <summary>The address asked for is not this client's.</summary>
    WrongAddress,
    /// <summary>The address asked for does not belong on this link.</summary>
    WrongNetwork,
    /// <summary>It is about an address, and another DHCP server gives those (proxyDHCP).</summary>
    AddressesAreAnotherServers,
    /// <summary>It does not boot from the network, or nothing is there for it to boot (proxyDHCP).</summary>
    NotABootClient,
    /// <summary>A message that the boot service on port 4011 has no use for.</summary>
    NotABootRequest,
}

/// <summary>Where a reply goes (RFC 2131 §4.1).</summary>
public abstract record ReplyTo
{
    private ReplyTo() { }

    /// <summary>To the relay that passed the request on: port 67, or the port it sent from when it says that it listens there (RFC 8357 §5.1).</summary>
    public sealed record Relay(Ipv4Address Address, ushort Port) : ReplyTo;

    /// <summary>To port 68 of a client that has its address already.</summary>
    public sealed record Client(Ipv4Address Address) : ReplyTo;

    /// <summary>Back to where a request to port 4011 came from.</summary>
    public sealed record Requester(Ipv4Address Address, ushort Port) : ReplyTo;

    /// <summary>To port 68 of everyone on the link: the client asked for it, or is being refused.</summary>
    public sealed record Everyone : ReplyTo;

    /// <summary>To port 68 of an address the client does not answer ARP for yet: the frame must carry its MAC.</summary>
    public sealed record Hardware(MacAddress Mac, Ipv4Address Address) : ReplyTo;
}

/// <summary>What to do about one message.</summary>
public abstract record DhcpOutcome
{
    private DhcpOutcome() { }

    /// <summary>Answer it, once <paramref name="Changes"/> are durable.</summary>
    /// <param name="Message">The reply.</param>
    /// <param name="To">Where it goes.</param>
    /// <param name="Changes">What changes in the lease table.</param>
    /// <param name="Events">What happened in the machine's life.</param>
    public sealed record Answer(DhcpPacket Message, ReplyTo To, ImmutableArray<LeaseChange> Changes, ImmutableArray<MachineEvent> Events) : DhcpOutcome
    {
        /// <summary>The address was not in use by the machine of late: whether somebody else uses it is to be asked on the wire before the offer leaves.</summary>
        public bool ProbeFirst { get; init; }
    }

    /// <summary>Refuse it with a DHCPNAK.</summary>
    /// <param name="Reason">Why.</param>
    /// <param name="Message">The reply.</param>
    /// <param name="To">Where it goes.</param>
    public sealed record Refuse(DhcpRefusal Reason, DhcpPacket Message, ReplyTo To) : DhcpOutcome;

    /// <summary>Take note; the message has no reply (DECLINE and RELEASE).</summary>
    /// <param name="Changes">What changes in the lease table.</param>
    public sealed record Accept(ImmutableArray<LeaseChange> Changes) : DhcpOutcome;

    /// <summary>Say nothing.</summary>
    /// <param name="Reason">Why.</param>
    /// <param name="Changes">What changes all the same: an offer that was not taken is free again.</param>
    /// <param name="Events">What the operator should see all the same.</param>
    public sealed record Silence(DhcpRefusal Reason, ImmutableArray<LeaseChange> Changes, ImmutableArray<MachineEvent> Events) : DhcpOutcome
    {
        /// <summary>Silence that changes nothing.</summary>
        public Silence(DhcpRefusal reason) : this(reason, [], []) { }
    }
}
