using System.Globalization;

namespace Sextant.Lab;

/// <summary>One QEMU machine: its command line, and its power switch.</summary>
public static class VirtualMachine
{
    /// <summary>Size of the disk in bytes (10 GB, sparse).</summary>
    public const long DiskSize = 10_000_000_000;

    private static readonly TimeSpan QuitPatience = TimeSpan.FromSeconds(5);

    /// <summary>
    /// QEMU's command line for a machine. It always tries the network first and its disk second, as Sextant wants the machines of a rack set up: what
    /// it is to do is the bootstrapper's decision at each power-on.
    /// </summary>
    public static IReadOnlyList<string> Arguments(RackMachine machine, MachineSize size, MachineFolder folder)
    {
        var board = MachineBoard.Of(machine.Firmware);
        var text = new List<string>
        {
            board.Emulator,
            "-name", machine.Hostname,
            "-nodefaults",
            "-machine", board.Board,
            // Software emulation everywhere, so that the rack behaves alike on every host.
            "-accel", string.Create(CultureInfo.InvariantCulture, $"tcg,thread=multi,tb-size={TranslationStore(size.MemoryMegabytes)}"),
            "-cpu", board.Processor,
            "-smp", size.Processors.ToString(CultureInfo.InvariantCulture),
            "-m", size.MemoryMegabytes.ToString(CultureInfo.InvariantCulture),
            "-rtc", "base=utc",
            "-netdev", Cable(machine, folder),
            // An empty romfile takes QEMU's iPXE away, so that the firmware's own client speaks, as on real boards.
            "-device", $"virtio-net-pci,netdev=net0,mac={machine.Mac},bootindex=1{(board.OptionRom is null ? ",romfile=" : "")}",
            "-drive", $"if=none,id=disk0,file={Quoted(folder.Disk)},format=raw,cache=unsafe,discard=unmap",
            "-device", "virtio-blk-pci,drive=disk0,bootindex=2",
            "-object", "rng-random,id=rng0,filename=/dev/urandom",
            "-device", "virtio-rng-pci,rng=rng0",
            "-chardev", $"socket,id=console0,path={Quoted(folder.ConsoleSocket)},server=on,wait=off,logfile={Quoted(folder.ConsoleLog)},logappend=on",
            "-serial", "chardev:console0",
            "-qmp", $"unix:{Quoted(folder.MonitorSocket)},server=on,wait=off",
            "-display", "none",
        };
        text.AddRange(board.More);
        if (board.Flash is { } flash)
        {
            text.AddRange(["-drive", $"if=pflash,format=raw,readonly=on,file={flash.Code}"]);
            text.AddRange(["-drive", $"if=pflash,format=raw,file={Quoted(folder.UefiVariables)}"]);
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
        if (MachineBoard.Of(machine.Firmware).Flash is { } flash && !File.Exists(folder.UefiVariables)) File.Copy(flash.Variables, folder.UefiVariables);
    }

    /// <summary>Powers the machine on inside the namespace; answers when its monitor does.</summary>
    /// <exception cref="LabException">QEMU ended at once; the message has its last words.</exception>
    public static async Task<ProcessIdentity> StartAsync(
        RackMachine machine, MachineSize size, MachineFolder folder, NetworkNamespace network, CancellationToken cancellation = default)
    {
        Assemble(machine, folder);
        File.Delete(folder.MonitorSocket);
        File.Delete(folder.CardSocket);
        var process = await LabCommandLine.StartDetachedAsync(network.Wrap(Arguments(machine, size, folder)), folder.EmulatorLog, cancellation);
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

    // QEMU's option lists separate by comma; a comma in a value is doubled.
    private static string Quoted(string value) => value.Replace(",", ",,", StringComparison.Ordinal);

    /// <summary>
    /// The store of translated code, in MiB. It is emptied when it is full and never otherwise, and what was translated before a restart makes every later write beside it slow:
    /// after an installation GRUB took a minute over the kernel, and takes 13 s with a store of 192 MiB. Machines with much memory run large programs: a Kubernetes master filled and
    /// emptied a store of that size 49 times in twenty minutes.
    /// </summary>
    private static int TranslationStore(int memoryMegabytes) => Math.Max(192, memoryMegabytes * 3 / 16);
}
