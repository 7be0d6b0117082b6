using System.CommandLine;
using System.Text.Json.Nodes;
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
        command.SetAction(arguments => TokenCommand.Run(
            PushToken.In(arguments.GetRequiredValue(state)), arguments.GetValue(replace),
            token => arguments.GetValue(json) ? new JsonObject { ["user"] = PushToken.UserName, ["token"] = token }.ToJsonString() : token, Console.Out, Console.Error));
        return command;
    }
}
