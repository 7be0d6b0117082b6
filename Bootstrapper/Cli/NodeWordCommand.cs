using System.CommandLine;
using System.Text.Json;
using Sextant.Lifecycle;
using Sextant.Primitives;
using Sextant.Status;

namespace Sextant.Cli;

/// <summary><c>sextant node approve|hold|release|reinstall|wipe|forget MACHINE</c>: the operator's word about a machine. What loses something asks first.</summary>
public static class NodeWordCommand
{
    /// <summary>The verb of a word.</summary>
    /// <param name="word">The word.</param>
    /// <param name="description">What it does, for people.</param>
    /// <param name="loses">What is lost by it; null when nothing is.</param>
    public static Command Create(OperatorWord word, string description, string? loses = null)
    {
        var machine = MachineArgument.Create();
        var reason = new Option<string?>("--reason") { Description = "Why, for the audit log; shown where a machine is held.", HelpName = "TEXT" };
        var force = new Option<bool>("--force") { Description = "Do it against a rule that can be broken, such as etcd's quorum." };
        var yes = new Option<bool>("--yes") { Description = "Do not ask first." };
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command(OperatorEndpoint.NameOf(word), description) { machine, reason, json };
        if (loses is not null)
        {
            command.Add(force);
            command.Add(yes);
        }
        MachineArgument.SetAction(command, machine, async (arguments, client, known, cancelled) =>
        {
            if (loses is not null && !arguments.GetValue(yes) && await RefusedAsync(client, known, word, loses, cancelled) is { } refused) return refused;
            return await SayAsync(client, known, word, new WordRequest(loses is not null && arguments.GetValue(force), arguments.GetValue(reason)), arguments.GetValue(json), cancelled);
        });
        return command;
    }

    private static async Task<int> SayAsync(ServiceClient client, MacAddress mac, OperatorWord word, WordRequest request, bool json, CancellationToken cancelled)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(request, StatusJson.Default.WordRequest);
        var reply = await client.PostAsync($"nodes/{mac.ToHyphenString()}/{OperatorEndpoint.NameOf(word)}", body, "application/json", cancelled);
        if (reply is not ServiceReply.Answered answered) return reply.Say();
        var node = answered.As(StatusJson.Default.NodeView);
        await Console.Out.WriteLineAsync(json ? answered.Text : word is OperatorWord.Forget ? $"{NodeShowCommand.NameOf(node)}: forgotten" : $"{NodeShowCommand.NameOf(node)}: {node.Stage}{(node.Detail.Length > 0 ? $", {node.Detail}" : "")}");
        return Ending.Done;
    }

    /// <summary>Shows what would be lost and asks; null when the answer is yes, else the verb's exit code.</summary>
    private static async Task<int?> RefusedAsync(ServiceClient client, MacAddress mac, OperatorWord word, string loses, CancellationToken cancelled)
    {
        if (Console.IsInputRedirected) return Ending.Misused($"{OperatorEndpoint.NameOf(word)} asks first, and nobody is at the terminal: say --yes.");
        var reply = await client.GetAsync($"nodes/{mac.ToHyphenString()}", cancelled);
        if (reply is not ServiceReply.Answered answered) return reply.Say();
        var node = answered.As(StatusJson.Default.NodeView);
        await Console.Error.WriteLineAsync($"{NodeShowCommand.NameOf(node)}: {node.Stage}{(node.Roles.Count > 0 ? $", {string.Join(", ", node.Roles)}" : "")}");
        await Console.Error.WriteLineAsync(loses);
        await Console.Error.WriteAsync($"{char.ToUpperInvariant(OperatorEndpoint.NameOf(word)[0])}{OperatorEndpoint.NameOf(word)[1..]} it? Type yes: ");
        return Console.ReadLine()?.Trim() == "yes" ? null : Ending.Failed("Nothing was done.");
    }
}
