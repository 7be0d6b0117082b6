using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;
using Sextant.Cluster;
using Sextant.Lab;
using Spectre.Console;

namespace Sextant.Cli;

/// <summary><c>sextant lab up</c>: from nothing to a cluster of healthy machines, in one command.</summary>
internal static class LabUpCommand
{
    private const string ExampleFile = "cluster-desc.example.yaml";
    private const int ConsoleLines = 20;

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var file = new Argument<string?>("file")
        {
            Description = $"The cluster description; {ExampleFile} when left out.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var directory = LabCommand.DirectoryOption();
        var name = new Option<string?>("--name") { Description = "The rack's name; the cluster's when left out. Its network namespace is sextant-NAME." };
        var nodes = new Option<int?>("--nodes") { Description = "Power on only the first so many machines of the description." };
        var firmware = new Option<FirmwareChoice>("--firmware")
        {
            Description = "bios, uefi, mixed (they take turns), http-boot, secure-boot, or arm64.",
            DefaultValueFactory = _ => FirmwareChoice.Mixed,
            CustomParser = Firmware,
        };
        firmware.CompletionSources.Add([.. FirmwareAssignment.Words.Keys]);
        var assets = new Option<string?>("--assets") { Description = "The asset folder; ./pxe-assets when it exists." };
        var memory = new Option<int>("--memory") { Description = "Memory of each machine in MiB.", DefaultValueFactory = _ => MachineSize.Default.MemoryMegabytes };
        var processors = new Option<int>("--processors") { Description = "Processors of each machine.", DefaultValueFactory = _ => MachineSize.Default.Processors };
        var timeout = new Option<TimeSpan>("--timeout")
        {
            Description = "How long it may take: 90s, 15m, 1h.",
            DefaultValueFactory = _ => TimeSpan.FromMinutes(15),
            CustomParser = Duration,
        };
        var port = new Option<int>("--port") { Description = "The port of 127.0.0.1 for the status page.", DefaultValueFactory = _ => 8080 };
        var faults = new Option<LinkFaults?>("--faults")
        {
            Description = "What is wrong with the machines' cables: loss=10,delay=100ms,duplicate=1,reorder=5,seed=7 (percent of frames, and time each way).",
            CustomParser = Faults,
        };
        var fresh = new Option<bool>("--fresh") { Description = "Take down the rack that is in the folder first." };
        var json = new Option<bool>("--json") { Description = "Print data for programs; progress goes to the error output." };
        var command = new Command("up", "Build the rack, power its machines on, and wait until all are healthy.")
        {
            file, directory, name, nodes, firmware, assets, memory, processors, timeout, port, faults, fresh, json,
        };
        command.SetAction((parsed, cancellation) => LabCommand.RunAsync(parsed, async () =>
        {
            var rack = LabCommand.Rack(parsed.GetRequiredValue(directory));
            var request = new RackRequest
            {
                DescriptionFile = Path.GetFullPath(parsed.GetValue(file) ?? DefaultFile()),
                AssetFolder = AssetFolder(parsed.GetValue(assets)),
                Program = Lab.Rack.ThisProgram(),
                Name = parsed.GetValue(name),
                Nodes = parsed.GetValue(nodes),
                Firmware = parsed.GetValue(firmware),
                Size = new MachineSize(parsed.GetValue(memory), parsed.GetValue(processors)),
                Port = parsed.GetValue(port),
                Faults = parsed.GetValue(faults),
            };
            var output = new UpOutput(parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error, parsed.GetValue(json));
            var description = Load(request.DescriptionFile, output.Error);
            request = request with { HasControllers = RackDescription.IsPossible(await File.ReadAllTextAsync(request.DescriptionFile, cancellation), description, rack.Folder) };
            var plan = RackPlanner.Plan(description, request, rack.Folder, TimeProvider.System.GetUtcNow());
            Prerequisites.Check(plan.Machines.Select(machine => machine.Firmware));
            if (parsed.GetValue(fresh)) await rack.TakeDownAsync(keepFolder: false, cancellation);
            return await UpAsync(rack, plan, parsed.GetValue(timeout), output, cancellation);
        }));
        return command;
    }

    private static async Task<int> UpAsync(Rack rack, RackState plan, TimeSpan limit, UpOutput output, CancellationToken cancellation)
    {
        var startedAt = TimeProvider.System.GetUtcNow();
        await BuildAsync(rack, plan, cancellation);
        await output.Progress.WriteLineAsync($"The bootstrapper serves; its status page: {plan.Url}");
        if (plan.ControllerPort is not null) await output.Progress.WriteLineAsync($"Its description, with the machines' management controllers, is {plan.DescriptionFile}.");
        if (rack.State.ReadsAsRoot)
            await output.Progress.WriteLineAsync("Only root can read some of its files, so it has the right to read every file besides those of sextant.service.");
        try
        {
            foreach (var machine in plan.Machines) await rack.PowerOnAsync(machine.Mac, cancellation);
            var (verdict, progress) = await WatchAsync(rack, startedAt, limit, output, cancellation);
            foreach (var line in RackText.Milestones(progress)) await output.Progress.WriteLineAsync(line);
            if (output.Json) await output.Data.WriteLineAsync(JsonSerializer.Serialize(RackText.Report(plan, progress, verdict), RackJson.Default.RackReport));
            return verdict switch
            {
                RackVerdict.Healthy => await SucceedAsync(plan, progress, output.Progress),
                RackVerdict.Failed failed => await FailAsync(rack, progress, failed, output.Error),
                RackVerdict.Pending => throw new InvalidOperationException("a watch ended without a verdict"),
                _ => throw new InvalidOperationException("an unknown verdict"),
            };
        }
        catch (OperationCanceledException)
        {
            await output.Error.WriteLineAsync("sextant lab: no longer watching; the rack runs on. See 'sextant lab status', remove it with 'sextant lab down'.");
            return 1;
        }
    }

