using Sextant.Dhcp.Wire;
using Sextant.Planning;
using Sextant.Primitives;

namespace Sextant.Dhcp;

/// <summary>Writes the replies: which options, in which order, what to leave out when room is short, and where to.</summary>
internal static class DhcpReplies
{
    /// <summary>Octets of IP and UDP header, which option 57 counts.</summary>
    private const int HeaderLength = 28;

    /// <summary>What every client takes (RFC 2131 §2: 576 octets of IP datagram), and what an Ethernet frame carries.</summary>
    private const int SmallestLimit = 576, LargestLimit = 1500;

    /// <summary>
    /// What goes first when room is short: what the client can best live without. Option 82 is left out whole or not at all (RFC 3046 §2.2).
    /// </summary>
    private static readonly OptionCode[] DropOrder =
    [
        OptionCode.TftpServerName, OptionCode.DomainName, OptionCode.HostName, OptionCode.RebindingTime, OptionCode.RenewalTime,
        OptionCode.DomainNameServer, OptionCode.ClientMachineIdentifier, OptionCode.ClientIdentifier, OptionCode.RelayAgentInformation, OptionCode.Router,
    ];

    /// <summary>OFFER or ACK that grants an address.</summary>
    /// <param name="request">The client's message.</param>
    /// <param name="network">The plan's network.</param>
    /// <param name="type">OFFER or ACK.</param>
    /// <param name="address">The address granted.</param>
    /// <param name="isRenewal">
    /// Renewing clients get T1 a little earlier, each by another bit, so that a rack does not renew in one instant (RFC 2131 §4.4.5).
    /// </param>
    public static (DhcpPacket Message, ReplyTo To) Grant(DhcpRequest request, BootNetwork network, DhcpMessageType type, Ipv4Address address, bool isRenewal)
    {
        var seconds = (uint)network.LeaseTime.TotalSeconds;
        var earlier = isRenewal ? request.Packet.TransactionId % (seconds / 16 + 1) : 0;
        List<DhcpOption> lead = [.. Lead(network, type), DhcpOption.Of(OptionCode.LeaseTime, seconds), DhcpOption.Of(OptionCode.SubnetMask, network.Subnet.Mask)];
        List<DhcpOption> others =
        [
            DhcpOption.Of(OptionCode.RenewalTime, seconds / 2 - earlier),
            DhcpOption.Of(OptionCode.RebindingTime, (uint)(seconds * 7UL / 8)),
            .. Parameters(request, network),
        ];
        return (Reply(request, network, lead, others, address, isBootp: false), Destination(request, address));
    }

    /// <summary>ACK to INFORM (RFC 2131 §4.3.5): parameters without a lease.</summary>
    public static (DhcpPacket Message, ReplyTo To) Informed(DhcpRequest request, BootNetwork network)
    {
        List<DhcpOption> lead = [.. Lead(network, DhcpMessageType.Ack), DhcpOption.Of(OptionCode.SubnetMask, network.Subnet.Mask)];
        return (Reply(request, network, lead, Parameters(request, network), Ipv4Address.Any, isBootp: false), Destination(request, Ipv4Address.Any));
    }

    /// <summary>BOOTREPLY (RFC 1534 §2): no option that only DHCP knows.</summary>
    public static (DhcpPacket Message, ReplyTo To) Bootp(DhcpRequest request, BootNetwork network, Ipv4Address address)
    {
        List<DhcpOption> lead = [DhcpOption.Of(OptionCode.SubnetMask, network.Subnet.Mask)];
        return (Reply(request, network, lead, Parameters(request, network), address, isBootp: true), Destination(request, address));
    }

    /// <summary>NAK (RFC 2131 §4.3.2, table 3): broadcast, through the relay with the broadcast bit set.</summary>
    public static (DhcpPacket Message, ReplyTo To) Nak(DhcpRequest request, BootNetwork network, string why)
    {
        var packet = request.Packet;
        List<DhcpOption> options = [.. Lead(network, DhcpMessageType.Nak), DhcpOption.Of(OptionCode.Message, why), .. Echoes(packet)];
        var message = new DhcpPacket
        {
            Op = BootOp.Reply,
            TransactionId = packet.TransactionId,
            Flags = request.IsRelayed ? (ushort)(packet.Flags | DhcpPacket.BroadcastFlag) : packet.Flags,
            RelayAddress = packet.RelayAddress,
            HardwareAddress = packet.HardwareAddress,
            Options = new DhcpOptions(Fit(options, RoomFor(packet))),
        };
        return (message, request.IsRelayed ? new ReplyTo.Relay(packet.RelayAddress) : new ReplyTo.Everyone());
    }

