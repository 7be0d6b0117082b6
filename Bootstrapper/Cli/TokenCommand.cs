using System.CommandLine;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Sextant.Files;
using Sextant.Operators;

namespace Sextant.Cli;

/// <summary><c>sextant token show|rotate</c>: the operator's token.</summary>
public static class TokenCommand
{
    /// <summary>The verbs.</summary>
    public static Command Create() => new("token", "The operator's token, which opens the service's page and API for changes.")
    {
        Verb("show", "Print the token, and make it when there is none.", replace: false),
        Verb("rotate", "Make a new token and print it. The old one, and every session, ends at once.", replace: true),
    };

    private static Command Verb(string name, string description, bool replace)
    {
        var state = new Option<string>("--state") { Description = "The state folder.", DefaultValueFactory = _ => "/var/lib/sextant" };
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command(name, description) { state, json };
        command.SetAction(arguments =>
        {
            var folder = arguments.GetRequiredValue(state);
            var ending = Run(OperatorToken.In(folder), replace, token => arguments.GetValue(json) ? new JsonObject { ["token"] = token }.ToJsonString() : token, Console.Out, Console.Error);
            if (replace && ending == Ending.Done)
                new AuditLog(folder, NullLogger<AuditLog>.Instance).Add(new AuditEntry(DateTimeOffset.UtcNow, LocalOperator.NameOf(FileOwner.Self.User), "rotate-token", AuditEntry.Done));
            return ending;
        });
        return command;
    }

    /// <summary>Prints a token of a state folder, or a new one.</summary>
    /// <returns>0, or 1 when the state folder cannot be read or written.</returns>
    internal static int Run(TokenFile file, bool replace, Func<string, string> toLine, TextWriter output, TextWriter errors)
    {
        try
        {
            output.WriteLine(toLine((replace ? null : file.Read()) ?? file.Replace()));
            return Ending.Done;
        }
        catch (IOException full) when (Durable.IsDiskFull(full))
        {
            errors.WriteLine($"no token was made and an earlier one stays in force: the disk of {file.Path} is full ({full.Message}); make room and run this again.");
            return Ending.Failure;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            errors.WriteLine($"{failure.Message} The state folder belongs to the service: run this as root on the bootstrapper, with the --state the service has.");
            return Ending.Failure;
        }
    }
}
