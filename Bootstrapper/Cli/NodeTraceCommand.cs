using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Sextant.Primitives;
using Sextant.Status;
using Sextant.Tracing;

namespace Sextant.Cli;

/// <summary><c>sextant node trace MAC</c>: how a machine's last boot went, in words; and its packets.</summary>
public static class NodeTraceCommand
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var mac = new Argument<string>("MAC") { Description = "The machine, 52:54:00:00:00:01." };
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var pcap = new Option<string?>("--pcap") { Description = "Write the packets to this file, for tcpdump or Wireshark.", HelpName = "FILE" };
        var service = new ServiceConnection();
        var command = new Command("trace", "Explain a machine's last boot from its packets.") { mac, json, pcap };
        foreach (var option in service.Options) command.Add(option);
        NodeCommand.CheckMac(mac);
        command.SetAction(async (arguments, cancelled) =>
        {
            using var client = service.Open(arguments);
            return client is null ? 2 : await RunAsync(client, MacAddress.Parse(arguments.GetRequiredValue(mac)), arguments.GetValue(json), arguments.GetValue(pcap), Console.Out, cancelled);
        });
        return command;
    }

    private static async Task<int> RunAsync(HttpClient client, MacAddress mac, bool json, string? pcap, TextWriter output, CancellationToken cancelled)
    {
        var node = $"api/v1/nodes/{mac.ToHyphenString()}/";
        try
        {
            using var answer = await client.GetAsync(new Uri(node + "trace", UriKind.Relative), cancelled);
            var text = await answer.Content.ReadAsStringAsync(cancelled);
            if (answer.StatusCode is HttpStatusCode.NotFound) return Ending.Failed($"{mac}: neither the cluster description nor the records know this machine, and no packet of it was recorded.");
            if (!answer.IsSuccessStatusCode) return Ending.Failed($"The service answered {(int)answer.StatusCode}: {text}");
            if (pcap is not null) await File.WriteAllBytesAsync(pcap, await client.GetByteArrayAsync(new Uri(node + "trace.pcap", UriKind.Relative), cancelled), cancelled);
            if (json) await output.WriteLineAsync(text);
            else Print(JsonSerializer.Deserialize(text, StatusJson.Default.TraceView)!, pcap, output);
            return 0;
        }
        catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException && !cancelled.IsCancellationRequested)
        {
            return Ending.Failed($"The service does not answer at {client.BaseAddress}: {failure.Message}. Is 'sextant serve' running?");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return Ending.Failed(failure.Message);
        }
    }

    /// <summary>Prints a trace for people.</summary>
    internal static void Print(TraceView trace, string? pcap, TextWriter output)
    {
        output.WriteLine($"{trace.Mac}{(trace.Hostname is { } name ? $" {name}" : "")}");
        DateTimeOffset? before = null;
        foreach (var step in trace.Steps)
        {
            var times = step.Count == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $" ({step.Count} times in {(step.Until - step.At).TotalSeconds:0.0} s)");
            var since = before is { } earlier ? string.Create(CultureInfo.InvariantCulture, $"+{(step.At - earlier).TotalSeconds:0.0} s") : "";
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {step.At.UtcDateTime:yyyy-MM-dd HH:mm:ss.fff}Z {since,10}  {step.Text}{times}"));
            before = step.Until;
        }
        output.WriteLine(trace.Summary);
        foreach (var line in trace.Advice) output.WriteLine($"- {line}");
        if (trace.Dropped > 0) output.WriteLine($"{trace.Dropped} packets came faster than they could be recorded: steps may be missing.");
        if (pcap is not null) output.WriteLine($"{trace.Packets} packets are in {pcap}.");
    }
}
