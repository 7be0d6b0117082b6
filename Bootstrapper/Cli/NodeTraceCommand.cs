using System.CommandLine;
using System.Globalization;
using Sextant.Primitives;
using Sextant.Status;
using Sextant.Tracing;

namespace Sextant.Cli;

/// <summary><c>sextant node trace MACHINE</c>: how a machine's last boot went, in words; and its packets.</summary>
public static class NodeTraceCommand
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var machine = MachineArgument.Create();
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var pcap = new Option<string?>("--pcap") { Description = "Write the packets to this file, for tcpdump or Wireshark.", HelpName = "FILE" };
        var command = new Command("trace", "Explain a machine's last boot from its packets.") { machine, json, pcap };
        MachineArgument.SetAction(command, machine, (arguments, client, known, cancelled) => RunAsync(client, known, arguments.GetValue(json), arguments.GetValue(pcap), Console.Out, cancelled));
        return command;
    }

    private static async Task<int> RunAsync(ServiceClient client, MacAddress mac, bool json, string? pcap, TextWriter output, CancellationToken cancelled)
    {
        var node = $"nodes/{mac.ToHyphenString()}/";
        var reply = await client.GetAsync(node + "trace", cancelled);
        if (reply is not ServiceReply.Answered answered) return reply.Say();
        if (pcap is not null)
        {
            var packets = await client.GetAsync(node + "trace.pcap", cancelled);
            if (packets is not ServiceReply.Answered file) return packets.Say();
            try
            {
                await File.WriteAllBytesAsync(pcap, file.Body, cancelled);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                return Ending.Failed(failure.Message);
            }
        }
        if (json) await output.WriteLineAsync(answered.Text);
        else Print(answered.As(StatusJson.Default.TraceView), pcap, output);
        return Ending.Done;
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
