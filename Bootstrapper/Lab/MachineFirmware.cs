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
}

/// <summary>Hands firmware to machines.</summary>
public static class FirmwareAssignment
{
    /// <summary>The firmware of the machine at <paramref name="index"/> (0-based, in the order of the description).</summary>
    public static MachineFirmware Of(FirmwareChoice choice, int index) => choice switch
    {
        FirmwareChoice.Bios => MachineFirmware.Bios,
        FirmwareChoice.Uefi => MachineFirmware.Uefi,
        FirmwareChoice.Mixed => index % 2 == 0 ? MachineFirmware.Uefi : MachineFirmware.Bios,
        _ => throw new ArgumentOutOfRangeException(nameof(choice)),
    };
}
