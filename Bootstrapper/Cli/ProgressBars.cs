using System.Globalization;
using Sextant.Primitives;
using Spectre.Console;

namespace Sextant.Cli;

/// <summary>
/// Shows how far a long work is, on standard error: a bar for each item on a terminal, plain lines elsewhere. Standard output stays free for results.
/// </summary>
public static class ProgressBars
{
    /// <summary>Without a terminal an item has a line at its beginning, at each of these shares of its whole, and at its end.</summary>
    private const int LinesOfAnItem = 4;

    /// <summary>Does the work while its items are shown; reports may come from several threads.</summary>
    /// <param name="title">What the work is: the beginning of each line, or the first line above the bars.</param>
    /// <param name="work">The work; it reports on its items until it returns.</param>
    /// <returns>What the work returned.</returns>
    public static Task<T> RunAsync<T>(string title, Func<IProgress<WorkProgress>, Task<T>> work) =>
        Terminal() is { } terminal ? WithBarsAsync(terminal, title, work) : work(new Lines(title, Console.Error));

    /// <summary>The same for work of many steps and one bar: the steps are named beside it.</summary>
    /// <param name="title">What the work is.</param>
    /// <param name="work">The work; it reports a step for people, and the share of the whole, 0 to 1, that is done.</param>
    public static Task<T> RunStepsAsync<T>(string title, Func<Action<string, double>, Task<T>> work) =>
        Terminal() is { } terminal ? WithOneBarAsync(terminal, title, work) : WithStepLinesAsync(title, work);

    /// <summary>The plain form, for a writer: what a log file gets.</summary>
    internal static IProgress<WorkProgress> LinesTo(string title, TextWriter output) => new Lines(title, output);

    /// <summary>Standard error, when somebody looks at it; null when it is a file or a pipe.</summary>
    private static IAnsiConsole? Terminal()
    {
        if (Console.IsErrorRedirected) return null;
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return console.Profile.Capabilities.Interactive ? console : null;
    }

    private static Task<T> WithBarsAsync<T>(IAnsiConsole terminal, string title, Func<IProgress<WorkProgress>, Task<T>> work)
    {
        terminal.MarkupLineInterpolated($"[bold]{title}[/]");
        // Items that are done make room for the others: there may be more of them than the terminal has lines.
        return terminal.Progress().HideCompleted(true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(context => work(new Bars(context)));
    }

    private static Task<T> WithOneBarAsync<T>(IAnsiConsole terminal, string title, Func<Action<string, double>, Task<T>> work) =>
        terminal.Progress().Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn()).StartAsync(async context =>
        {
            var task = context.AddTask(title.EscapeMarkup());
            var result = await work((step, share) =>
            {
                task.Description = $"{title}: {step}".EscapeMarkup();
                task.Value = Math.Max(task.Value, share * task.MaxValue);
            });
            task.StopTask();
            return result;
        });

    /// <summary>One line for each step, not for each package: this goes to log files.</summary>
    private static Task<T> WithStepLinesAsync<T>(string title, Func<Action<string, double>, Task<T>> work)
    {
        var last = "";
        return work((reported, share) =>
        {
            var step = reported.Split(" (", 2)[0];
            if (step == last) return;
            last = step;
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{title}: {share * 100,3:f0}% {step}"));
        });
    }

    private sealed class Bars(ProgressContext context) : IProgress<WorkProgress>
    {
        private readonly Lock gate = new();
        private readonly Dictionary<string, ProgressTask> tasks = new(StringComparer.Ordinal);

        public void Report(WorkProgress value)
        {
            lock (gate)
            {
                if (!tasks.TryGetValue(value.Item, out var task)) tasks[value.Item] = task = context.AddTask(value.Item.EscapeMarkup());
                task.IsIndeterminate = value.Total is null;
                if (value.Total is { } total) task.MaxValue = Math.Max(1, total);
                task.Value = value.IsComplete ? task.MaxValue : value.Done;
                if (value.IsComplete) task.StopTask();
            }
        }
    }

    private sealed class Lines(string title, TextWriter output) : IProgress<WorkProgress>
    {
        private readonly Lock gate = new();
        private readonly Dictionary<string, long> shown = new(StringComparer.Ordinal);

        public void Report(WorkProgress value)
        {
            var share = value.IsComplete ? LinesOfAnItem : value.Total is { } total and > 0 ? Math.Clamp(value.Done * LinesOfAnItem / total, 0, LinesOfAnItem - 1) : 0;
            lock (gate)
            {
                if (shown.TryGetValue(value.Item, out var last) && last >= share) return;
                shown[value.Item] = share;
                output.WriteLine($"{title}: {100 * share / LinesOfAnItem,3}% {value.Item}");
            }
        }
    }
}
