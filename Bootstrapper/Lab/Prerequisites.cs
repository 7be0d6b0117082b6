namespace Sextant.Lab;

/// <summary>What the rack needs of the host, and which Debian package brings it.</summary>
public static class Prerequisites
{
    private const string TunDevice = "/dev/net/tun";

    /// <summary>What is missing for a rack with these firmwares, in words; null when nothing is.</summary>
    /// <param name="firmwares">The firmwares in use.</param>
    /// <param name="isOnPath">Whether a program is on the search path.</param>
    /// <param name="exists">Whether a file exists.</param>
    public static string? Missing(IEnumerable<MachineFirmware> firmwares, Func<string, bool> isOnPath, Func<string, bool> exists)
    {
        var boards = firmwares.Distinct().Select(MachineBoard.Of).ToList();
        var flashes = boards.Select(board => board.Flash).OfType<FirmwareFlash>().Distinct().ToList();
        var roms = boards.Select(board => board.OptionRom).OfType<string>().Distinct().ToList();
        IEnumerable<(bool Present, string What, string Package)> needs =
        [
            .. boards.Select(board => (board.Emulator, board.EmulatorPackage)).Distinct().Select(program => (isOnPath(program.Emulator), program.Emulator, program.EmulatorPackage)),
            (isOnPath("ip"), "ip", "iproute2"),
            (isOnPath("setsid"), "setsid", "util-linux"),
            (isOnPath("setpriv"), "setpriv", "util-linux"),
            .. roms.Select(rom => (exists(rom), rom, "ipxe-qemu")),
            .. flashes.Select(flash => (exists(flash.Code) && exists(flash.Variables), flash.Code, flash.Package)),
        ];
        var missing = needs.Where(need => !need.Present).ToList();
        if (missing.Count > 0)
        {
            return $"the virtual rack needs {string.Join(", ", missing.Select(need => need.What))}; install with: "
                + $"apt-get install -y {string.Join(' ', missing.Select(need => need.Package).Distinct())}";
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
