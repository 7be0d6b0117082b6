using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Sextant.Lab;

namespace Sextant.Cli;

/// <summary><c>sextant lab</c>: the virtual rack. <c>up</c> has a file of its own; the verbs here work on a rack that is up.</summary>
public static class LabCommand
{
    /// <summary>The verb with all its sub-verbs.</summary>
    public static Command Create() => new("lab", "A virtual rack: QEMU machines and a bootstrapper on a network of their own, on this host.")
    {
        LabUpCommand.Create(), Status(), Attach(), Power(), Bootstrapper(), Down(), Forward(), Relay(), Controllers(),
    };

    /// <summary>The option every sub-verb has.</summary>
    internal static Option<string> DirectoryOption() => new("--dir")
    {
        Description = "The folder of the rack.",
        DefaultValueFactory = _ => RackFolder.DefaultRoot,
    };

    /// <summary>Runs a sub-verb; an operator's fault is printed to the error output and becomes exit code 1.</summary>
    internal static async Task<int> RunAsync(ParseResult parsed, Func<Task<int>> verb)
    {
        try
        {
            return await verb();
        }
        catch (LabException exception)
        {
            await parsed.InvocationConfiguration.Error.WriteLineAsync($"sextant lab: {exception.Message}");
            return 1;
        }
    }

    /// <summary>The rack of a folder.</summary>
    internal static Rack Rack(string directory) => new(new RackFolder(directory), TimeProvider.System);

