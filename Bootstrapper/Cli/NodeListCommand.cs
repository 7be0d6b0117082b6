using System.CommandLine;
using System.Globalization;
using Sextant.Status;
using Spectre.Console;

namespace Sextant.Cli;

/// <summary><c>sextant node list</c>: every machine and how far it is.</summary>
public static class NodeListCommand
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var service = new ServiceConnection();
        var command = new Command("list", "List every machine: who it is, and how far it is.") { json };
        foreach (var option in service.Options) command.Add(option);
        command.SetAction(async (arguments, cancelled) =>
        {
            using var client = service.Open(arguments);
            if (client is null) return Ending.Misuse;
            var reply = await client.GetAsync("nodes", cancelled);
            if (reply is not ServiceReply.Answered answered) return reply.Say();
            if (arguments.GetValue(json)) await Console.Out.WriteLineAsync(answered.Text);
            else Print(answered.As(StatusJson.Default.IReadOnlyListNodeView), Console.Out);
            return Ending.Done;
        });
        return command;
    }

    /// <summary>A time as every verb prints it.</summary>
    internal static string TimeOf(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static void Print(IReadOnlyList<NodeView> nodes, TextWriter output)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("Name", "MAC", "Address", "Roles", "Stage", "Since", "Detail");
        foreach (var node in nodes)
            table.AddRow(
                new Text(node.Hostname ?? ""), new Text(node.Mac.ToString()), new Text(node.Address?.ToString() ?? ""), new Text(string.Join(", ", node.Roles)),
                new Text(node.Stage), new Text(node.Since is { } since ? TimeOf(since) : ""), new Text(node.Detail));
        Tables.Write(table, output);
    }
}
