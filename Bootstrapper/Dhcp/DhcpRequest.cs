using System.Diagnostics.CodeAnalysis;
using Sextant.Dhcp.Wire;
using Sextant.Primitives;

namespace Sextant.Dhcp;

/// <summary>A client's message that is fit to be decided on: from an Ethernet machine, its key options well-formed.</summary>
public sealed record DhcpRequest
{
    private DhcpRequest() { }

    /// <summary>The message.</summary>
    public required DhcpPacket Packet { get; init; }

    /// <summary>The machine.</summary>
    public required MacAddress Mac { get; init; }

    /// <summary>Option 53; null for BOOTP.</summary>
    public required DhcpMessageType? Type { get; init; }

    /// <summary>Option 54; null when absent.</summary>
    public required Ipv4Address? ServerIdentifier { get; init; }

    /// <summary>Option 50; null when absent.</summary>
    public required Ipv4Address? RequestedAddress { get; init; }

    /// <summary>The address whose subnet the client is on: 82.5 (RFC 3527), else 118 (RFC 3011), else giaddr; null for our own link.</summary>
    public required Ipv4Address? Link { get; init; }

    /// <summary>Who speaks for the machine.</summary>
    public required BootClient Client { get; init; }

    /// <summary>True unless the message was sent to our own address; a relay's unicast counts as the broadcast it passes on.</summary>
    public required bool WasBroadcast { get; init; }

    /// <summary>True when a relay passed it on.</summary>
    public bool IsRelayed => !Packet.RelayAddress.IsAny;

    /// <summary>Reads the facts of a message.</summary>
    /// <param name="packet">The message.</param>
    /// <param name="arrivedByBroadcast">Whether the datagram was addressed to 255.255.255.255 or the subnet's broadcast address.</param>
    /// <param name="request">The facts.</param>
    /// <param name="refusal">Why there are none.</param>
    public static bool TryRead(DhcpPacket packet, bool arrivedByBroadcast, [NotNullWhen(true)] out DhcpRequest? request, out DhcpRefusal refusal)
    {
        request = null;
        refusal = DhcpRefusal.MalformedOption;
        if (packet.Op is not BootOp.Request) return Fail(DhcpRefusal.NotARequest, out refusal);
        if (packet.Mac is not { } mac) return Fail(DhcpRefusal.NotEthernet, out refusal);
        if (mac.IsZero || mac.IsMulticast) return Fail(DhcpRefusal.BadHardwareAddress, out refusal);
        var hasType = packet.Options.Read(out DhcpMessageType type);
        if (hasType is OptionRead.Malformed) return false;
        if (hasType is OptionRead.Present && type is DhcpMessageType.Offer or DhcpMessageType.Ack or DhcpMessageType.Nak)
            return Fail(DhcpRefusal.NotAClientMessage, out refusal);
        if (!TryReadAddress(packet, OptionCode.ServerIdentifier, out var server)) return false;
        if (!TryReadAddress(packet, OptionCode.RequestedAddress, out var wish)) return false;
        if (!TryReadLink(packet, out var link)) return false;
        request = new DhcpRequest
        {
            Packet = packet,
            Mac = mac,
            Type = hasType is OptionRead.Present ? type : null,
            ServerIdentifier = server,
            RequestedAddress = wish,
            Link = link,
            Client = BootClient.Of(packet.Options, mac),
            WasBroadcast = arrivedByBroadcast || !packet.RelayAddress.IsAny,
        };
        return true;
    }

    private static bool TryReadLink(DhcpPacket packet, out Ipv4Address? link)
    {
        const byte linkSelection = 5;
        link = null;
        if (!packet.RelayAddress.IsAny)
        {
            var selected = packet.Options.ReadSub(OptionCode.RelayAgentInformation, linkSelection, out var octets);
            if (selected is OptionRead.Malformed || (selected is OptionRead.Present && octets.Length != Ipv4Address.Length)) return false;
            if (selected is OptionRead.Present) link = Ipv4Address.FromOctets(octets.Span);
        }
        if (link is null && !TryReadAddress(packet, OptionCode.SubnetSelection, out link)) return false;
        if (link is null && !packet.RelayAddress.IsAny) link = packet.RelayAddress;
        return true;
    }

    private static bool TryReadAddress(DhcpPacket packet, OptionCode code, out Ipv4Address? address)
    {
        var read = packet.Options.Read(code, out Ipv4Address value);
        address = read is OptionRead.Present ? value : null;
        return read is not OptionRead.Malformed;
    }

    private static bool Fail(DhcpRefusal why, out DhcpRefusal refusal)
    {
        refusal = why;
        return false;
    }
}
