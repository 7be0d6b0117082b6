using System.Text.Json.Serialization;

namespace Sextant.Lab;

/// <summary>What a virtual machine starts from.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<MachineFirmware>))]
public enum MachineFirmware
{
    /// <summary>SeaBIOS with iPXE as the network card's option ROM.</summary>
    Bios,
    /// <summary>OVMF with its own PXE client.</summary>
    Uefi,
    /// <summary>OVMF with its own HTTP Boot client and no PXE client.</summary>
    HttpBoot,
    /// <summary>OVMF with Secure Boot enforced, by Microsoft's keys, as server boards are delivered.</summary>
    SecureBoot,
    /// <summary>AAVMF, the same firmware on 64-bit ARM.</summary>
    Arm64,
}

/// <summary>Which firmware the machines of a rack get.</summary>
public enum FirmwareChoice
{
    /// <summary>All BIOS.</summary>
    Bios,
    /// <summary>All UEFI.</summary>
    Uefi,
    /// <summary>UEFI, BIOS, UEFI, … in the order of the description.</summary>
    Mixed,
    /// <summary>All UEFI with HTTP Boot.</summary>
    HttpBoot,
    /// <summary>All UEFI with Secure Boot.</summary>
    SecureBoot,
    /// <summary>All UEFI on 64-bit ARM.</summary>
    Arm64,
}

/// <summary>Hands firmware to machines.</summary>
public static class FirmwareAssignment
{
    /// <summary>The choices as people write them.</summary>
    public static readonly IReadOnlyDictionary<string, FirmwareChoice> Words = new Dictionary<string, FirmwareChoice>(StringComparer.Ordinal)
    {
        ["bios"] = FirmwareChoice.Bios,
        ["uefi"] = FirmwareChoice.Uefi,
        ["mixed"] = FirmwareChoice.Mixed,
        ["http-boot"] = FirmwareChoice.HttpBoot,
        ["secure-boot"] = FirmwareChoice.SecureBoot,
        ["arm64"] = FirmwareChoice.Arm64,
    };

    /// <summary>The firmware of the machine at <paramref name="index"/> (0-based, in the order of the description).</summary>
    public static MachineFirmware Of(FirmwareChoice choice, int index) => choice switch
    {
        FirmwareChoice.Bios => MachineFirmware.Bios,
        FirmwareChoice.Uefi => MachineFirmware.Uefi,
        FirmwareChoice.Mixed => index % 2 == 0 ? MachineFirmware.Uefi : MachineFirmware.Bios,
        FirmwareChoice.HttpBoot => MachineFirmware.HttpBoot,
        FirmwareChoice.SecureBoot => MachineFirmware.SecureBoot,
        FirmwareChoice.Arm64 => MachineFirmware.Arm64,
        _ => throw new ArgumentOutOfRangeException(nameof(choice)),
    };
}
