using System.CommandLine;
using System.Net;
using System.Text.Json;
using Sextant.Primitives;
using Sextant.Status;

namespace Sextant.Cli;

/// <summary><c>sextant node power MAC on|off|cycle|status</c>: has the running service ask a machine's management controller.</summary>
public static class NodePowerCommand
{
    private const string Status = "status";

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var mac = new Argument<string>("MAC") { Description = "The machine, 52:54:00:00:00:01." };
        var action = new Argument<string>("ACTION") { Description = "on, off (shuts the operating system down), cycle (pulls the plug and puts it back), or status." };
        action.AcceptOnlyFromAmong("on", "off", "cycle", Status);
        var force = new Option<bool>("--force") { Description = "With off: pull the plug, without asking the operating system." };
        var network = new Option<bool>("--network-boot") { Description = "With on or cycle: boot from the network this time." };
        var service = new ServiceConnection();
        var command = new Command("power", "Switch a machine on and off through its management controller.") { mac, action, force, network };
        foreach (var option in service.Options) command.Add(option);
        NodeCommand.CheckMac(mac);
        command.Validators.Add(result =>
        {
            var word = result.GetValue(action);
            if (result.GetValue(force) && word != "off") result.AddError("--force goes with off");
            if (result.GetValue(network) && word is not ("on" or "cycle")) result.AddError("--network-boot goes with on and cycle");
        });
        command.SetAction(async (arguments, cancelled) =>
        {
            using var client = service.Open(arguments);
            if (client is null) return 2;
            // A controller takes its time, and may be asked three things.
            client.Timeout = TimeSpan.FromMinutes(5);
            var word = arguments.GetRequiredValue(action);
            PowerRequest[] requests = word == Status ? []
                : [.. arguments.GetValue(network) ? [new PowerRequest("network-boot", false)] : Array.Empty<PowerRequest>(), new PowerRequest(word, arguments.GetValue(force))];
            return await RunAsync(client, MacAddress.Parse(arguments.GetRequiredValue(mac)), requests, Console.Out, cancelled);
        });
        return command;
    }

    /// <summary>Sends one request after the other; none asks how the machine is.</summary>
    private static async Task<int> RunAsync(HttpClient client, MacAddress mac, IReadOnlyList<PowerRequest> requests, TextWriter output, CancellationToken cancelled)
    {
        var path = new Uri($"api/v1/nodes/{mac.ToHyphenString()}/power", UriKind.Relative);
        try
        {
            var said = "";
            foreach (var request in requests.DefaultIfEmpty())
            {
                using var answer = request is null ? await client.GetAsync(path, cancelled) : await client.PostAsJsonAsync(path, request, StatusJson.Default.PowerRequest, cancelled);
                said = await answer.Content.ReadAsStringAsync(cancelled);
                if (answer.StatusCode is HttpStatusCode.NotFound) return Ending.Failed($"{mac}: neither the cluster description nor the records know this machine.");
                if (!answer.IsSuccessStatusCode) return Ending.Failed($"{mac}: {ErrorOf(said)}");
            }
            await output.WriteLineAsync($"{mac}: {JsonSerializer.Deserialize(said, StatusJson.Default.PowerView)?.Power ?? "its controller does not say how it is"}");
            return 0;
        }
        catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException && !cancelled.IsCancellationRequested)
        {
            return Ending.Failed($"The service does not answer at {client.BaseAddress}: {failure.Message}. Is 'sextant serve' running?");
        }
    }

    private static string ErrorOf(string said)
    {
        try
        {
            return JsonSerializer.Deserialize(said, StatusJson.Default.ApiProblem)?.Detail ?? said;
        }
        catch (JsonException)
        {
            return said;
        }
    }
}
