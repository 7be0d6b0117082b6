using System.CommandLine;

namespace Sextant.Cli;

/// <summary><c>sextant node</c>: what asks the running service about one machine.</summary>
public static class NodeCommand
{
    /// <summary>The verbs.</summary>
    public static Command Create() => new("node", "Ask the running service about a machine.") { NodeTraceCommand.Create() };
}
