using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Sextant.Cluster;
using Sextant.Primitives;
using Spectre.Console;

namespace Sextant.Cli;

/// <summary><c>sextant plan FILE</c>: which machine becomes what.</summary>
public static class PlanCommand
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "The cluster description, cluster-desc.yaml." };
        var json = new Option<bool>("--json") { Description = "Print JSON instead of a table." };
        var command = new Command("plan", "Show which machine becomes what.") { file, json };
        command.SetAction(arguments => Run(arguments.GetRequiredValue(file), arguments.GetValue(json), Console.Out, Console.Error));
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
