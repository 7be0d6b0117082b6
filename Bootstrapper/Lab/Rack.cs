using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Sextant.Primitives;

namespace Sextant.Lab;

/// <summary>
/// The virtual rack: a switch (<see cref="NetworkNamespace"/>), the bootstrapper on it, and machines (<see cref="VirtualMachine"/>) with a power switch
/// each. Nothing of it lives in this process: all state is in the folder, and any later command finds it there.
/// </summary>
/// <param name="folder">Where the rack lies.</param>
/// <param name="time">The clock.</param>
public sealed class Rack(RackFolder folder, TimeProvider time) : IPowerSwitches
{
    private static readonly TimeSpan ReadinessPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ForwarderPatience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);
    private readonly RackStateFile file = new(folder);

    /// <summary>What the process of the management controllers prints when they answer.</summary>
    public const string ControllersReady = "the management controllers answer";

    /// <summary>Where the rack lies.</summary>
    public RackFolder Folder => folder;

    /// <summary>True when there is a rack in the folder, whole or half made.</summary>
    public bool Exists => file.Exists;

    /// <summary>What the rack is now.</summary>
    /// <exception cref="LabException">There is none.</exception>
    public RackState State => file.Read() ?? throw file.NoRack();

    /// <summary>Makes the switch, starts the bootstrapper on it and waits until it serves; the machines stay off.</summary>
    /// <exception cref="LabException">It cannot be made; what was made until then is for <see cref="TakeDownAsync"/>.</exception>
    public async Task BuildAsync(RackState plan, CancellationToken cancellation = default)
    {
        CheckIsFree(plan);
        file.Create(plan);
        var network = new NetworkNamespace(plan.Namespace);
        await network.CreateAsync(plan.Bridge, plan.Address, plan.PrefixLength, plan.Machines.Select(machine => machine.Tap), cancellation);
        if (plan.Faults is not null) await StartRelayAsync(plan, cancellation);
        if (plan is { ControllerPort: { } port, CopiedFrom: { } original })
        {
            await File.WriteAllTextAsync(folder.Description, RackDescription.With(await File.ReadAllTextAsync(original, cancellation), folder, port), cancellation);
            await StartControllersAsync(plan, cancellation);
        }
        await StartBootstrapperAsync(cancellation);
        await StartForwarderAsync(plan, cancellation);
    }

    /// <summary>Starts the bootstrapper and waits until it serves; does nothing when it runs.</summary>
    /// <exception cref="LabException">It ended, or did not serve within a minute; the message has its last words.</exception>
    public async Task StartBootstrapperAsync(CancellationToken cancellation = default)
    {
        var state = State;
        if (state.Bootstrapper?.IsAlive() == true) return;
        foreach (var own in (string[])[folder.BootstrapperState, folder.BootstrapperRun]) await ServiceAccount.GiveAsync(own, cancellation);
        File.Delete(folder.HttpSocket);
        var readsAsRoot = !await ServiceAccount.CanReadAsync(state.Reads, cancellation);
        var command = ServiceAccount.Wrap(ServeCommand(state, folder), readsAsRoot ? [ServiceAccount.ReadEverything] : Array.Empty<string>());
        var process = await LabCommandLine.StartDetachedAsync(new NetworkNamespace(state.Namespace).Wrap(command), folder.BootstrapperLog, cancellation);
        file.Update(now => now with { Bootstrapper = process, ReadsAsRoot = readsAsRoot });
        using var client = new StatusClient(folder.HttpSocket);
        var deadline = time.GetUtcNow() + ReadinessPatience;
        while (!await client.IsReadyAsync(cancellation))
        {
            if (!process.IsAlive()) throw new LabException($"the bootstrapper ended; its last words:{Environment.NewLine}{LogTail.Read(folder.BootstrapperLog, 20)}");
            if (time.GetUtcNow() > deadline)
                throw new LabException($"the bootstrapper does not serve after a minute; its last words:{Environment.NewLine}{LogTail.Read(folder.BootstrapperLog, 20)}");
            await Task.Delay(Poll, time, cancellation);
        }
    }

    /// <summary>Asks the bootstrapper to end (SIGTERM), and ends it after 15 seconds; does nothing when it does not run.</summary>
    public async Task StopBootstrapperAsync(CancellationToken cancellation = default)
    {
        if (State.Bootstrapper is { } process) await process.StopAsync(StopPatience, cancellation);
        file.Update(state => state with { Bootstrapper = null });
    }

    /// <summary>Ends the bootstrapper as a power cut would (SIGKILL); does nothing when it does not run.</summary>
    public async Task KillBootstrapperAsync(CancellationToken cancellation = default)
    {
        if (State.Bootstrapper is { } process) await process.KillAsync(cancellation);
        file.Update(state => state with { Bootstrapper = null });
    }

    /// <summary>Powers a machine on; does nothing when it is.</summary>
    public async Task PowerOnAsync(MacAddress mac, CancellationToken cancellation = default)
    {
        var state = State;
        var machine = Machine(state, mac);
        if (machine.Emulator?.IsAlive() == true) return;
        var process = await VirtualMachine.StartAsync(
            machine, state.Size, folder.Machine(machine.Hostname), new NetworkNamespace(state.Namespace), cancellation);
        file.Update(now => now.With(machine with { Emulator = process, PoweredOnAt = time.GetUtcNow(), ButtonPressed = false, NetworkBootOnce = false }));
    }

    /// <summary>Pulls a machine's plug; does nothing when it is off.</summary>
    public async Task PowerOffAsync(MacAddress mac, CancellationToken cancellation = default)
    {
        var machine = Machine(State, mac);
        await VirtualMachine.PowerOffAsync(machine, folder.Machine(machine.Hostname), cancellation);
        file.Update(now => now.With(machine with { Emulator = null, PoweredOnAt = null }));
    }

    /// <summary>Presses a machine's reset button.</summary>
    /// <exception cref="LabException">It is off.</exception>
    public Task ResetAsync(MacAddress mac, CancellationToken cancellation = default)
    {
        var machine = Machine(State, mac);
        return VirtualMachine.ResetAsync(machine, folder.Machine(machine.Hostname), cancellation);
    }

    /// <summary>Presses a machine's power button, for its operating system to shut down.</summary>
    /// <exception cref="LabException">It is off.</exception>
    public async Task PressButtonAsync(MacAddress mac, CancellationToken cancellation = default)
    {
        var machine = Machine(State, mac);
        file.Update(now => now.With(machine with { ButtonPressed = true }));
        await VirtualMachine.PressButtonAsync(machine, folder.Machine(machine.Hostname), cancellation);
    }

    RackMachine? IPowerSwitches.Find(string hostname) => State.Machines.FirstOrDefault(machine => machine.Hostname == hostname);

    bool IPowerSwitches.IsOn(RackMachine machine) => machine.Emulator?.IsAlive() is true;

    Task IPowerSwitches.PowerOnAsync(RackMachine machine, CancellationToken cancellation) => PowerOnAsync(machine.Mac, cancellation);

    Task IPowerSwitches.PowerOffAsync(RackMachine machine, CancellationToken cancellation) => PowerOffAsync(machine.Mac, cancellation);

    Task IPowerSwitches.ResetAsync(RackMachine machine, CancellationToken cancellation) => ResetAsync(machine.Mac, cancellation);

    Task IPowerSwitches.PressButtonAsync(RackMachine machine, CancellationToken cancellation) => PressButtonAsync(machine.Mac, cancellation);

    Task IPowerSwitches.BootFromNetworkAsync(RackMachine machine, CancellationToken cancellation)
    {
        file.Update(now => now.With(Machine(now, machine.Mac) with { NetworkBootOnce = true }));
        return Task.CompletedTask;
    }

    /// <summary>One look at everything.</summary>
    public async Task<RackObservation> LookAsync(StatusClient client, CancellationToken cancellation = default)
    {
        var state = State;
        var nodes = await client.NodesAsync(cancellation);
        return new RackObservation(time.GetUtcNow(), state.Bootstrapper?.IsAlive() == true, nodes, state.Machines.ToDictionary(
            machine => machine.Mac,
            machine => machine.Emulator is null ? MachinePower.Off : machine.Emulator.IsAlive() ? MachinePower.On : machine.ButtonPressed ? MachinePower.Off : MachinePower.Crashed));
    }

    /// <summary>
    /// Removes everything: machines, bootstrapper, forwarder, relay, namespace, folder. Works on a half-made rack, and again after it failed halfway:
    /// <c>rack.json</c>, which says what there is, goes last.
    /// </summary>
    /// <param name="keepFolder">Leaves logs, disks and the bootstrapper's state behind, in the folder renamed with the time of day.</param>
    /// <param name="cancellation">Stops halfway.</param>
    /// <returns>What became of it.</returns>
    public async Task<TakenDown> TakeDownAsync(bool keepFolder, CancellationToken cancellation = default)
    {
        if (file.Read() is not { } state) return new TakenDown.Nothing();
        foreach (var machine in state.Machines) await VirtualMachine.PowerOffAsync(machine, folder.Machine(machine.Hostname), cancellation);
        if (state.Bootstrapper is { } bootstrapper) await bootstrapper.StopAsync(StopPatience, cancellation);
        if (state.Forwarder is { } forwarder) await forwarder.StopAsync(StopPatience, cancellation);
        if (state.Relay is { } relay) await relay.StopAsync(StopPatience, cancellation);
        if (state.Controllers is { } controllers) await controllers.StopAsync(StopPatience, cancellation);
        await new NetworkNamespace(state.Namespace).DeleteAsync(cancellation);
        if (keepFolder)
        {
            var kept = string.Create(CultureInfo.InvariantCulture, $"{folder.Root}-{time.GetUtcNow():yyyyMMdd'T'HHmmss.fff'Z'}");
            Directory.Move(folder.Root, kept);
            return new TakenDown.Kept(kept);
        }
        foreach (var machine in Directory.EnumerateDirectories(folder.Root)) Directory.Delete(machine, recursive: true);
        foreach (var other in Directory.EnumerateFiles(folder.Root).Where(path => path != folder.StateFile)) File.Delete(other);
        Directory.Delete(folder.Root, recursive: true);
        return new TakenDown.Removed();
    }

    /// <summary>The bootstrapper's command line.</summary>
    public static IReadOnlyList<string> ServeCommand(RackState state, RackFolder folder) =>
    [
        .. state.Program, "serve", state.DescriptionFile, "--state", folder.BootstrapperState,
        .. state.AssetFolder is null ? Array.Empty<string>() : ["--assets", state.AssetFolder],
        "--listen-unix", folder.HttpSocket,
    ];

    /// <summary>The command line that runs this very program: the executable itself, or the host with the program's assembly.</summary>
    public static IReadOnlyList<string> ThisProgram()
    {
        var path = Environment.ProcessPath ?? throw new LabException("the path of this program is not known on this host.");
        return Path.GetFileNameWithoutExtension(path) == "dotnet" ? [path, Path.Combine(AppContext.BaseDirectory, "sextant.dll")] : [path];
    }

    private void CheckIsFree(RackState plan)
    {
        if (Exists) throw new LabException($"there is a rack in {folder.Root} already; take it down with 'sextant lab down', or start over with --fresh.");
        if (Directory.Exists(folder.Root) && Directory.EnumerateFileSystemEntries(folder.Root).Any())
            throw new LabException($"{folder.Root} holds files and is no rack; choose another --dir.");
        if (new NetworkNamespace(plan.Namespace).Exists)
            throw new LabException($"the network namespace {plan.Namespace} belongs to another rack or to a lost one; choose another --name, or remove it: ip netns delete {plan.Namespace}");
        using var probe = new TcpListener(IPAddress.Loopback, plan.Port);
        try
        {
            probe.Start();
        }
        catch (SocketException exception)
        {
            throw new LabException($"port {plan.Port} of 127.0.0.1 cannot be opened ({exception.Message}); choose another --port.");
        }
    }

    private async Task StartRelayAsync(RackState plan, CancellationToken cancellation)
    {
        var process = await LabCommandLine.StartDetachedAsync(
            new NetworkNamespace(plan.Namespace).Wrap([.. plan.Program, "lab", "relay", "--dir", folder.Root]), folder.RelayLog, cancellation);
        file.Update(state => state with { Relay = process });
        var deadline = time.GetUtcNow() + ForwarderPatience;
        while (!plan.Machines.All(machine => File.Exists(folder.Machine(machine.Hostname).SwitchSocket)))
        {
            if (!process.IsAlive() || time.GetUtcNow() > deadline)
                throw new LabException($"the relay of the cables did not start:{Environment.NewLine}{LogTail.Read(folder.RelayLog, 20)}");
            await Task.Delay(Poll, time, cancellation);
        }
    }

    private async Task StartControllersAsync(RackState plan, CancellationToken cancellation)
    {
        await ServiceAccount.GiveAsync(folder.BootstrapperRun, cancellation);
        await using (var password = new FileStream(folder.ControllerPassword, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
            await password.WriteAsync(Encoding.ASCII.GetBytes(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)) + "\n"), cancellation);
        var process = await LabCommandLine.StartDetachedAsync([.. plan.Program, "lab", "controllers", "--dir", folder.Root], folder.ControllersLog, cancellation);
        file.Update(state => state with { Controllers = process });
        var deadline = time.GetUtcNow() + ForwarderPatience;
        while (!LogTail.Read(folder.ControllersLog, 20).Contains(ControllersReady, StringComparison.Ordinal))
        {
            if (!process.IsAlive() || time.GetUtcNow() > deadline)
                throw new LabException($"the management controllers did not start:{Environment.NewLine}{LogTail.Read(folder.ControllersLog, 20)}");
            await Task.Delay(Poll, time, cancellation);
        }
    }

    private async Task StartForwarderAsync(RackState plan, CancellationToken cancellation)
    {
        var process = await LabCommandLine.StartDetachedAsync(
            [.. plan.Program, "lab", "forward", "--port", $"{plan.Port}", "--namespace", plan.Namespace, "--to", $"{plan.Address}:{plan.HttpPort}"],
            folder.ForwarderLog, cancellation);
        file.Update(state => state with { Forwarder = process });
        var deadline = time.GetUtcNow() + ForwarderPatience;
        while (true)
        {
            using var probe = new TcpClient();
            try
            {
                await probe.ConnectAsync(IPAddress.Loopback, plan.Port, cancellation);
                return;
            }
            catch (SocketException) when (process.IsAlive() && time.GetUtcNow() < deadline)
            {
                await Task.Delay(Poll, time, cancellation);
            }
            catch (SocketException)
            {
                throw new LabException($"the forwarder did not open port {plan.Port}:{Environment.NewLine}{LogTail.Read(folder.ForwarderLog, 20)}");
            }
        }
    }

    private static RackMachine Machine(RackState state, MacAddress mac) =>
        state.Machines.FirstOrDefault(machine => machine.Mac == mac) ?? throw new LabException($"no machine {mac} in this rack.");
}

/// <summary>What became of a rack that was taken down.</summary>
public abstract record TakenDown
{
    private TakenDown() { }

    /// <summary>There was none.</summary>
    public sealed record Nothing : TakenDown;

    /// <summary>Nothing of it is left.</summary>
    public sealed record Removed : TakenDown;

    /// <summary>Only its files are left.</summary>
    /// <param name="Folder">Where they are now.</param>
    public sealed record Kept(string Folder) : TakenDown;
}
