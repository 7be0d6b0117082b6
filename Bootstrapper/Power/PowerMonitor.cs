using Sextant.Background;

namespace Sextant.Power;

/// <summary>Asks every management controller now and then whether its machine has power, a few at a time: they are small computers, and people wait for them, too.</summary>
public sealed partial class PowerMonitor(PowerControl control, TimeProvider time, ILogger<PowerMonitor> log) : BackgroundService
{
    /// <summary>Time between two rounds.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    private const int AtOnce = 4;

    /// <summary>One round over the controllers.</summary>
    public Task RoundAsync(CancellationToken cancelled) => Parallel.ForEachAsync(
        control.Controlled, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancelled }, async (mac, ended) => await control.DoAsync(mac, PowerAction.Status, ended));

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Rounds.RunAsync(Period, RoundAsync, LogRoundFailed, time, stoppingToken);

    [LoggerMessage(EventId = 1852, Level = LogLevel.Error, Message = "a round of the management controllers failed")]
    private partial void LogRoundFailed(Exception failure);
}
