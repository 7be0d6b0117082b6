using Sextant.Lab;
using Spectre.Console;

namespace Sextant.Cli;

/// <summary>Where <c>sextant lab</c> shows a rack: a table that redraws itself on a terminal, lines elsewhere.</summary>
internal static class LabScreens
{
    // Wide enough for every column; a pipe has no width of its own.

    /// <summary>The rack as a table.</summary>
    public static Table Table(RackState state, RackProgress progress)
    {
        var table = new Table().Border(TableBorder.Rounded).Title($"rack {Markup.Escape(state.Namespace)}").Caption(Markup.Escape(Caption(state, progress)));
        foreach (var column in RackText.Columns)
        {
            var header = new TableColumn(column);
            table.AddColumn(column == "detail" ? header : header.NoWrap());
        }
        foreach (var machine in progress.Machines)
        {
            table.AddRow([.. RackText.Row(machine, progress).Zip(RackText.Columns, (cell, column) =>
                column == "stage" ? $"[{Colour(cell)}]{Markup.Escape(cell)}[/]" : Markup.Escape(cell))]);
        }
        return table;
    }

    private static string Caption(RackState state, RackProgress progress) =>
        $"{state.Url}   {LabDuration.Format(progress.Elapsed)}"
        + (progress.BootstrapperGoneSince is not null ? "   the bootstrapper does not run" : progress.BootstrapperAnswers ? "" : "   the bootstrapper does not answer");

    private static string Colour(string stage) => stage switch
    {
        "healthy" => "green",
        "failed" or "unhealthy" or "held" or "crashed" => "red",
        "off" or "powered on" => "grey",
        _ => "yellow",
    };
}

/// <summary>One line for each change, for pipes and logs.</summary>
/// <param name="output">Where the lines go.</param>
internal sealed class LineScreen(TextWriter output) : IRackScreen
{
    private RackProgress? last;

    /// <inheritdoc/>
    public void Show(RackProgress progress)
    {
        var before = last ?? RackProgress.Begin(progress.Machines.Select(machine => machine.Machine), progress.StartedAt);
        foreach (var line in RackText.Changes(before, progress)) output.WriteLine(line);
        last = progress;
    }
}

/// <summary>A table that redraws itself in place.</summary>
/// <param name="state">The rack.</param>
/// <param name="display">Spectre's live display.</param>
internal sealed class LiveScreen(RackState state, LiveDisplayContext display) : IRackScreen
{
    /// <inheritdoc/>
    public void Show(RackProgress progress) => display.UpdateTarget(LabScreens.Table(state, progress));
}
