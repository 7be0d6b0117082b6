using Sextant.Dhcp.Wire;
using Sextant.Planning;
using Sextant.Primitives;

namespace Sextant.Dhcp;

/// <summary>What a reply says about booting: by who asks, the firmware table, and what the cluster description says in its place.</summary>
/// <param name="NextServer">The field siaddr.</param>
/// <param name="File">The field file; empty when it is too short for the name.</param>
/// <param name="Options">The options.</param>
internal sealed record BootFields(Ipv4Address NextServer, string File, IReadOnlyList<DhcpOption> Options)
{
    /// <summary>
    /// PXE_DISCOVERY_CONTROL 8: boot the file of this offer and look for no boot servers (PXE 2.1 §2.4.1). Without it EDK2 asks port 4011.
    /// </summary>
    private static readonly byte[] BootTheFileGiven = [6, 1, 8, 255];

    /// <summary>iPXE's no-pxedhcp: do not wait for a proxy's offer; saves three seconds.</summary>
    private static readonly DhcpOption NoProxy = new(OptionCode.IpxeEncapsulated, new byte[] { 0xb0, 1, 1 });

    private static readonly BootFields None = new(Ipv4Address.Any, "", []);

    /// <summary>Those of the reply to a message.</summary>
    public static BootFields For(DhcpRequest request, BootNetwork network) => request.Client switch
    {
        BootClient.OperatingSystem or BootClient.Unsupported => None,
        BootClient.Pxe pxe => network.Loaders.For(request.Mac, pxe.Firmware) is { } loader ? Pxe(network, loader) : None,
        // Without "HTTPClient" EDK2 takes the reply for a plain one and has nothing to boot. The host is a number: a name would need a resolver in this very reply.
        BootClient.HttpBoot http => network.Loaders.For(request.Mac, http.Firmware) is { } loader
            ? Url(network, $"{network.HttpBase}/assets/{loader}", DhcpOption.Of(OptionCode.VendorClass, "HTTPClient"))
            : None,
        // Without a name U-Boot asks for one made of its address, gets an ERROR, and goes on to its configuration file.
        BootClient.UBoot uboot => new(network.ServerAddress, network.Loaders.For(request.Mac, uboot.Firmware) ?? "", [TftpServer(network)]),
        BootClient.RaspberryPi => new(network.ServerAddress, "",
            [DhcpOption.Of(OptionCode.VendorClass, "PXEClient"), new(OptionCode.VendorSpecific, RaspberryPiHardware.BootMenu), TftpServer(network)]),
        BootClient.Ipxe { RunsScripts: false, Firmware: { } firmware } when network.Loaders.For(request.Mac, firmware) is { } loader =>
            Url(network, $"tftp://{network.ServerAddress}/{loader}", NoProxy),
        BootClient.Ipxe => Url(network, $"{network.HttpBase}/boot/{request.Mac.ToHyphenString()}/script.ipxe", NoProxy),
        _ => throw new InvalidOperationException($"{request.Client.GetType().Name} is a new client"),
    };

    /// <summary>True for a client that asks for something to boot, and there is nothing for its firmware.</summary>
    public static bool AreMissing(DhcpRequest request, BootNetwork network) => request.Client is not BootClient.OperatingSystem && For(request, network) == None;

    /// <summary>EDK2 takes the server from siaddr; other firmware from option 66; PXE wants text closed by NUL.</summary>
    private static BootFields Pxe(BootNetwork network, string loader) => new(network.ServerAddress, loader,
    [
        DhcpOption.Of(OptionCode.VendorClass, "PXEClient"),
        new(OptionCode.VendorSpecific, BootTheFileGiven),
        DhcpOption.Of(OptionCode.BootFileName, loader + '\0'),
        DhcpOption.Of(OptionCode.TftpServerName, network.ServerAddress + "\0"),
    ]);

    /// <summary>As a Raspberry Pi reads it: a dotted quad, and a NUL would be a part of it.</summary>
    private static DhcpOption TftpServer(BootNetwork network) => DhcpOption.Of(OptionCode.TftpServerName, network.ServerAddress.ToString());

    private static BootFields Url(BootNetwork network, string url, DhcpOption mark) =>
        new(network.ServerAddress, url.Length <= DhcpPacket.FileLimit ? url : "", [mark, DhcpOption.Of(OptionCode.BootFileName, url)]);
}
