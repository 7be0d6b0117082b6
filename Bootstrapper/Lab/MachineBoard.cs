namespace Sextant.Lab;

/// <summary>What differs between machines of different firmware: the emulator, the board, and the firmware's files on the host.</summary>
/// <param name="Emulator">The program.</param>
/// <param name="EmulatorPackage">The Debian package that has it.</param>
/// <param name="Board">QEMU's machine type with its options.</param>
/// <param name="Processor">Its processor.</param>
/// <param name="Flash">The firmware's code and variables; null for BIOS, which the emulator brings with it.</param>
/// <param name="OptionRom">What the network card has of its own; null when the firmware's client speaks.</param>
/// <param name="More">Further arguments.</param>
public sealed record MachineBoard(
    string Emulator, string EmulatorPackage, string Board, string Processor, FirmwareFlash? Flash, string? OptionRom, IReadOnlyList<string> More)
{
    private const string X86 = "qemu-system-x86_64", X86Package = "qemu-system-x86";

    // The plain 64-bit processor: what goes beyond it (AVX and its registers, fast string moves, AES) is slower to emulate than the code that programs run
    // without it; a machine is healthy sooner by a tenth than with "max". Without cmpxchg16b: version 7.2 sets its flags wrongly, and the memory allocator of
    // Linux 6.12 panics on them now and then.
    private const string X86Processor = "qemu64,-cx16";

    // graphics=off sends SeaBIOS and the iPXE option ROM to the serial port as well.
    private const string X86Board = "q35,graphics=off";

    // There is no IPv6 in a rack, and the firmware would wait for an answer for more than a minute at every start before it tries HTTP and the disk.
    private static readonly string[] NoIpv6 = ["-fw_cfg", "name=opt/org.tianocore/IPv6PXESupport,string=n"];

    /// <summary>The board of a firmware.</summary>
    public static MachineBoard Of(MachineFirmware firmware) => firmware switch
    {
        // Server boards go through their boot list again when nothing booted; SeaBIOS stops there unless told (milliseconds).
        MachineFirmware.Bios => new(X86, X86Package, X86Board, X86Processor, null, "/usr/lib/ipxe/qemu/efi-virtio.rom", ["-boot", "reboot-timeout=5000"]),
        MachineFirmware.Uefi => new(X86, X86Package, X86Board, X86Processor, FirmwareFlash.Ovmf, null, NoIpv6),
        MachineFirmware.HttpBoot => new(
            X86, X86Package, X86Board, X86Processor, FirmwareFlash.Ovmf, null, [.. NoIpv6, "-fw_cfg", "name=opt/org.tianocore/IPv4PXESupport,string=n"]),
        // The variables can be written in system management mode only, which is what makes them a lock.
        MachineFirmware.SecureBoot => new(
            X86, X86Package, X86Board + ",smm=on", X86Processor, FirmwareFlash.OvmfSecure, null,
            [.. NoIpv6, "-global", "driver=cfi.pflash01,property=secure,value=on", "-global", "ICH9-LPC.disable_s3=1"]),
        MachineFirmware.Arm64 => new("qemu-system-aarch64", "qemu-system-arm", "virt", "cortex-a57", FirmwareFlash.Aavmf, null, NoIpv6),
        _ => throw new ArgumentOutOfRangeException(nameof(firmware)),
    };
}

/// <summary>UEFI's files on the host.</summary>
/// <param name="Code">The code, mapped read-only by every machine.</param>
/// <param name="Variables">The variables as they are on a new machine.</param>
/// <param name="Package">The Debian package that has them.</param>
public sealed record FirmwareFlash(string Code, string Variables, string Package)
{
    /// <summary>OVMF without Secure Boot.</summary>
    public static readonly FirmwareFlash Ovmf = new("/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd", "ovmf");

    /// <summary>OVMF with Microsoft's keys in its variables and Secure Boot on.</summary>
    public static readonly FirmwareFlash OvmfSecure = new("/usr/share/OVMF/OVMF_CODE_4M.ms.fd", "/usr/share/OVMF/OVMF_VARS_4M.ms.fd", "ovmf");

    /// <summary>AAVMF.</summary>
    public static readonly FirmwareFlash Aavmf = new("/usr/share/AAVMF/AAVMF_CODE.fd", "/usr/share/AAVMF/AAVMF_VARS.fd", "qemu-efi-aarch64");
}
