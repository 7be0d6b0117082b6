using System.CommandLine;

namespace Sextant.Cli;

/// <summary>The command line: one verb, one file.</summary>
public static class SextantCommand
{
    /// <summary>The root command with every verb.</summary>
    public static RootCommand Create() => new("Sextant turns powered-off servers into a highly available Kubernetes cluster, from one file.")
    {
        ServeCommand.Create(),
        ValidateCommand.Create(),
        SchemaCommand.Create(),
        PlanCommand.Create(),
        RenderCommand.Create(),
        AssetsCommand.Create(),
        ImagesCommand.Create(),
        RegistryCommand.Create(),
        LabCommand.Create(),
    };
}
