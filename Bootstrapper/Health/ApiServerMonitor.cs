using Sextant.Background;
using Sextant.Lifecycle;
using Sextant.Planning;
using Sextant.Primitives;

namespace Sextant.Health;

/// <summary>
/// Asks the API server of every master, and the virtual address, how they are, every <see cref="Period"/>, all at once: DNS leads people to those that
/// answer. One success counts; only two failures in a row do, so that a lost packet takes no master away.
/// </summary>
public sealed partial class ApiServerMonitor(ApiServerProbe probe, CurrentPlan plan, AnsweringApis answering, TimeProvider time, ILogger<ApiServerMonitor> log)
    : BackgroundService
{
    /// <summary>Time between two rounds.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    private const int FailureLimit = 2;

    private readonly Dictionary<Ipv4Address, int> failures = [];

    /// <summary>One round. Not to be called concurrently.</summary>
    public async Task RoundAsync(CancellationToken cancelled)
    {
        var names = plan.Value.Names;
        Ipv4Address[] asked = !names.IsOn ? [] : names.ApiVirtualAddress is { } held ? [.. names.Masters, held] : [.. names.Masters];
        foreach (var gone in failures.Keys.Except(asked).ToList()) failures.Remove(gone);
        var results = await Task.WhenAll(asked.Select(address => probe.AskAsync(address, cancelled)));
        var before = answering.Addresses;
        var after = before.Intersect(asked);
        foreach (var (address, result) in asked.Zip(results))
        {
            failures[address] = result.Healthy ? 0 : Math.Min(failures.GetValueOrDefault(address) + 1, FailureLimit);
            if (result.Healthy)
            {
                if (!before.Contains(address)) LogAnswers(address);
                after = after.Add(address);
            }
            else if (failures[address] == FailureLimit && before.Contains(address))
            {
                LogSilent(address, result.Detail);
                after = after.Remove(address);
            }
        }
        if (!after.SetEquals(before)) answering.Addresses = after;
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Rounds.RunAsync(Period, RoundAsync, LogRoundFailed, time, stoppingToken);

    [LoggerMessage(EventId = 1503, Level = LogLevel.Information, Message = "{Address}: the API server answers")]
    private partial void LogAnswers(Ipv4Address address);

    [LoggerMessage(EventId = 1504, Level = LogLevel.Warning, Message = "{Address}: the API server does not answer, and its address is left out of the API's name: {Detail}")]
    private partial void LogSilent(Ipv4Address address, string detail);

    [LoggerMessage(EventId = 1505, Level = LogLevel.Error, Message = "a round of API server probes failed")]
    private partial void LogRoundFailed(Exception failure);
}
