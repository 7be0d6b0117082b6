using System.CommandLine;
using System.Globalization;
using System.Net;
using Sextant.Primitives;
using Sextant.Status;

namespace Sextant.Cli;

/// <summary><c>sextant node log MAC</c>: what a machine said last: its installer, and whatever it sent by syslog.</summary>
public static class NodeLogCommand
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var mac = new Argument<string>("MAC") { Description = "The machine, 52:54:00:00:00:01." };
        var lines = new Option<int>("--lines") { Description = "How many lines at most.", HelpName = "N", DefaultValueFactory = _ => LogEndpoint.DefaultLines };
        lines.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > LogEndpoint.LongestAnswer) result.AddError($"--lines is a number from 1 to {LogEndpoint.LongestAnswer}");
        });
        var service = new ServiceConnection();
        var command = new Command("log", "Print what a machine logged last, the newest line last.") { mac, lines };
        foreach (var option in service.Options) command.Add(option);
        NodeCommand.CheckMac(mac);
        command.SetAction(async (arguments, cancelled) =>
        {
            using var client = service.Open(arguments);
            return client is null ? 2 : await RunAsync(client, MacAddress.Parse(arguments.GetRequiredValue(mac)), arguments.GetValue(lines), Console.Out, cancelled);
        });
        return command;
    }

    private static async Task<int> RunAsync(HttpClient client, MacAddress mac, int lines, TextWriter output, CancellationToken cancelled)
    {
        try
        {
            var path = string.Create(CultureInfo.InvariantCulture, $"api/v1/nodes/{mac.ToHyphenString()}/log?lines={lines}");
            using var answer = await client.GetAsync(new Uri(path, UriKind.Relative), cancelled);
            var text = await answer.Content.ReadAsStringAsync(cancelled);
            if (answer.StatusCode is HttpStatusCode.NotFound) return Ending.Failed($"{mac}: neither the cluster description nor the records know this machine.");
            if (!answer.IsSuccessStatusCode) return Ending.Failed($"The service answered {(int)answer.StatusCode}: {text}");
            await output.WriteAsync(text);
            return 0;
        }
        catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException && !cancelled.IsCancellationRequested)
        {
            return Ending.Failed($"The service does not answer at {client.BaseAddress}: {failure.Message}. Is 'sextant serve' running?");
        }
    }
}
