using Sextant.Dhcp;
using Sextant.Dhcp.Wire;
using Sextant.Lifecycle;
using Sextant.Primitives;

namespace Sextant.Tests.Dhcp;

/// <summary>What clients say, as their firmware says it; and short ways to the decision about it.</summary>
internal static class Says
{
    public static readonly DhcpOption[] UefiPxe =
    [
        DhcpOption.Of(OptionCode.MaximumMessageSize, (ushort)1472), DhcpOption.Of(OptionCode.ClientArchitecture, (ushort)7),
        DhcpOption.Of(OptionCode.VendorClass, "PXEClient:Arch:00007:UNDI:003016"),
        new(OptionCode.ClientMachineIdentifier, new byte[17]),
    ];

    public static readonly DhcpOption[] Ipxe =
    [
        DhcpOption.Of(OptionCode.UserClass, "iPXE"), DhcpOption.Of(OptionCode.ClientArchitecture, (ushort)7),
        DhcpOption.Of(OptionCode.VendorClass, "PXEClient:Arch:00007:UNDI:003010"),
        new(OptionCode.IpxeEncapsulated, new byte[] { 0x13, 1, 1, 0x27, 1, 1 }), new(OptionCode.ClientIdentifier, new byte[] { 1, 0x52, 0x54, 0, 0, 0, 1 }),
    ];

    public static readonly DhcpOption[] Systemd = [new(OptionCode.ClientIdentifier, new byte[] { 255, 1, 2, 3, 4, 0, 2, 0, 0, 0xab, 0x11 })];

    public static DhcpPacket Discover(MacAddress mac, params DhcpOption[] more) => Message(mac, DhcpMessageType.Discover, more);

    public static DhcpPacket Selecting(MacAddress mac, Ipv4Address address, Ipv4Address server, params DhcpOption[] more) => Message(
        mac, DhcpMessageType.Request, [DhcpOption.Of(OptionCode.ServerIdentifier, server), DhcpOption.Of(OptionCode.RequestedAddress, address), .. more]);

    public static DhcpPacket InitReboot(MacAddress mac, Ipv4Address address) =>
        Message(mac, DhcpMessageType.Request, [DhcpOption.Of(OptionCode.RequestedAddress, address)]);

    public static DhcpPacket Extend(MacAddress mac, Ipv4Address address) => Message(mac, DhcpMessageType.Request, [], client: address);

    public static DhcpPacket Decline(MacAddress mac, Ipv4Address address, Ipv4Address server) => Message(
        mac, DhcpMessageType.Decline, [DhcpOption.Of(OptionCode.ServerIdentifier, server), DhcpOption.Of(OptionCode.RequestedAddress, address)]);

    public static DhcpPacket Release(MacAddress mac, Ipv4Address address, Ipv4Address server) =>
        Message(mac, DhcpMessageType.Release, [DhcpOption.Of(OptionCode.ServerIdentifier, server)], client: address);

    public static DhcpPacket Inform(MacAddress mac, Ipv4Address address) => Message(mac, DhcpMessageType.Inform, [], client: address);

    public static DhcpPacket Message(
        MacAddress mac, DhcpMessageType? type, IEnumerable<DhcpOption> options, Ipv4Address client = default, Ipv4Address relay = default, ushort flags = 0)
    {
        var hardware = new byte[16];
        mac.CopyTo(hardware);
        return new DhcpPacket
        {
            Op = BootOp.Request,
            TransactionId = 0x12345678,
            Flags = flags,
            ClientAddress = client,
            RelayAddress = relay,
            HardwareAddress = hardware,
            Options = new DhcpOptions(type is { } known ? [DhcpOption.Of(OptionCode.MessageType, (byte)known), .. options] : [.. options]),
        };
    }

    /// <summary>The decision about a message of a machine that may be installed; the lease table then has what it changed.</summary>
    public static DhcpOutcome To(this DhcpPacket packet, LeaseTable leases, DateTimeOffset now, bool broadcast = true, BootDecision? boot = null)
    {
        if (!DhcpRequest.TryRead(packet, broadcast, out var request, out var refusal)) return new DhcpOutcome.Silence(refusal);
        var outcome = DhcpDecision.Decide(request, leases, null, boot ?? new BootDecision.Install(1), now);
        var changes = outcome switch
        {
            DhcpOutcome.Answer answer => answer.Changes,
            DhcpOutcome.Accept accept => accept.Changes,
            DhcpOutcome.Silence silence => silence.Changes,
            _ => [],
        };
        foreach (var change in changes) leases.Apply(change);
        return outcome;
    }

    /// <summary>An outcome in one line, for tables: <c>ACK 10.0.0.11</c>, <c>NAK WrongAddress</c>, <c>silent UnknownClient</c>, <c>noted</c>.</summary>
    public static string InWords(this DhcpOutcome outcome) => outcome switch
    {
        DhcpOutcome.Answer answer => $"{(answer.Message.Options.Read(out DhcpMessageType type) is OptionRead.Present ? type.ToString().ToUpperInvariant() : "BOOTREPLY")} {answer.Message.YourAddress}",
        DhcpOutcome.Refuse refuse => $"NAK {refuse.Reason}",
        DhcpOutcome.Accept => "noted",
        DhcpOutcome.Silence silence => $"silent {silence.Reason}",
        _ => throw new ArgumentOutOfRangeException(nameof(outcome)),
    };
}
