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
        OptionCode.TftpServerName, OptionCode.NtpServer, OptionCode.DomainName, OptionCode.HostName, OptionCode.RebindingTime, OptionCode.RenewalTime,
        OptionCode.DomainNameServer, OptionCode.ClientMachineIdentifier, OptionCode.ClientIdentifier, OptionCode.SubnetSelection, OptionCode.RelayAgentInformation,
        OptionCode.Router,
    ];

    /// <summary>OFFER or ACK that grants an address.</summary>
    /// <param name="request">The client's message.</param>
    /// <param name="network">The plan's network.</param>
    /// <param name="subnet">The subnet the address is of.</param>
    /// <param name="type">OFFER or ACK.</param>
    /// <param name="address">The address granted.</param>
    /// <param name="isRenewal">
    /// Renewing clients get T1 a little earlier, each by another bit, so that a rack does not renew in one instant (RFC 2131 §4.4.5).
    /// </param>
    public static (DhcpPacket Message, ReplyTo To) Grant(
        DhcpRequest request, BootNetwork network, BootSubnet subnet, DhcpMessageType type, Ipv4Address address, bool isRenewal)
    {
        var seconds = (uint)subnet.LeaseTime.TotalSeconds;
        var earlier = isRenewal ? request.Packet.TransactionId % (seconds / 16 + 1) : 0;
        List<DhcpOption> lead = [.. Lead(request, network, type), DhcpOption.Of(OptionCode.LeaseTime, seconds), DhcpOption.Of(OptionCode.SubnetMask, subnet.Subnet.Mask)];
        List<DhcpOption> others =
        [
            DhcpOption.Of(OptionCode.RenewalTime, seconds / 2 - earlier),
            DhcpOption.Of(OptionCode.RebindingTime, (uint)(seconds * 7UL / 8)),
            .. Parameters(request, network, subnet),
        ];
        return (Reply(request, network, subnet, lead, others, address, isBootp: false), Destination(request, address));
    }

    /// <summary>ACK to INFORM (RFC 2131 §4.3.5): parameters without a lease.</summary>
    public static (DhcpPacket Message, ReplyTo To) Informed(DhcpRequest request, BootNetwork network, BootSubnet subnet)
    {
        List<DhcpOption> lead = [.. Lead(request, network, DhcpMessageType.Ack), DhcpOption.Of(OptionCode.SubnetMask, subnet.Subnet.Mask)];
        return (Reply(request, network, subnet, lead, Parameters(request, network, subnet), Ipv4Address.Any, isBootp: false), Destination(request, Ipv4Address.Any));
    }

    /// <summary>BOOTREPLY (RFC 1534 §2): no option that only DHCP knows.</summary>
    public static (DhcpPacket Message, ReplyTo To) Bootp(DhcpRequest request, BootNetwork network, BootSubnet subnet, Ipv4Address address)
    {
        List<DhcpOption> lead = [DhcpOption.Of(OptionCode.SubnetMask, subnet.Subnet.Mask)];
        return (Reply(request, network, subnet, lead, Parameters(request, network, subnet), address, isBootp: true), Destination(request, address));
    }

    /// <summary>NAK (RFC 2131 §4.3.2, table 3): broadcast, through the relay with the broadcast bit set.</summary>
    public static (DhcpPacket Message, ReplyTo To) Nak(DhcpRequest request, BootNetwork network, string why)
    {
        var packet = request.Packet;
        List<DhcpOption> options = [.. Lead(request, network, DhcpMessageType.Nak), DhcpOption.Of(OptionCode.Message, why), .. Echoes(packet)];
        var message = new DhcpPacket
        {
            Op = BootOp.Reply,
            TransactionId = packet.TransactionId,
            Flags = request.IsRelayed ? (ushort)(packet.Flags | DhcpPacket.BroadcastFlag) : packet.Flags,
            RelayAddress = packet.RelayAddress,
            HardwareAddress = packet.HardwareAddress,
            Options = new DhcpOptions(options),
            OverloadBeyond = RoomFor(packet),
        };
        message = Fitted(message, packet);
        return (message, request.IsRelayed ? new ReplyTo.Relay(packet.RelayAddress, request.RelayPort) : new ReplyTo.Everyone());
    }

    /// <summary>RFC 2131 §4.1, from "A server ... sends".</summary>
    private static ReplyTo Destination(DhcpRequest request, Ipv4Address address)
    {
        var packet = request.Packet;
        if (request.IsRelayed) return new ReplyTo.Relay(packet.RelayAddress, request.RelayPort);
        if (!packet.ClientAddress.IsAny) return new ReplyTo.Client(packet.ClientAddress);
        if (packet.WantsBroadcast) return new ReplyTo.Everyone();
        return new ReplyTo.Hardware(request.Mac, address);
    }

    private static DhcpPacket Reply(
        DhcpRequest request, BootNetwork network, BootSubnet subnet, List<DhcpOption> lead, List<DhcpOption> others, Ipv4Address address, bool isBootp)
    {
        var packet = request.Packet;
        var boot = BootFields.For(request, network);
        var ofBooting = boot.Options.Select(option => option.Code).ToHashSet();
        others.RemoveAll(option => ofBooting.Contains(option.Code));
        others.AddRange(boot.Options);
        others.AddRange(Echoes(packet).Where(echo => !isBootp || echo.Code is OptionCode.RelayAgentInformation));
        var room = isBootp ? DhcpPacket.MinimumLength : RoomFor(packet);
        var message = new DhcpPacket
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
            Options = new DhcpOptions([.. lead, .. AsRequested(packet, others)]),
            // Boot firmware reads the two fields as texts; BOOTP knows no option 52.
            OverloadBeyond = isBootp || request.Client is not BootClient.OperatingSystem ? null : room,
        };
        return Fitted(message, room, SettingsFor(request, network, subnet).Select(setting => setting.Code).ToHashSet(), code => Wants(packet, code));
    }

    private static DhcpOption[] Lead(DhcpRequest request, BootNetwork network, DhcpMessageType type) =>
    [
        DhcpOption.Of(OptionCode.MessageType, (byte)type), DhcpOption.Of(OptionCode.ServerIdentifier, request.ServerIdentifierOverride ?? network.ServerAddress),
    ];

    /// <summary>What machines are told of the network: the server's own options, then the file's, which take the place of the former and may take them away.</summary>
    private static List<DhcpOption> Parameters(DhcpRequest request, BootNetwork network, BootSubnet subnet)
    {
        List<DhcpOption> options = [];
        if (subnet.Gateway is { } gateway) options.Add(DhcpOption.Of(OptionCode.Router, gateway));
        if (network.Resolvers.Count > 0) options.Add(DhcpOption.Of(OptionCode.DomainNameServer, network.Resolvers));
        if (network.Reservations.TryGetValue(request.Mac, out var reservation)) options.Add(DhcpOption.Of(OptionCode.HostName, reservation.Hostname));
        if (network.TimeServer is { } clock) options.Add(DhcpOption.Of(OptionCode.NtpServer, clock));
        if (network.Domain.Length > 0) options.Add(DhcpOption.Of(OptionCode.DomainName, network.Domain));
        foreach (var setting in SettingsFor(request, network, subnet))
        {
            options.RemoveAll(option => option.Code == setting.Code);
            if (setting.Value is { } value) options.Add(setting.Code is OptionCode.ClasslessRoutes ? WithDefaultRoute(value, subnet) : new DhcpOption(setting.Code, value));
        }
        return options;
    }

    /// <summary>What the file says of options for this machine: of its subnet, then its own.</summary>
    private static IReadOnlyList<OptionSetting> SettingsFor(DhcpRequest request, BootNetwork network, BootSubnet subnet) =>
        network.Reservations.TryGetValue(request.Mac, out var reservation) && reservation.Options.Count > 0
            ? OptionSetting.Merge(subnet.Options, reservation.Options)
            : subnet.Options;

    /// <summary>RFC 3442: a client that takes option 121 does not look at option 3, so the default route has to be in the former.</summary>
    private static DhcpOption WithDefaultRoute(ReadOnlyMemory<byte> value, BootSubnet subnet)
    {
        var given = new DhcpOption(OptionCode.ClasslessRoutes, value);
        if (subnet.Gateway is not { } gateway) return given;
        new DhcpOptions([given]).Read(OptionCode.ClasslessRoutes, out IReadOnlyList<Ipv4Route> routes);
        return routes.Any(route => route.To.PrefixLength == 0)
            ? given
            : DhcpOption.OfRoutes(OptionCode.ClasslessRoutes, [.. routes, new Ipv4Route(new Ipv4Network(Ipv4Address.Any, 0), gateway)]);
    }

    /// <summary>
    /// What the client gets back as it sent it: 61 (RFC 6842 §3), 97 (RFC 4578 §2.3) when well-formed, 118 (RFC 3011 §2), 82 when a relay put it there
    /// (RFC 3046 §2.2).
    /// </summary>
    internal static IEnumerable<DhcpOption> Echoes(DhcpPacket packet)
    {
        if (packet.Options.TryGet(OptionCode.ClientIdentifier, out var identifier))
            yield return new DhcpOption(OptionCode.ClientIdentifier, identifier);
        if (packet.Options.TryGet(OptionCode.ClientMachineIdentifier, out var machine) && machine.Length == 17 && machine.Span[0] == 0)
            yield return new DhcpOption(OptionCode.ClientMachineIdentifier, machine);
        if (packet.Options.TryGet(OptionCode.SubnetSelection, out var subnet))
            yield return new DhcpOption(OptionCode.SubnetSelection, subnet);
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

    private static bool Wants(DhcpPacket packet, OptionCode code) =>
        packet.Options.TryGet(OptionCode.ParameterRequestList, out var wanted) && wanted.Span.Contains((byte)code);

    /// <summary>A message without options of the file, with as many of its options as the client takes.</summary>
    internal static DhcpPacket Fitted(DhcpPacket message, DhcpPacket request) => Fitted(message, RoomFor(request), [], _ => true);

    /// <summary>
    /// The message with as many of its options as fit: what goes first are the file's options that the client does not ask for, then the server's in their
    /// order of need, then the file's that it asks for.
    /// </summary>
    private static DhcpPacket Fitted(DhcpPacket message, int room, HashSet<OptionCode> ofFile, Func<OptionCode, bool> isWanted)
    {
        if (OptionPlacement.Of(message).Length <= room) return message;
        OptionCode[] order =
        [
            .. message.Options.Select(option => option.Code).Where(code => ofFile.Contains(code) && !isWanted(code)).Reverse(), .. DropOrder,
            .. message.Options.Select(option => option.Code).Where(ofFile.Contains).Reverse(),
        ];
        foreach (var code in order)
        {
            message = message with { Options = new DhcpOptions([.. message.Options.Where(option => option.Code != code)]) };
            if (OptionPlacement.Of(message).Length <= room) break;
        }
        return message;
    }
}
