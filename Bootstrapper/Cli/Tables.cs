using Spectre.Console;

namespace Sextant.Cli;

/// <summary>Tables for people and for programs that people put behind a pipe.</summary>
internal static class Tables
{
    /// <summary>A table for a file or a pipe has the width it needs: nobody wants an address or a path broken in two.</summary>
    private const int PipeWidth = 250;

    /// <summary>True when the output is a terminal, on which a table can be redrawn.</summary>
    public static bool IsTerminal(TextWriter output) => ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected;

    /// <summary>Writes a table: in colour to a terminal, plain and wide to anything else.</summary>
    public static void Write(Table table, TextWriter output)
    {
        if (IsTerminal(output))
        {
            AnsiConsole.Write(table);
            return;
        }
        var plain = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(output),
        });
        plain.Profile.Width = PipeWidth;
        plain.Write(table);
    }
}
