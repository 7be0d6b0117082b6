namespace Sextant.Dhcp;

/// <summary>How firmware fetches its boot loader.</summary>
public enum LoaderTransport
{
    /// <summary>PXE: a file name and a TFTP server.</summary>
    Tftp,
    /// <summary>UEFI HTTP Boot: a URL.</summary>
    Http,
}

/// <summary>A kind of firmware this product can boot.</summary>
/// <param name="Architecture">Its code in option 93 (RFC 5970 §3.3, IANA "Processor Architecture Types").</param>
/// <param name="Name">Its name for people.</param>
/// <param name="Loader">The boot loader it gets: iPXE, built for it.</param>
/// <param name="Transport">How it fetches that.</param>
public sealed record Firmware(ushort Architecture, string Name, string Loader, LoaderTransport Transport)
{
    /// <summary>Every kind, one row each. A client of any other architecture gets an address and no boot file.</summary>
    public static readonly IReadOnlyList<Firmware> Table =
    [
        new(0, "BIOS", "undionly.kpxe", LoaderTransport.Tftp),
        new(7, "UEFI x64", "snponly.efi", LoaderTransport.Tftp),
        // 9 is EFI byte code; the text of RFC 4578 swapped 7 and 9, so some firmware for x64 says 9.
        new(9, "UEFI x64", "snponly.efi", LoaderTransport.Tftp),
        new(16, "UEFI x64 HTTP", "snponly.efi", LoaderTransport.Http),
    ];

    /// <summary>The first of the architectures that is in the table for that transport; null when none is.</summary>
    public static Firmware? Find(IReadOnlyList<ushort> architectures, LoaderTransport transport)
    {
        foreach (var architecture in architectures)
            foreach (var firmware in Table)
                if (firmware.Architecture == architecture && firmware.Transport == transport) return firmware;
        return null;
    }
}
