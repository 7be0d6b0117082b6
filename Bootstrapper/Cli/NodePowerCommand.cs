using System.CommandLine;
using System.Text.Json;
using Sextant.Primitives;
using Sextant.Status;

namespace Sextant.Cli;

/// <summary><c>sextant node power MACHINE on|off|cycle|status</c>: has the running service ask a machine's management controller.</summary>
public static class NodePowerCommand
{
    private const string Status = "status";

    /// <summary>A controller takes its time, and may be asked three things.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var machine = MachineArgument.Create();
        var action = new Argument<string>("ACTION") { Description = "on, off (shuts the operating system down), cycle (pulls the plug and puts it back), or status." };
        action.AcceptOnlyFromAmong("on", "off", "cycle", Status);
        var force = new Option<bool>("--force") { Description = "With off: pull the plug, without asking the operating system." };
        var network = new Option<bool>("--network-boot") { Description = "With on or cycle: boot from the network this time." };
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command("power", "Switch a machine on and off through its management controller.") { machine, action, force, network, json };
        command.Validators.Add(result =>
        {
            var word = result.GetValue(action);
            if (result.GetValue(force) && word != "off") result.AddError("--force goes with off");
            if (result.GetValue(network) && word is not ("on" or "cycle")) result.AddError("--network-boot goes with on and cycle");
        });
        MachineArgument.SetAction(command, machine, async (arguments, client, known, cancelled) =>
        {
            var word = arguments.GetRequiredValue(action);
            PowerRequest[] requests = word == Status ? []
                : [.. arguments.GetValue(network) ? [new PowerRequest("network-boot")] : Array.Empty<PowerRequest>(), new PowerRequest(word, arguments.GetValue(force))];
            return await RunAsync(client, known, requests, arguments.GetValue(json), cancelled);
        }, Patience);
        return command;
    }

    /// <summary>Sends one request after the other; none asks how the machine is.</summary>
    private static async Task<int> RunAsync(ServiceClient client, MacAddress mac, IReadOnlyList<PowerRequest> requests, bool json, CancellationToken cancelled)
    {
        var path = $"nodes/{mac.ToHyphenString()}/power";
        ServiceReply.Answered? last = null;
        foreach (var request in requests.DefaultIfEmpty())
        {
            var reply = request is null
                ? await client.GetAsync(path, cancelled)
                : await client.PostAsync(path, JsonSerializer.SerializeToUtf8Bytes(request, StatusJson.Default.PowerRequest), "application/json", cancelled);
            if (reply is not ServiceReply.Answered answered) return reply.Say();
            last = answered;
        }
        await Console.Out.WriteLineAsync(json ? last!.Text : $"{mac}: {last!.As(StatusJson.Default.PowerView).Power ?? "its controller does not say how it is"}");
        return Ending.Done;
    }
}
