using System.CommandLine;
using Sextant.Cluster;

namespace Sextant.Cli;

/// <summary><c>sextant schema</c>: the JSON Schema of a cluster description, for editors.</summary>
public static class SchemaCommand
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var command = new Command("schema", "Print the JSON Schema of a cluster description, for editors.");
        command.SetAction(result =>
        {
            result.InvocationConfiguration.Output.Write(ClusterFile.JsonSchema);
            return 0;
        });
        return command;
    }
}
