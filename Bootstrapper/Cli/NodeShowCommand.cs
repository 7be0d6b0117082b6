using System.CommandLine;
using Sextant.Primitives;
using Sextant.Status;

namespace Sextant.Cli;

/// <summary><c>sextant node show MACHINE</c>: one machine and its timeline.</summary>
public static class NodeShowCommand
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var machine = MachineArgument.Create();
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command("show", "Show one machine with its timeline.") { machine, json };
        MachineArgument.SetAction(command, machine, (arguments, client, known, cancelled) => RunAsync(client, known, arguments.GetValue(json), Console.Out, cancelled));
        return command;
    }

    private static async Task<int> RunAsync(ServiceClient client, MacAddress mac, bool json, TextWriter output, CancellationToken cancelled)
    {
        var reply = await client.GetAsync($"nodes/{mac.ToHyphenString()}", cancelled);
        if (reply is not ServiceReply.Answered answered) return reply.Say();
        if (json) await output.WriteLineAsync(answered.Text);
        else Print(answered.As(StatusJson.Default.NodeView), output);
        return Ending.Done;
    }

    private static void Print(NodeView node, TextWriter output)
    {
        output.WriteLine(NameOf(node));
        Line("address", node.Address?.ToString());
        Line("roles", string.Join(", ", node.Roles));
        Line("stage", node.Since is { } since ? $"{node.Stage} since {NodeListCommand.TimeOf(since)}" : node.Stage);
        Line("detail", node.Detail);
        Line("firmware", node.Firmware);
        Line("installs", node.Attempt > 0 ? $"{node.Attempt} begun, {(node.Installed ? "installed" : "not installed")}, {(node.Enrolled ? "enrolled" : "not enrolled")}" : null);
        Line("etcd", node.EtcdMember ? node.EtcdHealthy switch { true => "healthy", false => "unhealthy", null => "not joined" } : null);
        Line("transfer", node.Transfer is { } transfer ? $"{transfer.Asset}: {transfer.Bytes} of {transfer.Total} octets" : null);
        foreach (var happened in node.Timeline ?? []) output.WriteLine($"  {NodeListCommand.TimeOf(happened.At)}  {happened.Summary}");

        void Line(string name, string? value)
        {
            if (value is { Length: > 0 }) output.WriteLine($"{name,-9} {value}");
        }
    }

    /// <summary>A machine in words: its name, its MAC address, and what the file makes of it.</summary>
    internal static string NameOf(NodeView node) => $"{(node.Hostname is { } name ? $"{name} " : "")}{node.Mac}{(node.Planned ? "" : " (not in the cluster description)")}";
}
