using System.CommandLine;
using Sextant.Operators;
using Sextant.Status;

namespace Sextant.Cli;

/// <summary><c>sextant audit</c>: who did what.</summary>
public static class AuditCommand
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var limit = new Option<int>("--limit") { Description = "Entries at most: the latest ones.", DefaultValueFactory = _ => AuditEndpoint.DefaultLimit };
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var service = new ServiceConnection();
        var command = new Command("audit", "Print who did what to the machines, oldest first.") { limit, json };
        foreach (var option in service.Options) command.Add(option);
        limit.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > AuditEndpoint.LargestLimit) result.AddError($"--limit is a number from 1 to {AuditEndpoint.LargestLimit}");
        });
        command.SetAction(async (arguments, cancelled) =>
        {
            using var client = service.Open(arguments);
            if (client is null) return Ending.Misuse;
            var reply = await client.GetAsync($"audit?limit={arguments.GetValue(limit)}", cancelled);
            if (reply is not ServiceReply.Answered answered) return reply.Say();
            if (arguments.GetValue(json)) await Console.Out.WriteLineAsync(answered.Text);
            else foreach (var entry in answered.As(StatusJson.Default.IReadOnlyListAuditEntry)) await Console.Out.WriteLineAsync(Line(entry));
            return Ending.Done;
        });
        return command;
    }

    private static string Line(AuditEntry entry) =>
        $"{NodeListCommand.TimeOf(entry.At)}  {entry.Who}{(entry.Peer is { } peer ? $" {peer}" : "")}  {entry.What}{(entry.Mac is { } mac ? $" {mac}" : "")}"
        + $"  {entry.Outcome}{(entry.Code is { } code ? $" ({code})" : "")}{(entry.Forced is true ? " (forced)" : "")}{(entry.Reason is { } reason ? $": {reason}" : "")}";
}
