using System.CommandLine;
using Sextant.Primitives;

namespace Sextant.Cli;

/// <summary><c>sextant node</c>: what asks the running service about one machine.</summary>
public static class NodeCommand
{
    /// <summary>The verbs.</summary>
    public static Command Create() => new("node", "Ask the running service about a machine.") { NodeTraceCommand.Create(), NodeLogCommand.Create(), NodePowerCommand.Create() };

    /// <summary>Has an argument refused that is no MAC address.</summary>
    internal static void CheckMac(Argument<string> mac) => mac.Validators.Add(result =>
    {
        if (result.Tokens.Count == 1 && !MacAddress.TryParse(result.Tokens[0].Value, out _)) result.AddError($"'{result.Tokens[0].Value}' is no MAC address such as 52:54:00:00:00:01");
    });
}
