using Sextant.Assets;
using Sextant.Status;

namespace Sextant.Cli;

/// <summary>
/// Reads every asset once after the start, one after the other, and looks every two seconds whether a build, a pull or a bundle changed the folder's
/// index: the new files are in force at once and read, too. The clock's tick is used and not file notifications, which network file systems lose.
/// </summary>
public sealed partial class AssetWatch(CurrentAssets assets, EventFeed feed, TimeProvider time, ILogger<AssetWatch> log) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    private IReadOnlyList<string> announced = assets.Problems;

    /// <summary>Takes up what changed since the last look. Not to be called concurrently.</summary>
    public async Task LookAsync(CancellationToken cancellation)
    {
        if (assets.Refresh())
        {
            LogTaken(assets.Value.Files.Count);
            foreach (var problem in assets.Value.Problems) LogProblem(problem);
            Announce();
            await assets.VerifyAllAsync(cancellation);
        }
        else await assets.VerifyDamagedAsync(cancellation);
        Announce();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        try
        {
            await assets.VerifyAllAsync(stoppingToken);
            Announce();
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    await LookAsync(stoppingToken);
                }
                catch (Exception failure) when (failure is not OperationCanceledException)
                {
                    LogFailed(failure);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The service stops.
        }
    }

    private void Announce()
    {
        var problems = assets.Problems;
        if (problems.SequenceEqual(announced)) return;
        announced = problems;
        feed.AnnouncePlan();
    }

    [LoggerMessage(EventId = 1432, Level = LogLevel.Information, Message = "the asset folder changed; {Files} files are in force now")]
    private partial void LogTaken(int files);

    [LoggerMessage(EventId = 1433, Level = LogLevel.Warning, Message = "asset {Problem}")]
    private partial void LogProblem(AssetProblem problem);

    [LoggerMessage(EventId = 1434, Level = LogLevel.Error, Message = "looking at the asset folder failed")]
    private partial void LogFailed(Exception failure);
}
