using Sextant.Planning;
using Sextant.Status;

namespace Sextant.Cli;

/// <summary>
/// Looks once a second whether the cluster description, or the manifest that pins what plans name, changed. A valid one takes the place of the plan in force at once and whole; an invalid one
/// changes nothing but the problems shown. The clock's tick is used and not file notifications, which network file systems and editors' renames lose.
/// </summary>
public sealed partial class PlanReloader(PlanReader reader, CurrentPlan plan, EventFeed feed, TimeProvider time, ILogger<PlanReloader> log) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private PlanStamp seen = reader.Stamp();

    /// <summary>Takes the file as it is now, if it changed since it was last looked at. Not to be called concurrently.</summary>
    public void Look()
    {
        var stamp = reader.Stamp();
        if (stamp == seen) return;
        seen = stamp;
        var inForce = plan.Value;
        var reading = reader.ToPlan(reader.ReadFile(), inForce.Anchors, inForce.Material.Keys);
        if (reading.Plan is not { } fresh) Keep(reading.Problems);
        else if (PlanChanges.NeedingRestart(inForce, fresh) is { Count: > 0 } bound)
            Keep([$"{reader.File}: {string.Join(" and ", bound)} changed: restart the service to apply the file", .. reading.Problems]);
        else
        {
            plan.Value = fresh;
            plan.Problems = reading.Problems;
            LogSwapped(reader.File, fresh.Description.Nodes.Count);
        }
        feed.AnnouncePlan();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    Look();
                }
                catch (Exception failure)
                {
                    LogFailed(reader.File, failure);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The service stops.
        }
    }

    private void Keep(IReadOnlyList<string> problems)
    {
        plan.Problems = [.. problems, $"{reader.File}: not in force; the last valid description stays in force until these problems are gone"];
        foreach (var problem in problems) LogProblem(problem);
        LogKept(reader.File);
    }

    [LoggerMessage(EventId = 1610, Level = LogLevel.Information, Message = "{File} changed and is in force now, with {Nodes} machines")]
    private partial void LogSwapped(string file, int nodes);

    [LoggerMessage(EventId = 1611, Level = LogLevel.Warning, Message = "{Problem}")]
    private partial void LogProblem(string problem);

    [LoggerMessage(EventId = 1612, Level = LogLevel.Warning, Message = "{File} changed and cannot be used; the last valid description stays in force")]
    private partial void LogKept(string file);

    [LoggerMessage(EventId = 1613, Level = LogLevel.Error, Message = "looking at {File} failed")]
    private partial void LogFailed(string file, Exception failure);
}
