using System.Diagnostics;
using NUnit.Framework;

namespace Sextant.Tests.TestKit;

/// <summary>
/// A verb of the product, killed with SIGKILL at random moments of its work, over and over, on the same folders: between the time that the program needs to
/// do nothing at all and a tenth more than an undisturbed run takes.
/// </summary>
/// <param name="arguments">The verb with its arguments.</param>
internal sealed class KilledVerb(params string[] arguments)
{
    private const int Kills = 25;
    private const int FewestKills = 5;
    private const double Latest = 1.1;

    // Each killed run leaves less to do for the next one, so after some of them one is left to end.
    private const int KillsInARow = 6;

    // On a busy machine every run takes longer, and fewer kills fit in.
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(14);

    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    /// <summary>Runs it undisturbed once, then kills it again and again, and lets it end at last.</summary>
    /// <param name="afresh">Takes away what a completed run made, so that kills meet work.</param>
    /// <param name="inspect">Looks at the folders after every run; told whether that completed.</param>
    public async Task RunAsync(Action afresh, Func<bool, Task> inspect)
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var idle = Measure(() => Product.Run("--version"));
        var whole = Measure(() => Product.Run(arguments));
        await inspect(true);
        afresh();
        var said = $"seed {seed}, {idle.TotalMilliseconds:0} ms to start, {whole.TotalMilliseconds:0} ms in all";
        var (kills, completed, inARow) = (0, 0, 0);
        var clock = Stopwatch.StartNew();
        while (kills < Kills && (clock.Elapsed < Budget || kills < FewestKills && clock.Elapsed < 3 * Budget))
        {
            var earliest = idle < whole / 2 ? idle : whole / 2;
            var moment = inARow >= KillsInARow ? Longest : earliest + (whole * Latest - earliest) * random.NextDouble();
            var took = await EndsWithinAsync(moment);
            var isOver = took is not null;
            // What one run takes changes with what else the machine does; one that had less than everything to do tells only that it takes longer.
            if (took is { } now && (inARow == 0 || now > whole)) whole = now;
            if (isOver) completed++;
            else kills++;
            inARow = isOver ? 0 : inARow + 1;
            try
            {
                await inspect(isOver);
            }
            catch (AssertionException)
            {
                await TestContext.Out.WriteLineAsync($"{said}: after {kills} kills and {completed} completed runs");
                throw;
            }
            if (isOver) afresh();
        }
        await TestContext.Out.WriteLineAsync($"{string.Join(' ', arguments.Take(2))}: {kills} kills, {completed} completed in {clock.Elapsed.TotalSeconds:0.0} s; {said}");
        Assert.That(kills, Is.GreaterThanOrEqualTo(FewestKills), said);
        _ = Measure(() => Product.Run(arguments));
        await inspect(true);
    }

    private static TimeSpan Measure(Func<Tool.Result> run)
    {
        var clock = Stopwatch.StartNew();
        var result = run();
        Assert.That(result.Status, Is.Zero, result.ToString());
        return clock.Elapsed;
    }

    /// <returns>How long it took; null when it had to be killed.</returns>
    private async Task<TimeSpan?> EndsWithinAsync(TimeSpan moment)
    {
        var clock = Stopwatch.StartNew();
        using var process = Process.Start(new ProcessStartInfo("dotnet", [Product.Dll, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(moment)) process.Kill();
        await process.WaitForExitAsync();
        var took = clock.Elapsed;
        await output;
        Assert.That(process.ExitCode, Is.EqualTo(0).Or.EqualTo(128 + 9), await errors);
        return process.ExitCode == 0 ? took : null;
    }
}
