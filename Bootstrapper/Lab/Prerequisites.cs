namespace Sextant.Lab;

/// <summary>What the rack needs of the host, and which Debian package brings it.</summary>
public static class Prerequisites
{
    /// <summary>OVMF's code, mapped read-only by every UEFI machine.</summary>
    public const string UefiCode = "/usr/share/OVMF/OVMF_CODE_4M.fd";

    /// <summary>OVMF's variables as they are on a new machine.</summary>
    public const string UefiVariables = "/usr/share/OVMF/OVMF_VARS_4M.fd";

    private const string OptionRom = "/usr/lib/ipxe/qemu/efi-virtio.rom";
    private const string TunDevice = "/dev/net/tun";

    /// <summary>What is missing for a rack with these firmwares, in words; null when nothing is.</summary>
    /// <param name="firmwares">The firmwares in use.</param>
    /// <param name="isOnPath">Whether a program is on the search path.</param>
    /// <param name="exists">Whether a file exists.</param>
    public static string? Missing(IEnumerable<MachineFirmware> firmwares, Func<string, bool> isOnPath, Func<string, bool> exists)
    {
        var used = firmwares.ToHashSet();
        (bool Needed, bool Present, string What, string Package)[] needs =
        [
            (true, isOnPath("qemu-system-x86_64"), "qemu-system-x86_64", "qemu-system-x86"),
            (true, isOnPath("ip"), "ip", "iproute2"),
            (true, isOnPath("setsid") && isOnPath("setpriv"), "setsid and setpriv", "util-linux"),
            (used.Contains(MachineFirmware.Bios), exists(OptionRom), OptionRom, "ipxe-qemu"),
            (used.Contains(MachineFirmware.Uefi), exists(UefiCode) && exists(UefiVariables), UefiCode, "ovmf"),
        ];
        var missing = needs.Where(need => need.Needed && !need.Present).ToList();
        if (missing.Count > 0)
        {
            return $"the virtual rack needs {string.Join(", ", missing.Select(need => need.What))}; install with: "
                + $"apt-get install -y {string.Join(' ', missing.Select(need => need.Package))}";
        }
        return exists(TunDevice) ? null : $"the virtual rack needs {TunDevice}; load the kernel's module with: modprobe tun";
    }

    /// <summary>Checks this host.</summary>
    /// <exception cref="LabException">Something is missing, or the user is not root.</exception>
    public static void Check(IEnumerable<MachineFirmware> firmwares)
    {
        if (Missing(firmwares, LabCommandLine.IsOnPath, File.Exists) is { } missing) throw new LabException(missing);
        if (!Environment.IsPrivilegedProcess)
            throw new LabException("the virtual rack makes a network namespace and needs root for it; run it with sudo.");
    }
}
