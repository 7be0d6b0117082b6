using System.Collections.Immutable;

namespace Sextant.Cluster;

/// <summary>Which way a machine goes from its firmware to its kernel.</summary>
public enum BootChain
{
    /// <summary>iPXE, which no firmware with Secure Boot starts.</summary>
    Ipxe,
    /// <summary>The distribution's shim and GRUB, which firmware with Secure Boot trusts. A machine whose firmware knows no Secure Boot goes by iPXE.</summary>
    SecureBoot,
}

/// <summary>A family of firmware: what decides which boot loader runs on a machine.</summary>
public enum FirmwareKind
{
    /// <summary>PC BIOS.</summary>
    Bios,
    /// <summary>UEFI on 64-bit x86.</summary>
    UefiX64,
    /// <summary>UEFI on 32-bit x86.</summary>
    UefiIa32,
    /// <summary>UEFI on 64-bit ARM.</summary>
    UefiArm64,
    /// <summary>UEFI on 32-bit ARM.</summary>
    UefiArm32,
    /// <summary>UEFI on 64-bit RISC-V.</summary>
    UefiRiscv64,
    /// <summary>UEFI on 64-bit LoongArch.</summary>
    UefiLoongarch64,
    /// <summary>U-Boot that boots by configuration files of pxelinux's form.</summary>
    UBoot,
    /// <summary>The boot ROM of a Raspberry Pi.</summary>
    RaspberryPi,
}

/// <summary>How the machines of a site boot, where the file says something of it.</summary>
/// <param name="Chain">The way of every machine without its own.</param>
/// <param name="Loaders">Boot loaders that stand in for the firmware table's: files of the asset folder, by firmware.</param>
public sealed record BootDescription(BootChain Chain, ImmutableSortedDictionary<FirmwareKind, string> Loaders)
{
    /// <summary>By the firmware table.</summary>
    public static BootDescription Default { get; } = new(BootChain.Ipxe, ImmutableSortedDictionary<FirmwareKind, string>.Empty);
}

/// <summary>How one machine boots, where the file says something of it.</summary>
/// <param name="Chain">Its way; null for the site's.</param>
/// <param name="Loader">Its boot loader, a file of the asset folder, whatever its firmware is; null for that of its way.</param>
public sealed record NodeBootDescription(BootChain? Chain, string? Loader)
{
    /// <summary>As the site.</summary>
    public static NodeBootDescription Default { get; } = new(null, null);
}
