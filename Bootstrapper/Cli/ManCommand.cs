using System.CommandLine;

namespace Sextant.Cli;

/// <summary><c>sextant man</c>: the manual page, made from the command line itself.</summary>
public static class ManCommand
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var command = new Command("man", "Print the manual page sextant(1): sextant man | man -l -");
        command.SetAction(arguments => Console.Out.Write(ManPage.Of(arguments.RootCommandResult.Command)));
        return command;
    }
}
