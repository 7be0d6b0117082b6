using Sextant.Primitives;

namespace Sextant.Dhcp;

/// <summary>How Raspberry Pis are told from PCs, and what their boot ROM has to be told.</summary>
internal static class RaspberryPiHardware
{
    /// <summary>The address blocks of their makers (IEEE MA-L): Raspberry Pi Foundation and Raspberry Pi (Trading) Ltd.</summary>
    private static readonly HashSet<int> Blocks = [0xb827eb, 0xdca632, 0xe45f01, 0x28cdc1, 0xd83add, 0x2ccf67];

    /// <summary>
    /// Option 43 (PXE 2.1 §2.4): no discovery of other servers (6), the menu's prompt (10), and its one item (9), whose name the ROM looks for. The spaces at
    /// the name's end are for the ROM of the Pi 3B, which looks for as many letters as were in its makers' own trace.
    /// </summary>
    public static readonly byte[] BootMenu = [6, 1, 3, 10, 4, 0, .. "PXE"u8, 9, 23, 0, 0, 20, .. "Raspberry Pi Boot   "u8, 255];

    /// <summary>True when the address is of one of them.</summary>
    public static bool Contains(MacAddress mac)
    {
        Span<byte> octets = stackalloc byte[MacAddress.Length];
        mac.CopyTo(octets);
        return Blocks.Contains(octets[0] << 16 | octets[1] << 8 | octets[2]);
    }
}
