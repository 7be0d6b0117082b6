using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Sextant.Cluster;
using Sextant.Primitives;
using Spectre.Console;

namespace Sextant.Cli;

/// <summary><c>sextant plan FILE</c>: which machine becomes what; with <c>--against</c> or <c>--against-running</c>, what the file would change.</summary>
public static class PlanCommand
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "The cluster description, cluster-desc.yaml." };
        var json = new Option<bool>("--json") { Description = "Print JSON instead of a table." };
        var against = new Option<string?>("--against") { Description = "Show what changes for each machine when FILE takes the place of this earlier description.", HelpName = "FILE" };
        var running = new Option<bool>("--against-running") { Description = "Show what changes for each machine when FILE takes the place of what the running service has in force." };
        var assets = new Option<string>("--assets") { Description = "The asset folder, whose manifest pins what plans name.", DefaultValueFactory = _ => "pxe-assets" };
        var templates = new Option<string>("--templates") { Description = "The templates folder.", DefaultValueFactory = _ => TemplateFolder.DefaultPath };
        var service = new ServiceConnection();
        var command = new Command("plan", "Show which machine becomes what, or what another description would change.") { file, json, against, running, assets, templates };
        foreach (var option in service.Options) command.Add(option);
        command.Validators.Add(result =>
        {
            if (result.GetResult(against) is not null && result.GetValue(running)) result.AddError("--against and --against-running exclude each other");
        });
        command.SetAction(async (arguments, cancelled) =>
        {
            var (path, asJson) = (arguments.GetRequiredValue(file), arguments.GetValue(json));
            if (arguments.GetValue(against) is { } earlier)
                return PlanComparison.Compare(earlier, path, arguments.GetRequiredValue(assets), arguments.GetRequiredValue(templates), asJson, Console.Out, Console.Error);
            if (!arguments.GetValue(running)) return Run(path, asJson, Console.Out, Console.Error);
            using var client = service.Open(arguments);
            return client is null ? Ending.Misuse : await PlanComparison.AskAsync(client, path, asJson, Console.Out, Console.Error, cancelled);
        });
        return command;
    }

    private static int Run(string file, bool json, TextWriter output, TextWriter errors)
    {
        var result = ClusterFile.Load(file);
        foreach (var problem in result.Problems) errors.WriteLine(problem);
        if (result.Description is not { } cluster) return 1;
        Print(cluster, json, output);
        return 0;
    }

    /// <summary>Prints the machines of a description, in the order of the file.</summary>
    internal static void Print(ClusterDescription cluster, bool json, TextWriter output)
    {
        PlannedMachine[] machines = [.. cluster.Nodes.Select(node => new PlannedMachine(
            node.Mac, node.Hostname, node.Address, [.. node.Roles.Select(SnakeCase)], SnakeCase(cluster.OperatingSystem.Name).Replace('_', '-')))];
        if (json)
        {
            output.WriteLine(JsonSerializer.Serialize(machines, PlanJson.Default.PlannedMachineArray));
            return;
        }
        var table = new Table().Border(TableBorder.Rounded).AddColumns("MAC", "Name", "Address", "Roles", "OS");
        foreach (var machine in machines)
            table.AddRow(
                new Text(machine.Mac.ToString()), new Text(machine.Hostname), new Text(machine.Address?.ToString() ?? "dynamic"),
                new Text(string.Join(", ", machine.Roles)), new Text(machine.Os));
        Tables.Write(table, output);
    }

    private static string SnakeCase<T>(T value) where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}

/// <summary>A line of <c>sextant plan</c>.</summary>
/// <param name="Mac">The machine.</param>
/// <param name="Hostname">Its name.</param>
/// <param name="Address">Its fixed address; null for one of the dynamic range.</param>
/// <param name="Roles">Its roles as the file spells them.</param>
/// <param name="Os">Its operating system as the file spells it.</param>
internal sealed record PlannedMachine(MacAddress Mac, string Hostname, Ipv4Address? Address, IReadOnlyList<string> Roles, string Os);

/// <summary>Source-generated JSON of <c>sextant plan</c>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(PlannedMachine[]))]
internal sealed partial class PlanJson : JsonSerializerContext;
