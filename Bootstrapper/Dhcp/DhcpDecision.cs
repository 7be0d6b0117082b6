using System.Collections.Immutable;
using Sextant.Dhcp.Wire;
using Sextant.Lifecycle;
using Sextant.Planning;
using Sextant.Primitives;

namespace Sextant.Dhcp;

/// <summary>
/// What the server does about one message: the state rules of RFC 2131 §4.3 for one authoritative server. Pure: reads the lease table, changes
/// nothing, and gives back what is to change.
/// </summary>
/// <remarks>
/// Leases belong to (link, chaddr). Client identifiers are echoed and never looked at: UEFI sends none, iPXE sends 01 and its MAC, an operating
/// system sends a DUID that differs at every diskless boot, and all of them are one machine that keeps one address (RFC 4361 §6.3 leaves a server
/// that choice).
/// </remarks>
public static class DhcpDecision
{
    /// <summary>How long an offered address is kept for the client.</summary>
    public static readonly TimeSpan OfferTime = TimeSpan.FromSeconds(60);

    /// <summary>How long a declined address is given to nobody.</summary>
    public static readonly TimeSpan QuarantineTime = TimeSpan.FromMinutes(10);

    /// <summary>For how long after its end a lease still says that nobody else uses the address.</summary>
    public static readonly TimeSpan KnownGoodTime = TimeSpan.FromMinutes(10);

    /// <summary>Decides.</summary>
    /// <param name="request">The facts of the message.</param>
    /// <param name="leases">Who has which address, in which scope.</param>
    /// <param name="machine">The machine's record; null when it was never seen.</param>
    /// <param name="boot">What the machine is to do: only <see cref="BootDecision.Ignore"/> matters here, all others boot the same chain.</param>
    /// <param name="now">The time.</param>
    public static DhcpOutcome Decide(DhcpRequest request, LeaseTable leases, Machine? machine, BootDecision boot, DateTimeOffset now)
    {
        if (IsBadRelay(request, leases.Scopes.Network.ServerAddress)) return new DhcpOutcome.Silence(DhcpRefusal.BadRelayAddress);
        if (leases.Scopes.LinkOf(request) is not { } link) return new DhcpOutcome.Silence(DhcpRefusal.NoScopeForLink);
        if (boot is BootDecision.Ignore) return new DhcpOutcome.Silence(DhcpRefusal.MachineIgnored);
        var question = new Question(request, leases, link, machine, now);
        return request.Type switch
        {
            null => question.Bootp(),
            DhcpMessageType.Discover => question.Discover(),
            DhcpMessageType.Request when request.ServerIdentifier is { } server => question.Selecting(server),
            DhcpMessageType.Request when request.RequestedAddress is { } address => question.InitReboot(address),
            DhcpMessageType.Request when !request.Packet.ClientAddress.IsAny => question.Extending(request.Packet.ClientAddress),
            DhcpMessageType.Request => new DhcpOutcome.Silence(DhcpRefusal.IncompleteRequest),
            DhcpMessageType.Decline => question.Decline(),
            DhcpMessageType.Release => question.Release(),
            DhcpMessageType.Inform => question.Inform(),
            _ => new DhcpOutcome.Silence(DhcpRefusal.NotAClientMessage),
        };
    }

    /// <summary>True when giaddr cannot be a relay's address.</summary>
    internal static bool IsBadRelay(DhcpRequest request, Ipv4Address own)
    {
        var relay = request.Packet.RelayAddress;
        return request.IsRelayed && (relay == own || relay.Value >> 24 is 0 or 127 or >= 224);
    }

    /// <summary>What is done about an address that somebody without a lease was found to use before it was offered.</summary>
    /// <param name="request">The message whose sender was to get it.</param>
    /// <param name="address">The address.</param>
    /// <param name="usedBy">Who claims it.</param>
    /// <param name="now">The time.</param>
    public static (LeaseChange Change, AddressInUse Happened) OnConflict(DhcpRequest request, Ipv4Address address, MacAddress usedBy, DateTimeOffset now) =>
        (LeaseChange.Keep.Quarantine(address, request.Mac, now, now + QuarantineTime), new AddressInUse(request.Mac, now, address, usedBy));

