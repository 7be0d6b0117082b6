using Sextant.Cluster;

namespace Sextant.Planning;

/// <summary>How firmware fetches its boot loader.</summary>
public enum LoaderTransport
{
    /// <summary>PXE: a file name and a TFTP server.</summary>
    Tftp,
    /// <summary>HTTP Boot: a URL.</summary>
    Http,
}

/// <summary>A kind of firmware this product knows: one row of the firmware table.</summary>
/// <param name="Kind">The family; the cluster description overrides loaders by it.</param>
/// <param name="Transport">How it fetches its loader.</param>
/// <param name="Architectures">Its codes in option 93 (RFC 5970 §3.3, IANA "Processor Architecture Types").</param>
/// <param name="Name">Its name for people.</param>
/// <param name="Loader">The boot loader it gets on the way of iPXE; null when there is none: then it gets one only where the cluster description names it.</param>
/// <param name="SecureBootLoader">The signed first stage it gets on the way of Secure Boot; null when its firmware knows no Secure Boot or nobody signs for it.</param>
public sealed record Firmware(
    FirmwareKind Kind, LoaderTransport Transport, IReadOnlyList<ushort> Architectures, string Name, string? Loader, string? SecureBootLoader)
{
    private const LoaderTransport Tftp = LoaderTransport.Tftp, Http = LoaderTransport.Http;

    /// <summary>
    /// Every kind, one row each; loaders are files of the asset folder. A client of any other architecture gets an address and no boot file.
    /// </summary>
    public static readonly IReadOnlyList<Firmware> Table =
    [
        new(FirmwareKind.Bios, Tftp, [0], "BIOS", "undionly.kpxe", null),
        // 9 is EFI byte code; the text of RFC 4578 swapped 7 and 9, so some firmware for x64 says 9.
        new(FirmwareKind.UefiX64, Tftp, [7, 9], "UEFI x64", "snponly.efi", "shimx64.efi"),
        new(FirmwareKind.UefiArm64, Tftp, [11], "UEFI arm64", "ipxe-arm64.efi", "shimaa64.efi"),
        new(FirmwareKind.UefiIa32, Tftp, [6], "UEFI ia32", null, null),
        new(FirmwareKind.UefiArm32, Tftp, [10], "UEFI arm32", null, null),
        new(FirmwareKind.UefiRiscv64, Tftp, [27], "UEFI riscv64", "ipxe-riscv64.efi", null),
        new(FirmwareKind.UefiLoongarch64, Tftp, [39], "UEFI loongarch64", "ipxe-loong64.efi", null),
        new(FirmwareKind.UefiX64, Http, [16, 17], "UEFI x64 HTTP", "snponly.efi", "shimx64.efi"),
        new(FirmwareKind.UefiArm64, Http, [19], "UEFI arm64 HTTP", "ipxe-arm64.efi", "shimaa64.efi"),
        new(FirmwareKind.UefiIa32, Http, [15], "UEFI ia32 HTTP", null, null),
        new(FirmwareKind.UefiArm32, Http, [18], "UEFI arm32 HTTP", null, null),
        new(FirmwareKind.UefiRiscv64, Http, [28], "UEFI riscv64 HTTP", "ipxe-riscv64.efi", null),
        new(FirmwareKind.UefiLoongarch64, Http, [40], "UEFI loongarch64 HTTP", "ipxe-loong64.efi", null),
        // These need no loader of ours: U-Boot reads pxelinux.cfg/01-MAC, a Raspberry Pi the files below its serial number.
        new(FirmwareKind.UBoot, Tftp, [21, 22], "U-Boot", null, null),
        new(FirmwareKind.RaspberryPi, Tftp, [41], "Raspberry Pi", null, null),
    ];

    /// <summary>The first of the architectures that is in the table for that transport; null when none is.</summary>
    public static Firmware? Find(IReadOnlyList<ushort> architectures, LoaderTransport transport)
    {
        foreach (var architecture in architectures)
            foreach (var firmware in Table)
                if (firmware.Transport == transport && firmware.Architectures.Contains(architecture)) return firmware;
        return null;
    }

    /// <summary>U-Boot.</summary>
    public static Firmware UBoot { get; } = Of(FirmwareKind.UBoot);

    /// <summary>The boot ROM of a Raspberry Pi.</summary>
    public static Firmware RaspberryPi { get; } = Of(FirmwareKind.RaspberryPi);

    /// <summary>Whether it says that it is a PC's BIOS, which a Raspberry Pi says too.</summary>
    public bool IsBios => Kind is FirmwareKind.Bios;

    /// <summary>The row of a family for TFTP.</summary>
    public static Firmware Of(FirmwareKind kind) => Table.First(firmware => firmware.Kind == kind && firmware.Transport == Tftp);

    /// <summary>The loader of a way; null when there is none.</summary>
    public string? LoaderOf(BootChain chain) => chain switch
    {
        BootChain.Ipxe => Loader,
        BootChain.SecureBoot => SecureBootLoader ?? Loader,
        _ => throw new ArgumentOutOfRangeException(nameof(chain)),
    };
}
