using System.CommandLine;

namespace Sextant.Cli;

/// <summary>The command line: one verb, one file.</summary>
public static class SextantCommand
{
    /// <summary>The root command with every verb.</summary>
    public static RootCommand Create()
    {
        var root = Verbs();
        Refine(root);
        return root;
    }

    /// <summary>A mistyped option is not taken for a file or an image, and what an option takes is named as in the documentation: FILE, not its own name again.</summary>
    private static void Refine(Command command)
    {
        foreach (var argument in command.Arguments)
            argument.Validators.Add(result =>
            {
                foreach (var token in result.Tokens.Where(token => token.Value.Length > 1 && token.Value[0] == '-'))
                    result.AddError($"'{token.Value}' is no option of this verb; write a file of that name as ./{token.Value}");
            });
        foreach (var option in command.Options)
            if (option.HelpName is null && ValueNames.TryGetValue(option.Name, out var name)) option.HelpName = name;
        foreach (var verb in command.Subcommands) Refine(verb);
    }

    private static readonly Dictionary<string, string> ValueNames = new(StringComparer.Ordinal)
    {
        ["--assets"] = "FOLDER", ["--ca"] = "FILE", ["--file"] = "FILE", ["--from-docker"] = "SOCKET", ["--grace"] = "TIME", ["--key"] = "FILE", ["--listen-unix"] = "SOCKET",
        ["--mac"] = "MAC", ["--mirror"] = "URL", ["--name"] = "NAME", ["--output"] = "FILE", ["--parallel"] = "N", ["--password-file"] = "FILE", ["--limit"] = "N", ["--server"] = "URL", ["--socket"] = "PATH", ["--state"] = "FOLDER", ["--suite"] = "NAME",
        ["--templates"] = "FOLDER", ["--token-file"] = "FILE", ["--trust"] = "FINGERPRINT", ["--username"] = "NAME",
    };

    private static RootCommand Verbs() => new("Sextant turns powered-off servers into a highly available Kubernetes cluster, from one file.")
    {
        ServeCommand.Create(),
        ValidateCommand.Create(),
        SchemaCommand.Create(),
        PlanCommand.Create(),
        RenderCommand.Create(),
        AddonsCommand.Create(),
        KubeconfigCommand.Create(),
        AssetsCommand.Create(),
        ImagesCommand.Create(),
        RegistryCommand.Create(),
        NodeCommand.Create(),
        EventsCommand.Create(),
        AuditCommand.Create(),
        TokenCommand.Create(),
        DoctorCommand.Create(),
        LabCommand.Create(),
        CompletionCommand.Create(),
        ManCommand.Create(),
    };
}
