using Sextant.Background;
using Sextant.Lifecycle;
using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Storage;

namespace Sextant.Health;

/// <summary>
/// Asks every enrolled etcd member how it is, every <see cref="Period"/>, all at once, and records what changed. A probe that outlasts the period
/// delays only the next round.
/// </summary>
public sealed partial class EtcdHealthMonitor(EtcdProbe probe, CurrentPlan plan, MachineStore machines, TimeProvider time, ILogger<EtcdHealthMonitor> log)
    : BackgroundService
{
    /// <summary>Time between two rounds.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    private readonly Dictionary<MacAddress, EtcdHealthCount> counts = [];

    /// <summary>One round over the members. Not to be called concurrently.</summary>
    public async Task RoundAsync(CancellationToken cancelled)
    {
        var members = plan.Value.EtcdMembers
            .Select(planned => machines.Find(planned.Mac))
            .Where(machine => machine is { IsEnrolled: true, HoldReason: null, Address: not null })
            .Select(machine => machine!)
            .ToList();
        foreach (var gone in counts.Keys.Except(members.Select(machine => machine.Mac)).ToList()) counts.Remove(gone);
        var results = await Task.WhenAll(members.Select(machine => probe.AskAsync(machine.Address!.Value, cancelled)));
        var now = time.GetUtcNow();
        foreach (var (machine, result) in members.Zip(results))
        {
            // The record may have moved on while the member was asked: a reinstall makes its answer worthless.
            if (machines.Find(machine.Mac) is not { IsEnrolled: true } latest || latest.Attempt != machine.Attempt) continue;
            var (next, change) = counts.GetValueOrDefault(machine.Mac).After(latest.EtcdHealthy, result);
            counts[machine.Mac] = next;
            if (change is not { } told) continue;
            await machines.RecordAsync(new EtcdHealthChanged(machine.Mac, now, told.Healthy, told.Detail));
            if (told.Healthy) LogHealthy(machine.Mac);
            else LogUnhealthy(machine.Mac, told.Detail);
        }
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Rounds.RunAsync(Period, RoundAsync, LogRoundFailed, time, stoppingToken);

    [LoggerMessage(EventId = 1500, Level = LogLevel.Information, Message = "{Mac}: etcd member healthy")]
    private partial void LogHealthy(MacAddress mac);

    [LoggerMessage(EventId = 1501, Level = LogLevel.Warning, Message = "{Mac}: etcd member unhealthy: {Detail}")]
    private partial void LogUnhealthy(MacAddress mac, string detail);

    [LoggerMessage(EventId = 1502, Level = LogLevel.Error, Message = "a round of etcd health probes failed")]
    private partial void LogRoundFailed(Exception failure);
}