    private static Command Status()
    {
        var directory = DirectoryOption();
        var json = new Option<bool>("--json") { Description = "Print data for programs." };
        var command = new Command("status", "Show every machine of the rack. Exits 0 when all are healthy.") { directory, json };
        command.SetAction((parsed, cancellation) => RunAsync(parsed, async () =>
        {
            var rack = Rack(parsed.GetRequiredValue(directory));
            var state = rack.State;
            var progress = await new RackWatch(rack, TimeProvider.System).LookAsync(cancellation);
            var verdict = progress.Judge(TimeSpan.MaxValue);
            var output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json)) await output.WriteLineAsync(JsonSerializer.Serialize(RackText.Report(state, progress, verdict), RackJson.Default.RackReport));
            else Tables.Write(LabScreens.Table(state, progress), output);
            return verdict is RackVerdict.Healthy ? 0 : 1;
        }));
        return command;
    }

    private static Command Attach()
    {
        var directory = DirectoryOption();
        var node = NodeArgument();
        var log = new Option<bool>("--log") { Description = "Print what the console showed until now, and return." };
        var command = new Command("console", "Connect to a machine's serial console; Ctrl-] leaves it.") { node, directory, log };
        command.SetAction((parsed, cancellation) => RunAsync(parsed, async () =>
        {
            var rack = Rack(parsed.GetRequiredValue(directory));
            var files = rack.Folder.Machine(Find(rack, parsed.GetRequiredValue(node)).Hostname);
            if (!parsed.GetValue(log))
            {
                await MachineConsole.AttachAsync(files.ConsoleSocket, cancellation);
                return 0;
            }
            if (!File.Exists(files.ConsoleLog)) throw new LabException("the machine was never powered on.");
            await using var text = new FileStream(files.ConsoleLog, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            await using var output = Console.OpenStandardOutput();
            await text.CopyToAsync(output, cancellation);
            return 0;
        }));
        return command;
    }

    private static Command Power()
    {
        var directory = DirectoryOption();
        var node = NodeArgument();
        var action = new Argument<string>("action") { Description = "on, off (pulls the plug) or reset (the button)." };
        action.AcceptOnlyFromAmong("on", "off", "reset");
        var command = new Command("power", "Press a machine's power switch.") { node, action, directory };
        command.SetAction((parsed, cancellation) => RunAsync(parsed, async () =>
        {
            var rack = Rack(parsed.GetRequiredValue(directory));
            var mac = Find(rack, parsed.GetRequiredValue(node)).Mac;
            await (parsed.GetRequiredValue(action) switch
            {
                "on" => rack.PowerOnAsync(mac, cancellation),
                "off" => rack.PowerOffAsync(mac, cancellation),
                _ => rack.ResetAsync(mac, cancellation),
            });
            return 0;
        }));
        return command;
    }

    private static Command Bootstrapper()
    {
        var directory = DirectoryOption();
        var action = new Argument<string>("action") { Description = "start, stop (asks it to end) or kill (as a power cut would)." };
        action.AcceptOnlyFromAmong("start", "stop", "kill");
        var command = new Command("bootstrapper", "Start, stop or kill the rack's bootstrapper.") { action, directory };
        command.SetAction((parsed, cancellation) => RunAsync(parsed, async () =>
        {
            var rack = Rack(parsed.GetRequiredValue(directory));
            await (parsed.GetRequiredValue(action) switch
            {
                "start" => rack.StartBootstrapperAsync(cancellation),
                "stop" => rack.StopBootstrapperAsync(cancellation),
                _ => rack.KillBootstrapperAsync(cancellation),
            });
            return 0;
        }));
        return command;
    }

    private static Command Down()
    {
        var directory = DirectoryOption();
        var keep = new Option<bool>("--keep") { Description = "Keep logs, disks and the bootstrapper's state, in the folder renamed." };
        var command = new Command("down", "Remove the rack: machines, bootstrapper, network, files.") { directory, keep };
        command.SetAction((parsed, cancellation) => RunAsync(parsed, async () =>
        {
            var rack = Rack(parsed.GetRequiredValue(directory));
            await parsed.InvocationConfiguration.Output.WriteLineAsync(await rack.TakeDownAsync(parsed.GetValue(keep), cancellation) switch
            {
                TakenDown.Nothing => $"There is no rack in {rack.Folder.Root}.",
                TakenDown.Removed => $"The rack in {rack.Folder.Root} is gone.",
                TakenDown.Kept kept => $"The rack is down; its files are in {kept.Folder}.",
                _ => throw new InvalidOperationException("an unknown end of a rack"),
            });
            return 0;
        }));
        return command;
    }

    private static Command Forward()
    {
        var port = new Option<int>("--port") { Description = "The TCP port of 127.0.0.1.", Required = true };
        var space = new Option<string>("--namespace") { Description = "The rack's network namespace.", Required = true };
        var target = new Option<IPEndPoint>("--to")
        {
            Description = "The bootstrapper's address and HTTP port in it.",
            Required = true,
            CustomParser = EndPoint,
        };
        var command = new Command("forward", "Carry connections to 127.0.0.1 into the rack; started by 'up'.") { port, space, target };
        command.Hidden = true;
        command.SetAction((parsed, cancellation) => RunAsync(parsed, async () =>
        {
            var network = new NetworkNamespace(parsed.GetRequiredValue(space));
            using var forwarder = new HttpForwarder(
                parsed.GetRequiredValue(port), parsed.GetRequiredValue(target),
                createSocket: () => network.CreateSocket(SocketType.Stream, ProtocolType.Tcp), isWanted: () => network.Exists);
            try
            {
                forwarder.Start();
            }
            catch (SocketException exception)
            {
                throw new LabException($"port {parsed.GetRequiredValue(port)} of 127.0.0.1 cannot be opened: {exception.Message}.");
            }
            await forwarder.RunAsync(cancellation);
            return 0;
        }));
        return command;
    }

    private static Command Relay()
    {
        var directory = DirectoryOption();
        var command = new Command("relay", "Carry the frames of faulty cables, inside the rack's namespace; started by 'up'.") { directory };
        command.Hidden = true;
        command.SetAction((parsed, cancellation) => RunAsync(parsed, async () =>
        {
            var rack = Rack(parsed.GetRequiredValue(directory));
            await new LinkRelay(rack.State, rack.Folder, TimeProvider.System, parsed.InvocationConfiguration.Output).RunAsync(cancellation);
            return 0;
        }));
        return command;
    }

    private static Command Controllers()
    {
        var directory = DirectoryOption();
        var command = new Command("controllers", "Be the machines' management controllers; started by 'up'.") { directory };
        command.Hidden = true;
        command.SetAction((parsed, cancellation) => RunAsync(parsed, async () =>
        {
            await LabControllers.RunAsync(Rack(parsed.GetRequiredValue(directory)), parsed.InvocationConfiguration.Output, cancellation);
            return 0;
        }));
        return command;
    }

    private static IPEndPoint? EndPoint(ArgumentResult result)
    {
        if (IPEndPoint.TryParse(result.Tokens[0].Value, out var endPoint) && endPoint.Port != 0) return endPoint;
        result.AddError("--to is an address and a port such as 10.0.0.1:80.");
        return null;
    }

    private static Argument<string> NodeArgument() => new("node") { Description = "A machine: its host name or MAC address." };

    private static RackMachine Find(Rack rack, string name)
    {
        var state = rack.State;
        return state.Find(name)
            ?? throw new LabException($"no machine '{name}' in this rack; there are {string.Join(", ", state.Machines.Select(machine => machine.Hostname))}.");
    }
}
