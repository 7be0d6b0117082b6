using System.Globalization;

namespace Sextant.Lab;

/// <summary>One QEMU machine: its command line, and its power switch.</summary>
public static class VirtualMachine
{
    /// <summary>Size of the disk in bytes (10 GB, sparse).</summary>
    public const long DiskSize = 10_000_000_000;

    /// <summary>
    /// All that QEMU can emulate, less what it emulates badly. cmpxchg16b: version 7.2 sets its flags wrongly, and the memory allocator of Linux 6.12 panics on them now and
    /// then. AES: slower than the ChaCha20 that TLS takes without it. Fast short string moves: octet by octet, and the kernel would clear its pages by them. Five levels of
    /// page tables: one more to walk. Measured against qemu64 by the emulator's own time: a TLS handshake takes half of it, TLS traffic six tenths.
    /// </summary>
    private const string Processor = "max,-cx16,-aes,-pclmulqdq,-erms,-fsrm,-la57";

    private static readonly TimeSpan QuitPatience = TimeSpan.FromSeconds(5);

    /// <summary>
    /// QEMU's command line for a machine. It always tries the network first and its disk second, as Sextant wants the machines of a rack set up: what
    /// it is to do is the bootstrapper's decision at each power-on.
    /// </summary>
    public static IReadOnlyList<string> Arguments(RackMachine machine, int memoryMegabytes, MachineFolder folder)
    {
        var text = new List<string>
        {
            "qemu-system-x86_64",
            "-name", machine.Hostname,
            "-nodefaults",
            // graphics=off sends SeaBIOS and the iPXE option ROM to the serial port as well.
            "-machine", "q35,graphics=off",
            // Software emulation everywhere, so that the rack behaves alike on every host.
            "-accel", "tcg,thread=multi",
            "-cpu", Processor,
            "-smp", "1",
            "-m", memoryMegabytes.ToString(CultureInfo.InvariantCulture),
            "-rtc", "base=utc",
            "-netdev", Cable(machine, folder),
            "-device", NetworkCard(machine),
            "-drive", $"if=none,id=disk0,file={Quoted(folder.Disk)},format=raw,cache=unsafe,discard=unmap",
            "-device", "virtio-blk-pci,drive=disk0,bootindex=2",
            "-object", "rng-random,id=rng0,filename=/dev/urandom",
            "-device", "virtio-rng-pci,rng=rng0",
            "-chardev", $"socket,id=console0,path={Quoted(folder.ConsoleSocket)},server=on,wait=off,logfile={Quoted(folder.ConsoleLog)},logappend=on",
            "-serial", "chardev:console0",
            "-qmp", $"unix:{Quoted(folder.MonitorSocket)},server=on,wait=off",
            "-display", "none",
        };
        // Server boards go through their boot list again when nothing booted; SeaBIOS stops there unless told (milliseconds).
        if (machine.Firmware == MachineFirmware.Bios) text.AddRange(["-boot", "reboot-timeout=5000"]);
        if (machine.Firmware == MachineFirmware.Uefi)
        {
            text.AddRange(["-drive", $"if=pflash,format=raw,readonly=on,file={Prerequisites.UefiCode}"]);
            text.AddRange(["-drive", $"if=pflash,format=raw,file={Quoted(folder.UefiVariables)}"]);
            // There is no IPv6 in a rack, and the firmware would wait for an answer for more than a minute at every start before it tries HTTP and the disk.
            text.AddRange(["-fw_cfg", "name=opt/org.tianocore/IPv6PXESupport,string=n"]);
        }
        return text;
    }

    /// <summary>Makes the machine's files where they are missing: the disk, and for UEFI its variables. What a machine wrote survives its power switch.</summary>
    public static void Assemble(RackMachine machine, MachineFolder folder)
    {
        Directory.CreateDirectory(folder.Root);
        if (!File.Exists(folder.Disk))
        {
            using var disk = new FileStream(folder.Disk, FileMode.CreateNew);
            disk.SetLength(DiskSize);
        }
        if (machine.Firmware == MachineFirmware.Uefi && !File.Exists(folder.UefiVariables)) File.Copy(Prerequisites.UefiVariables, folder.UefiVariables);
    }

