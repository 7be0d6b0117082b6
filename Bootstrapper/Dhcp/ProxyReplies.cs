using Sextant.Dhcp.Wire;
using Sextant.Planning;
using Sextant.Primitives;

namespace Sextant.Dhcp;

/// <summary>
/// Writes a proxy's replies: those of a server that has nothing to say but what to boot. yiaddr is 0.0.0.0 in all of them, by which clients tell a proxy
/// from a server (EDK2, PxeBcParseDhcp4Packet; iPXE, dhcp_discovery_rx).
/// </summary>
internal static class ProxyReplies
{
    /// <summary>PXE_BOOT_ITEM (PXE 2.1 §2.4.1): which kind of boot server is asked for, and which layer of it.</summary>
    private const byte BootItem = 71;

    /// <summary>The layer's bit that asks for signed credentials, which there are none of.</summary>
    private const byte CredentialsBit = 0x80;

    private const int BootItemLength = 4;

    /// <summary>
    /// OFFER. BIOS gets its file at once. UEFI gets no option 43, with which some of it would look for a menu, but asks port 4011 for its file, which is what
    /// all of it can do (EDK2 calls such an offer BINL). iPXE takes a file at once, and then does not ask port 4011.
    /// </summary>
    public static (DhcpPacket Message, ReplyTo To) Offer(DhcpRequest request, BootNetwork network)
    {
        var boot = BootFields.For(request, network);
        var message = IsUefi(request)
            ? Reply(request, network, DhcpMessageType.Offer, boot with { File = "", Options = [] }, [])
            : Reply(request, network, DhcpMessageType.Offer, boot, Of(boot, OptionCode.VendorSpecific));
        // There is no address yet to send to, and a relay must not send to yiaddr either.
        return (message, request.IsRelayed ? new ReplyTo.Relay(request.Packet.RelayAddress, request.RelayPort) : new ReplyTo.Everyone());
    }

    /// <summary>
    /// ACK of the boot service. A boot item that the client names is given back to it, or it would not recognise its answer; BIOS without one is told to boot the
    /// file; UEFI gets no option 43.
    /// </summary>
    public static DhcpPacket BootAck(DhcpRequest request, BootNetwork network)
    {
        var boot = BootFields.For(request, network);
        if (request.Packet.Options.ReadSub(OptionCode.VendorSpecific, BootItem, out var asked) is OptionRead.Present && asked.Length == BootItemLength)
        {
            var item = asked.Span;
            byte[] echo = [BootItem, BootItemLength, item[0], item[1], (byte)(item[2] & ~CredentialsBit), item[3], (byte)OptionCode.End];
            return Reply(request, network, DhcpMessageType.Ack, boot, [new DhcpOption(OptionCode.VendorSpecific, echo)]);
        }
        return Reply(request, network, DhcpMessageType.Ack, boot, IsUefi(request) ? [] : Of(boot, OptionCode.VendorSpecific));
    }

    private static bool IsUefi(DhcpRequest request) => request.Client is BootClient.Pxe { Firmware.IsBios: false };

    private static DhcpPacket Reply(
        DhcpRequest request, BootNetwork network, DhcpMessageType type, BootFields boot, IEnumerable<DhcpOption> vendorSpecific)
    {
        var packet = request.Packet;
        var isOffer = type is DhcpMessageType.Offer;
        List<DhcpOption> options =
        [
            DhcpOption.Of(OptionCode.MessageType, (byte)type),
            DhcpOption.Of(OptionCode.ServerIdentifier, network.ServerAddress),
            // Whatever the client is, this is what makes the reply one about booting.
            DhcpOption.Of(OptionCode.VendorClass, request.Client is BootClient.HttpBoot ? "HTTPClient" : "PXEClient"),
            .. vendorSpecific,
            .. Of(boot, OptionCode.BootFileName),
            .. Of(boot, OptionCode.TftpServerName),
            .. DhcpReplies.Echoes(packet),
        ];
        var message = new DhcpPacket
        {
            Op = BootOp.Reply,
            TransactionId = packet.TransactionId,
            Flags = isOffer ? (ushort)(packet.Flags | DhcpPacket.BroadcastFlag) : packet.Flags,
            ClientAddress = isOffer ? Ipv4Address.Any : packet.ClientAddress,
            NextServer = boot.NextServer,
            RelayAddress = packet.RelayAddress,
            HardwareAddress = packet.HardwareAddress,
            File = boot.File,
            Options = new DhcpOptions(options),
        };
        return DhcpReplies.Fitted(message, packet);
    }

    private static IEnumerable<DhcpOption> Of(BootFields boot, OptionCode code) => boot.Options.Where(option => option.Code == code);
}
