using Sextant.Background;

namespace Sextant.Status;

/// <summary>
/// Looks at every machine again and again: silence, packets and Kubernetes are no events, and still what they mean for a machine changes. What changed is told to
/// everybody who listens.
/// </summary>
public sealed partial class AttentionWatch(ClusterViews views, EventFeed feed, TimeProvider time, ILogger<AttentionWatch> log) : BackgroundService
{
    /// <summary>Time between two looks.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    /// <summary>Looks once, if anybody listens: a rack that powers on has better use for the processors.</summary>
    public void Look()
    {
        if (feed.ListenerCount == 0) return;
        foreach (var node in views.Nodes()) feed.Announce(node);
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Rounds.RunAsync(Period, LookAsync, LogFailed, time, stoppingToken);

    private Task LookAsync(CancellationToken cancelled)
    {
        Look();
        return Task.CompletedTask;
    }

    [LoggerMessage(EventId = 1640, Level = LogLevel.Error, Message = "looking at the machines failed")]
    private partial void LogFailed(Exception failure);
}