    /// <summary>Powers the machine on inside the namespace; answers when its monitor does.</summary>
    /// <exception cref="LabException">QEMU ended at once; the message has its last words.</exception>
    public static async Task<ProcessIdentity> StartAsync(
        RackMachine machine, int memoryMegabytes, MachineFolder folder, NetworkNamespace network, CancellationToken cancellation = default)
    {
        Assemble(machine, folder);
        File.Delete(folder.MonitorSocket);
        File.Delete(folder.CardSocket);
        var process = await LabCommandLine.StartDetachedAsync(network.Wrap(Arguments(machine, memoryMegabytes, folder)), folder.EmulatorLog, cancellation);
        while (!File.Exists(folder.MonitorSocket))
        {
            if (await process.HasEndedAsync(TimeSpan.FromMilliseconds(25), cancellation))
                throw new LabException($"QEMU of {machine.Hostname} ended at once:{Environment.NewLine}{LogTail.Read(folder.EmulatorLog, 20)}");
        }
        return process;
    }

    /// <summary>Pulls the plug: the operating system inside notices nothing. Does nothing when the machine is off.</summary>
    public static async Task PowerOffAsync(RackMachine machine, MachineFolder folder, CancellationToken cancellation = default)
    {
        if (machine.Emulator is not { } process || !process.IsAlive()) return;
        try
        {
            using var monitor = await Qmp.ConnectAsync(folder.MonitorSocket, cancellation);
            await monitor.ExecuteAsync("quit", cancellation);
        }
        catch (LabException)
        {
            // A monitor that hangs or closes early leaves the process itself, which is ended below.
        }
        if (!await process.HasEndedAsync(QuitPatience, cancellation)) await process.KillAsync(cancellation);
    }

    /// <summary>Presses the reset button.</summary>
    /// <exception cref="LabException">The machine is off.</exception>
    public static Task ResetAsync(RackMachine machine, MachineFolder folder, CancellationToken cancellation = default) => TellAsync(machine, folder, "system_reset", cancellation);

    /// <summary>Presses the power button.</summary>
    /// <exception cref="LabException">The machine is off.</exception>
    public static Task PressButtonAsync(RackMachine machine, MachineFolder folder, CancellationToken cancellation = default) => TellAsync(machine, folder, "system_powerdown", cancellation);

    private static async Task TellAsync(RackMachine machine, MachineFolder folder, string command, CancellationToken cancellation)
    {
        if (machine.Emulator is not { } process || !process.IsAlive()) throw new LabException($"{machine.Hostname} is off; power it on first.");
        using var monitor = await Qmp.ConnectAsync(folder.MonitorSocket, cancellation);
        await monitor.ExecuteAsync(command, cancellation);
    }

    private static string Cable(RackMachine machine, MachineFolder folder) => machine.HasFaultyCable
        ? $"dgram,id=net0,local.type=unix,local.path={Quoted(folder.CardSocket)},remote.type=unix,remote.path={Quoted(folder.SwitchSocket)}"
        : $"tap,id=net0,ifname={machine.Tap},script=no,downscript=no";

    // BIOS: QEMU's iPXE option ROM. UEFI: an empty romfile takes it away, so that OVMF's own PXE client speaks, as on real boards.
    private static string NetworkCard(RackMachine machine) => machine.Firmware switch
    {
        MachineFirmware.Bios => $"virtio-net-pci,netdev=net0,mac={machine.Mac},bootindex=1",
        MachineFirmware.Uefi => $"virtio-net-pci,netdev=net0,mac={machine.Mac},bootindex=1,romfile=",
        _ => throw new ArgumentOutOfRangeException(nameof(machine)),
    };

    // QEMU's option lists separate by comma; a comma in a value is doubled.
    private static string Quoted(string value) => value.Replace(",", ",,", StringComparison.Ordinal);
}
