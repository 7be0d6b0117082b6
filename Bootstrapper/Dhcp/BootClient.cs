using System.Globalization;
using Sextant.Dhcp.Wire;
using Sextant.Planning;
using Sextant.Primitives;

namespace Sextant.Dhcp;

/// <summary>
/// The program that speaks on the machine's behalf, distilled from options 60 (vendor class), 77 (user class), 93 (architecture) and 175 (iPXE). A
/// machine is several of them on its way: firmware, then iPXE, then its operating system.
/// </summary>
public abstract record BootClient
{
    /// <summary>iPXE's feature code for HTTP in option 175 (iPXE, features.h).</summary>
    public const byte IpxeHttpFeature = 0x13;

    /// <summary>
    /// iPXE's feature code for menus in option 175. Our scripts have none; but a build with them is of 2012 or later and knows the commands that ours have.
    /// </summary>
    public const byte IpxeMenuFeature = 0x27;

    private const string PxeClass = "PXEClient", HttpClass = "HTTPClient", UBootClass = "U-Boot", IpxeUserClass = "iPXE";

    private BootClient() { }

    /// <summary>Who it is, in words: <c>UEFI x64</c>, <c>iPXE</c>, <c>operating system</c>.</summary>
    public abstract string Name { get; }

    /// <summary>An operating system, or anything else that does not boot: it wants an address and nothing more.</summary>
    public sealed record OperatingSystem : BootClient
    {
        /// <inheritdoc/>
        public override string Name => "operating system";
    }

    /// <summary>Firmware that boots by PXE.</summary>
    public sealed record Pxe(Firmware Firmware) : BootClient
    {
        /// <inheritdoc/>
        public override string Name => Firmware.Name;
    }

    /// <summary>Firmware that boots by UEFI HTTP Boot.</summary>
    public sealed record HttpBoot(Firmware Firmware) : BootClient
    {
        /// <inheritdoc/>
        public override string Name => Firmware.Name;
    }

    /// <summary>iPXE.</summary>
    /// <param name="RunsScripts">
    /// False when it lists its features and HTTP or menus are not among them: a network card's ROM that must fetch our build first.
    /// </param>
    /// <param name="Firmware">What it runs on; null when it does not say, or is not in the table.</param>
    public sealed record Ipxe(bool RunsScripts, Firmware? Firmware) : BootClient
    {
        /// <inheritdoc/>
        public override string Name => "iPXE";
    }

    /// <summary>U-Boot: it reads a configuration file of pxelinux's form by its MAC address.</summary>
    public sealed record UBoot(Firmware Firmware) : BootClient
    {
        /// <inheritdoc/>
        public override string Name => Firmware.Name;
    }

    /// <summary>The boot ROM of a Raspberry Pi: it calls itself a BIOS and fetches files of fixed names.</summary>
    public sealed record RaspberryPi(Firmware Firmware) : BootClient
    {
        /// <inheritdoc/>
        public override string Name => Firmware.Name;
    }

    /// <summary>Firmware of an architecture there is no loader for.</summary>
    /// <param name="Architecture">Its code; null when it does not say.</param>
    public sealed record Unsupported(ushort? Architecture) : BootClient
    {
        /// <inheritdoc/>
        public override string Name => Architecture is { } code ? "firmware of architecture " + code.ToString(CultureInfo.InvariantCulture) : "firmware";
    }

    /// <summary>Distils the facts. Options that are malformed count as absent: firmware that cannot spell still deserves an address.</summary>
    /// <param name="options">The client's options.</param>
    /// <param name="mac">Its hardware address: a Raspberry Pi is known by nothing else.</param>
    public static BootClient Of(DhcpOptions options, MacAddress mac)
    {
        options.Read(OptionCode.VendorClass, out string vendorClass);
        var architectures = ArchitecturesOf(options, vendorClass);
        var byTftp = Firmware.Find(architectures, LoaderTransport.Tftp);
        ushort? first = architectures.Count > 0 ? architectures[0] : null;
        if (IsIpxe(options)) return new Ipxe(IsWholeIpxe(options), byTftp);
        if (vendorClass.StartsWith(HttpClass, StringComparison.Ordinal))
            return Firmware.Find(architectures, LoaderTransport.Http) is { } http ? new HttpBoot(http) : new Unsupported(first);
        if (byTftp == Firmware.UBoot || vendorClass.StartsWith(UBootClass, StringComparison.Ordinal)) return new UBoot(Firmware.UBoot);
        if (!vendorClass.StartsWith(PxeClass, StringComparison.Ordinal)) return new OperatingSystem();
        if (byTftp is null) return new Unsupported(first);
        return byTftp == Firmware.RaspberryPi || (byTftp.IsBios && RaspberryPiHardware.Contains(mac)) ? new RaspberryPi(Firmware.RaspberryPi) : new Pxe(byTftp);
    }

    /// <summary>Option 93, a list in order of preference; else what the vendor class <c>PXEClient:Arch:xxxxx:UNDI:yyyzzz</c> says (PXE 2.1 §2.2.3).</summary>
    private static IReadOnlyList<ushort> ArchitecturesOf(DhcpOptions options, string vendorClass)
    {
        if (options.Read(OptionCode.ClientArchitecture, out IReadOnlyList<ushort> listed) is OptionRead.Present) return listed;
        var parts = vendorClass.Split(':');
        return parts.Length >= 3 && parts[1] == "Arch"
            && ushort.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var code) ? [code] : [];
    }

    /// <summary>Option 77 is a list of length-prefixed classes by RFC 3004 §4, and the bare word in what iPXE sends.</summary>
    private static bool IsIpxe(DhcpOptions options)
    {
        if (!options.TryGet(OptionCode.UserClass, out var value)) return false;
        var rest = value.Span;
        if (DhcpOptions.TextOf(rest) == IpxeUserClass) return true;
        while (!rest.IsEmpty && rest.Length >= 1 + rest[0])
        {
            if (DhcpOptions.TextOf(rest.Slice(1, rest[0])) == IpxeUserClass) return true;
            rest = rest[(1 + rest[0])..];
        }
        return false;
    }

    /// <summary>Without a list of features it is taken for a whole one; a list that is there has to have both.</summary>
    private static bool IsWholeIpxe(DhcpOptions options) =>
        !options.Has(OptionCode.IpxeEncapsulated) || (Offers(options, IpxeHttpFeature) && Offers(options, IpxeMenuFeature));

    private static bool Offers(DhcpOptions options, byte feature) => options.ReadSub(OptionCode.IpxeEncapsulated, feature, out var version) switch
    {
        OptionRead.Present => version.Length > 0 && version.Span[0] != 0,
        OptionRead.Malformed => true,
        OptionRead.Absent => false,
        _ => throw new InvalidOperationException("a new answer of OptionRead"),
    };
}