    /// <summary>RFC 2131 §4.1, from "A server ... sends".</summary>
    private static ReplyTo Destination(DhcpRequest request, Ipv4Address address)
    {
        var packet = request.Packet;
        if (request.IsRelayed) return new ReplyTo.Relay(packet.RelayAddress);
        if (!packet.ClientAddress.IsAny) return new ReplyTo.Client(packet.ClientAddress);
        if (packet.WantsBroadcast) return new ReplyTo.Everyone();
        return new ReplyTo.Hardware(request.Mac, address);
    }

    private static DhcpPacket Reply(
        DhcpRequest request, BootNetwork network, List<DhcpOption> lead, List<DhcpOption> others, Ipv4Address address, bool isBootp)
    {
        var packet = request.Packet;
        var boot = BootFields.For(request, network);
        others.AddRange(boot.Options);
        others.AddRange(Echoes(packet).Where(echo => !isBootp || echo.Code is OptionCode.RelayAgentInformation));
        List<DhcpOption> options = [.. lead, .. AsRequested(packet, others)];
        return new DhcpPacket
        {
            Op = BootOp.Reply,
            TransactionId = packet.TransactionId,
            Flags = packet.Flags,
            ClientAddress = request.Type is DhcpMessageType.Discover ? Ipv4Address.Any : packet.ClientAddress,
            YourAddress = address,
            NextServer = boot.NextServer,
            RelayAddress = packet.RelayAddress,
            HardwareAddress = packet.HardwareAddress,
            File = boot.File,
            Options = new DhcpOptions(Fit(options, isBootp ? DhcpPacket.MinimumLength : RoomFor(packet))),
        };
    }

    private static DhcpOption[] Lead(BootNetwork network, DhcpMessageType type) =>
        [DhcpOption.Of(OptionCode.MessageType, (byte)type), DhcpOption.Of(OptionCode.ServerIdentifier, network.ServerAddress)];

    private static List<DhcpOption> Parameters(DhcpRequest request, BootNetwork network)
    {
        List<DhcpOption> options = [];
        if (network.Gateway is { } gateway) options.Add(DhcpOption.Of(OptionCode.Router, gateway));
        if (network.Resolvers.Count > 0) options.Add(DhcpOption.Of(OptionCode.DomainNameServer, network.Resolvers));
        if (network.Reservations.TryGetValue(request.Mac, out var reservation)) options.Add(DhcpOption.Of(OptionCode.HostName, reservation.Hostname));
        if (network.Domain.Length > 0) options.Add(DhcpOption.Of(OptionCode.DomainName, network.Domain));
        return options;
    }

    /// <summary>
    /// What the client gets back as it sent it: 61 (RFC 6842 §3), 97 (RFC 4578 §2.3) when well-formed, 82 when a relay put it there (RFC 3046 §2.2).
    /// </summary>
    private static IEnumerable<DhcpOption> Echoes(DhcpPacket packet)
    {
        if (packet.Options.TryGet(OptionCode.ClientIdentifier, out var identifier))
            yield return new DhcpOption(OptionCode.ClientIdentifier, identifier);
        if (packet.Options.TryGet(OptionCode.ClientMachineIdentifier, out var machine) && machine.Length == 17 && machine.Span[0] == 0)
            yield return new DhcpOption(OptionCode.ClientMachineIdentifier, machine);
        if (!packet.RelayAddress.IsAny && packet.Options.TryGet(OptionCode.RelayAgentInformation, out var relay))
            yield return new DhcpOption(OptionCode.RelayAgentInformation, relay);
    }

    /// <summary>The options asked for, in the order asked for (RFC 2132 §9.8), then the rest.</summary>
    private static IEnumerable<DhcpOption> AsRequested(DhcpPacket packet, List<DhcpOption> options)
    {
        if (!packet.Options.TryGet(OptionCode.ParameterRequestList, out var wanted)) return options;
        return options.OrderBy(option => wanted.Span.IndexOf((byte)option.Code) is var at and >= 0 ? at : int.MaxValue);
    }

    private static int RoomFor(DhcpPacket packet)
    {
        packet.Options.Read(OptionCode.MaximumMessageSize, out ushort limit);
        return Math.Clamp((int)limit, SmallestLimit, LargestLimit) - HeaderLength;
    }

    private static List<DhcpOption> Fit(List<DhcpOption> options, int room)
    {
        var length = DhcpPacket.OptionsOffset + 1 + options.Sum(option => option.EncodedLength);
        foreach (var code in DropOrder)
        {
            if (length <= room) break;
            length -= options.Where(option => option.Code == code).Sum(option => option.EncodedLength);
            options.RemoveAll(option => option.Code == code);
        }
        return options;
    }
}
