using System.CommandLine;
using System.Net.ServerSentEvents;
using System.Text.Json;
using System.Text.Json.Serialization;
using Sextant.Primitives;
using Sextant.Status;

namespace Sextant.Cli;

/// <summary><c>sextant events</c>: the latest event of each machine, and with <c>--follow</c> every further one as it happens.</summary>
public static class EventsCommand
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on: print every event as it happens, until interrupted." };
        var json = new Option<bool>("--json") { Description = "Print JSON, one event a line." };
        var service = new ServiceConnection();
        var command = new Command("events", "Print the latest event of each machine, oldest first.") { follow, json };
        foreach (var option in service.Options) command.Add(option);
        command.SetAction(async (arguments, cancelled) =>
        {
            using var client = service.Open(arguments);
            if (client is null) return Ending.Misuse;
            var printer = new EventPrinter(arguments.GetValue(json), Console.Out);
            return arguments.GetValue(follow) ? await FollowAsync(client, printer, cancelled) : await PrintAsync(client, printer, cancelled);
        });
        return command;
    }

    private static async Task<int> PrintAsync(ServiceClient client, EventPrinter printer, CancellationToken cancelled)
    {
        var reply = await client.GetAsync("nodes", cancelled);
        if (reply is not ServiceReply.Answered answered) return reply.Say();
        printer.Print(answered.As(StatusJson.Default.IReadOnlyListNodeView));
        return Ending.Done;
    }

    /// <summary>A stream that breaks is taken up again: the service may be restarted. One that never began is a failure.</summary>
    private static async Task<int> FollowAsync(ServiceClient client, EventPrinter printer, CancellationToken cancelled)
    {
        client.Http.Timeout = Timeout.InfiniteTimeSpan;
        for (var began = false; ;)
        {
            try
            {
                await using var stream = await client.Http.GetStreamAsync(ServiceClient.Address("events"), cancelled);
                await foreach (var message in SseParser.Create(stream).EnumerateAsync(cancelled))
                {
                    began = true;
                    if (message.EventType == "snapshot") printer.Print(JsonSerializer.Deserialize(message.Data, StatusJson.Default.Snapshot)!.Nodes);
                    if (message.EventType == "node") printer.Print([await WithTimelineAsync(client, JsonSerializer.Deserialize(message.Data, StatusJson.Default.NodeView)!, cancelled)]);
                }
            }
            catch (Exception failure) when (ServiceClient.IsNoAnswer(failure, cancelled))
            {
                if (!began) return Ending.Unanswered(client.Explain(failure));
            }
            catch (OperationCanceledException)
            {
                return Ending.Done;
            }
            await Task.Delay(Pause, cancelled).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            if (cancelled.IsCancellationRequested) return Ending.Done;
        }
    }

    /// <summary>A message is about a machine, and of several events at once it has the last: the others are in the timeline.</summary>
    private static async Task<NodeView> WithTimelineAsync(ServiceClient client, NodeView node, CancellationToken cancelled) =>
        await client.GetAsync($"nodes/{node.Mac.ToHyphenString()}", cancelled) is ServiceReply.Answered answered ? answered.As(StatusJson.Default.NodeView) : node;
}

/// <summary>An event of a machine, as <c>sextant events --json</c> prints it.</summary>
/// <param name="At">When.</param>
/// <param name="Mac">The machine.</param>
/// <param name="Hostname">Its name; null for a stranger.</param>
/// <param name="Kind">The event's name, <c>script-served</c>.</param>
/// <param name="Summary">One line.</param>
internal sealed record PrintedEvent(DateTimeOffset At, MacAddress Mac, string? Hostname, string Kind, string Summary);

/// <summary>Source-generated JSON of <c>sextant events</c>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PrintedEvent))]
internal sealed partial class EventsJson : JsonSerializerContext;

/// <summary>Prints each machine's latest event, and of one that comes with its timeline, all that were not printed before.</summary>
internal sealed class EventPrinter(bool json, TextWriter output)
{
    private readonly Dictionary<MacAddress, EventView> printed = [];

    /// <summary>Prints what is new, oldest first.</summary>
    public void Print(IEnumerable<NodeView> nodes)
    {
        foreach (var (node, happened) in nodes.SelectMany(node => NewOf(node).Select(happened => (node, happened))).OrderBy(one => one.happened.At).ToList())
        {
            printed[node.Mac] = happened;
            output.WriteLine(json
                ? JsonSerializer.Serialize(new PrintedEvent(happened.At, node.Mac, node.Hostname, happened.Kind, happened.Summary), EventsJson.Default.PrintedEvent)
                : $"{NodeListCommand.TimeOf(happened.At)}  {node.Mac}  {node.Hostname ?? "",-15}  {happened.Summary}");
        }
        output.Flush();
    }

    private IEnumerable<EventView> NewOf(NodeView node)
    {
        var before = printed.GetValueOrDefault(node.Mac);
        if (node.LastEvent is not { } last || last == before) return [];
        if (node.Timeline is not { } timeline) return [last];
        if (before is null) return timeline;
        var since = timeline.ToList().FindLastIndex(happened => happened == before);
        return since < 0 ? [last] : timeline.Skip(since + 1);
    }
}
