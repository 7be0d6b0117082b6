using System.Collections.Immutable;
using Sextant.Dhcp.Wire;
using Sextant.Lifecycle;
using Sextant.Planning;
using Sextant.Primitives;

namespace Sextant.Dhcp;

/// <summary>
/// What the server does about one message when another DHCP server gives the addresses (proxyDHCP, PXE 2.1 §2.2): it says what to boot and from where, and
/// never a word about addresses. It leases nothing, refuses nothing, and answers nobody who does not boot from the network. Pure, and without state.
/// </summary>
public static class ProxyDecision
{
    /// <summary>Decides about a message to port 67: a boot client that looks for servers is offered a boot file beside the other server's address.</summary>
    /// <param name="request">The facts of the message.</param>
    /// <param name="network">The plan's network.</param>
    /// <param name="machine">The machine's record; null when it was never seen.</param>
    /// <param name="boot">What the machine is to do: only <see cref="BootDecision.Ignore"/> matters here, all others boot the same chain.</param>
    /// <param name="now">The time.</param>
    public static DhcpOutcome OnDiscovery(DhcpRequest request, BootNetwork network, Machine? machine, BootDecision boot, DateTimeOffset now)
    {
        if (Refusal(request, network, boot) is { } refusal) return new DhcpOutcome.Silence(refusal);
        if (request.Type is not DhcpMessageType.Discover) return new DhcpOutcome.Silence(DhcpRefusal.AddressesAreAnotherServers);
        var (message, to) = ProxyReplies.Offer(request, network);
        return new DhcpOutcome.Answer(message, to, [], FirstSight(request, machine, now));
    }

    /// <summary>
    /// Decides about a message to port 4011, the boot service: a client that has its address by now asks for its boot file there (PXE 2.1 §2.2.2, "Boot Server
    /// Discovery").
    /// </summary>
    /// <param name="request">The facts of the message.</param>
    /// <param name="source">Where the datagram came from; the answer goes there.</param>
    /// <param name="sourcePort">From which port.</param>
    /// <param name="network">The plan's network.</param>
    /// <param name="machine">The machine's record; null when it was never seen.</param>
    /// <param name="boot">What the machine is to do.</param>
    /// <param name="now">The time.</param>
    public static DhcpOutcome OnBootRequest(
        DhcpRequest request, Ipv4Address source, ushort sourcePort, BootNetwork network, Machine? machine, BootDecision boot, DateTimeOffset now)
    {
        if (Refusal(request, network, boot) is { } refusal) return new DhcpOutcome.Silence(refusal);
        if (request.Type is not (DhcpMessageType.Request or DhcpMessageType.Inform)) return new DhcpOutcome.Silence(DhcpRefusal.NotABootRequest);
        if (request.ServerIdentifier is { } server && server != network.ServerAddress) return new DhcpOutcome.Silence(DhcpRefusal.AnotherServerChosen);
        var address = request.Packet.ClientAddress.IsAny ? source : request.Packet.ClientAddress;
        // Only a client that has its address can be answered here.
        if (address.IsAny || sourcePort == 0) return new DhcpOutcome.Silence(DhcpRefusal.IncompleteRequest);
        var message = ProxyReplies.BootAck(request, network);
        return new DhcpOutcome.Answer(message, new ReplyTo.Requester(address, sourcePort), [], FirstSight(request, machine, now));
    }

    private static DhcpRefusal? Refusal(DhcpRequest request, BootNetwork network, BootDecision boot)
    {
        if (DhcpDecision.IsBadRelay(request, network.ServerAddress)) return DhcpRefusal.BadRelayAddress;
        if (boot is BootDecision.Ignore) return DhcpRefusal.MachineIgnored;
        // U-Boot takes its server from the one DHCP server that it listens to.
        return request.Client is BootClient.OperatingSystem or BootClient.UBoot || BootFields.AreMissing(request, network) ? DhcpRefusal.NotABootClient : null;
    }

    private static ImmutableArray<MachineEvent> FirstSight(DhcpRequest request, Machine? machine, DateTimeOffset now) =>
        machine is null ? [new Discovered(request.Mac, now, request.Client.Name)] : [];
}
