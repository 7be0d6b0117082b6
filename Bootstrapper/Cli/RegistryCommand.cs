using System.CommandLine;
using System.Text.Json;
using Sextant.Files;
using Sextant.Registry;

namespace Sextant.Cli;

/// <summary><c>sextant registry …</c>: the bootstrapper's container registry.</summary>
public static class RegistryCommand
{
    /// <summary>The verb.</summary>
    public static Command Create() => new("registry", "The container registry: who may push.") { Token() };

    private static Command Token()
    {
        var state = new Option<string>("--state") { Description = "The state folder.", DefaultValueFactory = _ => "/var/lib/sextant" };
        var replace = new Option<bool>("--new") { Description = "Make a new token. The old one, and every login with it, stops working at once." };
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command("token", "Print the token that allows pushing, and make it when there is none.") { state, replace, json };
        command.SetAction(arguments => RunToken(arguments.GetRequiredValue(state), arguments.GetValue(replace), arguments.GetValue(json), Console.Out, Console.Error));
        return command;
    }

    /// <summary>0, or 1 when the state folder cannot be read or written.</summary>
    internal static int RunToken(string state, bool replace, bool json, TextWriter output, TextWriter errors)
    {
        try
        {
            var file = PushToken.In(state);
            var token = (replace ? null : file.Read()) ?? file.Replace();
            output.WriteLine(json ? $"{{\"user\":\"{PushToken.UserName}\",\"token\":\"{JsonEncodedText.Encode(token)}\"}}" : token);
            return 0;
        }
        catch (IOException full) when (Durable.IsDiskFull(full))
        {
            errors.WriteLine($"no token was made and an earlier one stays in force: the disk of {state} is full ({full.Message}); make room and run this again.");
            return 1;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            errors.WriteLine($"{failure.Message} The state folder belongs to the service: run this as root on the bootstrapper, with the --state the service has.");
            return 1;
        }
    }
}