    /// <summary>One message with all that is needed to answer it; a method for each state of the client.</summary>
    private readonly record struct Question(DhcpRequest Request, LeaseTable Leases, Link Link, Machine? Machine, DateTimeOffset Now)
    {
        private BootNetwork Network => Leases.Scopes.Network;

        private MacAddress Mac => Request.Mac;

        /// <summary>The machine's lease on this link.</summary>
        private Lease? Own => Leases.Of(Mac, Link);

        /// <summary>The address this machine has with us on this link: by lease, else by reservation; null for a client we know nothing of.</summary>
        private Ipv4Address? KnownAddress => Own?.Address ?? Link.ReservedFor(Mac);

        /// <summary>RFC 2131 §4.3.1.</summary>
        public DhcpOutcome Discover()
        {
            if (Leases.Choose(Mac, Link, Request.RequestedAddress, Now) is not { } address)
                return new DhcpOutcome.Silence(DhcpRefusal.PoolExhausted, [], FirstSight());
            var (message, to) = DhcpReplies.Grant(Request, Network, SubnetOf(address), DhcpMessageType.Offer, address, isRenewal: false);
            var offered = new Lease(Mac, address, LeaseState.Offered, Now, Now + OfferTime, Request.Client.Name);
            // A lease that lasts as long as the offer keeps the address better than the offer would.
            var isKept = Own is { } lease && lease.Address == address && lease.ExpiresAt >= offered.ExpiresAt;
            return new DhcpOutcome.Answer(message, to, isKept ? [] : [new LeaseChange.Keep(offered)], FirstSight()) { ProbeFirst = IsToBeProbed(address) };
        }

        /// <summary>
        /// Fixed addresses are the machine's by the operator's word, and one that the machine had a moment ago is known to be its own. ARP reaches our own
        /// link only.
        /// </summary>
        private bool IsToBeProbed(Ipv4Address address) =>
            Network.ProbesAddresses && !Request.IsRelayed && Link.Of(address)?.IsDynamic(address) == true
            && !(Own is { State: not LeaseState.Declined } lease && lease.Address == address && Now - lease.ExpiresAt < KnownGoodTime);

        /// <summary>RFC 2131 §4.3.2, "generated during SELECTING state".</summary>
        public DhcpOutcome Selecting(Ipv4Address server)
        {
            if (!Request.IsOurs(server, Network.ServerAddress))
            {
                ImmutableArray<LeaseChange> forget = Own is { State: LeaseState.Offered } offer ? [new LeaseChange.Drop(offer.Address)] : [];
                return new DhcpOutcome.Silence(DhcpRefusal.AnotherServerChosen, forget, []);
            }
            if (Request.RequestedAddress is not { } address) return new DhcpOutcome.Silence(DhcpRefusal.IncompleteRequest);
            // An offer does not survive a restart of ours; the client that took it is served all the same.
            var isOurs = Own is not { } lease || lease.Address == address || Link.ReservedFor(Mac) == address;
            return isOurs && Leases.MayHold(Mac, Link, address, Now) ? Bind(address, isRenewal: false) : Refuse(DhcpRefusal.WrongAddress);
        }

        /// <summary>RFC 2131 §4.3.2, "generated during INIT-REBOOT state".</summary>
        public DhcpOutcome InitReboot(Ipv4Address address)
        {
            if (!Link.Contains(address)) return Refuse(DhcpRefusal.WrongNetwork);
            if (KnownAddress is not { } known) return new DhcpOutcome.Silence(DhcpRefusal.UnknownClient);
            return address == known && Leases.MayHold(Mac, Link, address, Now) ? Bind(address, isRenewal: false) : Refuse(DhcpRefusal.WrongAddress);
        }

        /// <summary>
        /// RFC 2131 §4.3.2, "generated during RENEWING state" (unicast) and "REBINDING state" (broadcast). A client that renews with us by unicast had
        /// its lease from us; when our record of it is lost and the address is still free, the lease is made anew. A broadcast may be meant for another
        /// server's lease, so a stranger's gets no NAK from us.
        /// </summary>
        public DhcpOutcome Extending(Ipv4Address address)
        {
            // An address of another link of ours: the machine has moved, and no other server may speak for that address.
            if (Request.WasBroadcast && !Link.Contains(address) && Leases.Scopes.Of(address) is not null) return Refuse(DhcpRefusal.WrongNetwork);
            if (KnownAddress is { } known)
            {
                if (address == known && Leases.MayHold(Mac, Link, address, Now)) return Bind(address, isRenewal: true);
                var isElsewhere = Request.WasBroadcast && !Link.Contains(address);
                return isElsewhere ? new DhcpOutcome.Silence(DhcpRefusal.WrongNetwork) : Refuse(DhcpRefusal.WrongAddress);
            }
            if (Request.WasBroadcast) return new DhcpOutcome.Silence(DhcpRefusal.UnknownClient);
            return Leases.MayHold(Mac, Link, address, Now) ? Bind(address, isRenewal: true) : Refuse(DhcpRefusal.UnknownClient);
        }

        /// <summary>RFC 2131 §4.3.3. Only the machine that has the address can make it unavailable.</summary>
        public DhcpOutcome Decline()
        {
            if (Request.ServerIdentifier is not { } server || Request.RequestedAddress is not { } address)
                return new DhcpOutcome.Silence(DhcpRefusal.IncompleteRequest);
            if (!Request.IsOurs(server, Network.ServerAddress)) return new DhcpOutcome.Silence(DhcpRefusal.AnotherServerChosen);
            if (KnownAddress != address || !Leases.IsFree(address, Mac, Now)) return new DhcpOutcome.Silence(DhcpRefusal.WrongAddress);
            return new DhcpOutcome.Accept([LeaseChange.Keep.Quarantine(address, Mac, Now, Now + QuarantineTime)]);
        }

        /// <summary>RFC 2131 §4.3.4. The address is remembered, so that the machine gets it back when it returns.</summary>
        public DhcpOutcome Release()
        {
            if (Request.ServerIdentifier is not { } server) return new DhcpOutcome.Silence(DhcpRefusal.IncompleteRequest);
            if (!Request.IsOurs(server, Network.ServerAddress)) return new DhcpOutcome.Silence(DhcpRefusal.AnotherServerChosen);
            if (Own is not { } lease) return new DhcpOutcome.Silence(DhcpRefusal.UnknownClient);
            if (lease.Address != Request.Packet.ClientAddress) return new DhcpOutcome.Silence(DhcpRefusal.WrongAddress);
            if (!lease.IsLive(Now)) return new DhcpOutcome.Accept([]);
            return new DhcpOutcome.Accept([new LeaseChange.Keep(lease with { State = LeaseState.Released, ExpiresAt = Now })]);
        }

        /// <summary>RFC 2131 §4.3.5.</summary>
        public DhcpOutcome Inform()
        {
            if (Request.Packet.ClientAddress.IsAny) return new DhcpOutcome.Silence(DhcpRefusal.IncompleteRequest);
            if (Link.Of(Request.Packet.ClientAddress) is not { } scope) return new DhcpOutcome.Silence(DhcpRefusal.WrongNetwork);
            var (message, to) = DhcpReplies.Informed(Request, Network, scope.Subnet);
            return new DhcpOutcome.Answer(message, to, [], FirstSight());
        }

        /// <summary>RFC 1534 §2: a BOOTP client has its address for ever, so only a fixed one can be given.</summary>
        public DhcpOutcome Bootp()
        {
            if (Link.ReservedFor(Mac) is not { } address || !Leases.IsFree(address, Mac, Now))
                return new DhcpOutcome.Silence(DhcpRefusal.BootpWithoutReservation);
            var (message, to) = DhcpReplies.Bootp(Request, Network, SubnetOf(address), address);
            return new DhcpOutcome.Answer(message, to, [], FirstSight());
        }

        private DhcpOutcome.Answer Bind(Ipv4Address address, bool isRenewal)
        {
            var since = Own is { State: LeaseState.Bound } before && before.Address == address && before.IsLive(Now) ? before.Since : Now;
            var lease = new Lease(Mac, address, LeaseState.Bound, since, Now + SubnetOf(address).LeaseTime, Request.Client.Name) { ClientName = Request.ClientName };
            var (message, to) = DhcpReplies.Grant(Request, Network, SubnetOf(address), DhcpMessageType.Ack, address, isRenewal);
            var events = isRenewal ? FirstSight() : FirstSight().Add(new Leased(Mac, Now, address, Request.Client.Name));
            return new DhcpOutcome.Answer(message, to, [new LeaseChange.Keep(lease)], events);
        }

        /// <summary>The subnet of an address that may be granted here.</summary>
        private BootSubnet SubnetOf(Ipv4Address address) =>
            (Link.Of(address) ?? throw new InvalidOperationException($"{address} was granted on {Link}")).Subnet;

        private DhcpOutcome.Refuse Refuse(DhcpRefusal reason)
        {
            var (message, to) = DhcpReplies.Nak(Request, Network, reason switch
            {
                DhcpRefusal.WrongNetwork => "this address does not belong on this network",
                DhcpRefusal.UnknownClient => "no lease of this machine is known, and the address is taken",
                _ => "this address is not this machine's",
            });
            return new DhcpOutcome.Refuse(reason, message, to);
        }

        private ImmutableArray<MachineEvent> FirstSight() => Machine is null ? [new Discovered(Mac, Now, Request.Client.Name)] : [];
    }
}
