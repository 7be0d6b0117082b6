using Sextant.Background;
using Sextant.Lifecycle;
using Sextant.Planning;
using Sextant.Primitives;

namespace Sextant.Health;

/// <summary>
/// Asks one API server that answers how nodes and addons are, every <see cref="Period"/>; the next one when it fails. Nobody is asked while no API server answers,
/// and one failed question does not wipe out what the last one told: two in a row do.
/// </summary>
public sealed partial class KubernetesMonitor(
    KubernetesProbe probe, CurrentPlan plan, AnsweringApis answering, ClusterStanding standing, TimeProvider time, ILogger<KubernetesMonitor> log) : BackgroundService
{
    /// <summary>Time between two rounds.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    private bool failedBefore;

    /// <summary>One round. Not to be called concurrently.</summary>
    public async Task RoundAsync(CancellationToken cancelled)
    {
        var now = time.GetUtcNow();
        Ipv4Address[] servers = [.. plan.Value.Names.Masters.Where(answering.Addresses.Contains)];
        var answer = KubernetesAnswer.Failed(now, servers.Length == 0 ? "no API server answers" : "");
        foreach (var server in servers)
        {
            answer = await probe.AskAsync(server, now, cancelled);
            if (answer.Server is not null) break;
        }
        var fails = answer.Server is null;
        if (fails && !failedBefore && standing.Answer.Server is not null)
        {
            failedBefore = true;
            return;
        }
        if (fails && answer.Problem != standing.Answer.Problem) LogUnanswered(answer.Problem);
        (failedBefore, standing.Answer) = (fails, answer);
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Rounds.RunAsync(Period, RoundAsync, LogRoundFailed, time, stoppingToken);

    [LoggerMessage(EventId = 1540, Level = LogLevel.Information, Message = "nodes and addons of Kubernetes are not known: {Problem}")]
    private partial void LogUnanswered(string problem);

    [LoggerMessage(EventId = 1541, Level = LogLevel.Error, Message = "a round of questions to Kubernetes failed")]
    private partial void LogRoundFailed(Exception failure);
}