    /// <summary>Builds the rack; what was made until a failure is removed again, because there is nothing in it to inspect but what the message says.</summary>
    private static async Task BuildAsync(Rack rack, RackState plan, CancellationToken cancellation)
    {
        var existed = rack.Exists;
        try
        {
            await rack.BuildAsync(plan, cancellation);
        }
        catch when (!existed)
        {
            await rack.TakeDownAsync(keepFolder: false, CancellationToken.None);
            throw;
        }
    }

    private static async Task<(RackVerdict Verdict, RackProgress Progress)> WatchAsync(
        Rack rack, DateTimeOffset startedAt, TimeSpan limit, UpOutput output, CancellationToken cancellation)
    {
        var watch = new RackWatch(rack, TimeProvider.System);
        return Tables.IsTerminal(output.Progress)
            ? await AnsiConsole.Live(new Table()).StartAsync(display => watch.RunAsync(startedAt, limit, new LiveScreen(rack.State, display), cancellation))
            : await watch.RunAsync(startedAt, limit, new LineScreen(output.Progress), cancellation);
    }

    private static async Task<int> SucceedAsync(RackState plan, RackProgress progress, TextWriter output)
    {
        await output.WriteLineAsync($"All {progress.Machines.Count} machines are healthy after {LabDuration.Format(progress.Elapsed)}.");
        await output.WriteLineAsync($"Status page: {plan.Url}   Remove the rack with: sextant lab down");
        return 0;
    }

    private static async Task<int> FailAsync(Rack rack, RackProgress progress, RackVerdict.Failed failed, TextWriter error)
    {
        await error.WriteLineAsync($"sextant lab: {failed.Reason}.");
        foreach (var machine in failed.Stuck)
        {
            var console = LogTail.Read(rack.Folder.Machine(machine.Machine.Hostname).ConsoleLog, ConsoleLines);
            await error.WriteLineAsync(RackText.Stuck(machine, progress, console));
        }
        if (!progress.BootstrapperAnswers)
            await error.WriteLineAsync($"The bootstrapper's last words:{Environment.NewLine}{LogTail.Read(rack.Folder.BootstrapperLog, ConsoleLines)}");
        await error.WriteLineAsync($"The rack stays up for a look ({rack.Folder.Root}); remove it with: sextant lab down");
        return 1;
    }

    private static FirmwareChoice Firmware(ArgumentResult result)
    {
        if (FirmwareAssignment.Words.TryGetValue(result.Tokens[0].Value, out var choice)) return choice;
        result.AddError($"--firmware {result.Tokens[0].Value}: one of {string.Join(", ", FirmwareAssignment.Words.Keys)}.");
        return default;
    }

    private static TimeSpan Duration(ArgumentResult result)
    {
        if (LabDuration.TryParse(result.Tokens[0].Value, out var duration)) return duration;
        result.AddError("--timeout is a time such as 90s, 15m or 1h, at most 24h.");
        return default;
    }

    private static LinkFaults? Faults(ArgumentResult result)
    {
        if (LinkFaults.TryParse(result.Tokens[0].Value, out var faults, out var problem)) return faults;
        result.AddError($"--faults {problem}.");
        return null;
    }

    private static string DefaultFile() => File.Exists(ExampleFile) ? ExampleFile : Path.Combine(AppContext.BaseDirectory, ExampleFile);

    private static string? AssetFolder(string? given)
    {
        if (given is null) return Directory.Exists("pxe-assets") ? Path.GetFullPath("pxe-assets") : null;
        return Directory.Exists(given) ? Path.GetFullPath(given) : throw new LabException($"there is no asset folder {given}.");
    }

    private static ClusterDescription Load(string path, TextWriter error)
    {
        var read = ClusterFile.Load(path);
        foreach (var problem in read.Problems) error.WriteLine(problem);
        return read.Description ?? throw new LabException($"{path} cannot be used; name another one with: sextant lab up FILE");
    }

    /// <summary>Where <c>up</c> writes: with <c>--json</c> only data goes to the output, and progress to the error output.</summary>
    private sealed record UpOutput(TextWriter Data, TextWriter Error, bool Json)
    {
        public TextWriter Progress => Json ? Error : Data;
    }
}
