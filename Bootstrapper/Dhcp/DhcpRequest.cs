using System.Diagnostics.CodeAnalysis;
using Sextant.Dhcp.Wire;
using Sextant.Primitives;

namespace Sextant.Dhcp;

/// <summary>A client's message that is fit to be decided on: from an Ethernet machine, its key options well-formed.</summary>
public sealed record DhcpRequest
{
    /// <summary>Sub-options of option 82: RFC 3527 §3, RFC 5010 §4, RFC 5107 §4, RFC 8357 §4.1.</summary>
    private const byte LinkSelectionCode = 5, RelayFlagsCode = 10, ServerIdentifierOverrideCode = 11, RelayPortCode = 19;

    private const ushort ServerPort = 67;

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

    /// <summary>82.11 (RFC 5107 §4): the address the relay wants the client to take for the server's; null when it wants none.</summary>
    public required Ipv4Address? ServerIdentifierOverride { get; init; }

    /// <summary>The UDP port on which the relay waits for the answer: 67, or the one it sent from when it says so by 82.19 (RFC 8357).</summary>
    public required ushort RelayPort { get; init; }

    /// <summary>Who speaks for the machine.</summary>
    public required BootClient Client { get; init; }

    /// <summary>
    /// True unless the message was sent to our own address. A relay's unicast counts as the broadcast it passes on, unless the relay says that the client
    /// sent it by unicast (82.10, RFC 5010 §4).
    /// </summary>
    /// <summary>What the machine calls itself: option 81, else option 12; empty when it says nothing that can be read.</summary>
    public string ClientName => ClientNames.Of(Packet.Options);

    /// <summary>True unless the message was sent to our own address; a relay's unicast counts as the broadcast it passes on.</summary>
    public required bool WasBroadcast { get; init; }

    /// <summary>Whether a server identifier is this server's: its own address, or the one the relay has the client use instead (RFC 5107 §4).</summary>
    /// <param name="server">Option 54.</param>
    /// <param name="own">Our address.</param>
    public bool IsOurs(Ipv4Address server, Ipv4Address own) => server == own || server == ServerIdentifierOverride;

    /// <summary>True when a relay passed it on.</summary>
    public bool IsRelayed => !Packet.RelayAddress.IsAny;

    /// <summary>Reads the facts of a message.</summary>
    /// <param name="packet">The message.</param>
    /// <param name="arrivedByBroadcast">Whether the datagram was addressed to 255.255.255.255 or the subnet's broadcast address.</param>
    /// <param name="request">The facts.</param>
    /// <param name="refusal">Why there are none.</param>
    /// <param name="sourcePort">The UDP port it was sent from.</param>
    public static bool TryRead(
        DhcpPacket packet, bool arrivedByBroadcast, [NotNullWhen(true)] out DhcpRequest? request, out DhcpRefusal refusal, ushort sourcePort = ServerPort)
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
        if (!TryReadAgentAddress(packet, ServerIdentifierOverrideCode, out var instead)) return false;
        request = new DhcpRequest
        {
            Packet = packet,
            Mac = mac,
            Type = hasType is OptionRead.Present ? type : null,
            ServerIdentifier = server,
            RequestedAddress = wish,
            Link = link,
            ServerIdentifierOverride = instead,
            RelayPort = packet.Options.ReadSub(OptionCode.RelayAgentInformation, RelayPortCode, out _) is OptionRead.Present ? sourcePort : ServerPort,
            Client = BootClient.Of(packet.Options, mac),
            WasBroadcast = packet.RelayAddress.IsAny ? arrivedByBroadcast : !WasUnicastToRelay(packet),
        };
        return true;
    }

    private static bool TryReadLink(DhcpPacket packet, out Ipv4Address? link)
    {
        if (!TryReadAgentAddress(packet, LinkSelectionCode, out link)) return false;
        if (link is null && !TryReadAddress(packet, OptionCode.SubnetSelection, out link)) return false;
        if (link is null && !packet.RelayAddress.IsAny) link = packet.RelayAddress;
        return true;
    }

    /// <summary>A sub-option of option 82 that is an address; what a client without a relay writes there is nothing.</summary>
    private static bool TryReadAgentAddress(DhcpPacket packet, byte code, out Ipv4Address? address)
    {
        address = null;
        if (packet.RelayAddress.IsAny) return true;
        var read = packet.Options.ReadSub(OptionCode.RelayAgentInformation, code, out var octets);
        if (read is OptionRead.Malformed || (read is OptionRead.Present && octets.Length != Ipv4Address.Length)) return false;
        if (read is OptionRead.Present) address = Ipv4Address.FromOctets(octets.Span);
        return true;
    }

    private static bool WasUnicastToRelay(DhcpPacket packet) =>
        packet.Options.ReadSub(OptionCode.RelayAgentInformation, RelayFlagsCode, out var flags) is OptionRead.Present && flags.Length == 1 && (flags.Span[0] & 0x80) != 0;

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
