using System.Threading.Channels;
using Sextant.Background;
using Sextant.Lifecycle;
using Sextant.Primitives;
using Sextant.Storage;

namespace Sextant.Power;

/// <summary>
/// Asks every management controller now and then whether its machine has power, a few at a time: they are small computers, and people wait for them, too. One whose
/// machine is heard although it was without power is asked at once: somebody pressed the button.
/// </summary>
public sealed partial class PowerMonitor(PowerControl control, PowerStates states, MachineStore machines, TimeProvider time, ILogger<PowerMonitor> log) : BackgroundService
{
    /// <summary>Time between two rounds.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    /// <summary>How soon a controller is asked again that says of a machine that is heard that it has no power.</summary>
    public static readonly TimeSpan DoubtPause = TimeSpan.FromSeconds(10);

    private const int AtOnce = 4;

    private readonly Channel<MacAddress> doubted = Channel.CreateUnbounded<MacAddress>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Dictionary<MacAddress, long> doubtedAt = [];

    /// <summary>One round over the controllers.</summary>
    public Task RoundAsync(CancellationToken cancelled) => Parallel.ForEachAsync(control.Controlled, AFewAtOnce(cancelled), AskAsync);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var hearing = machines.Subscribe((_, machine) => OnHeard(machine.Mac));
        var rounds = Rounds.RunAsync(Period, RoundAsync, LogFailed, time, stoppingToken);
        try
        {
            await Parallel.ForEachAsync(doubted.Reader.ReadAllAsync(stoppingToken), AFewAtOnce(stoppingToken), AskDoubtedAsync);
        }
        catch (OperationCanceledException)
        {
            // The service stops.
        }
        await rounds;
    }

    private static ParallelOptions AFewAtOnce(CancellationToken cancelled) => new() { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancelled };

    /// <summary>On the thread of the records' writer.</summary>
    private void OnHeard(MacAddress mac)
    {
        if (states.Of(mac) is not PowerState.Off) return;
        if (doubtedAt.TryGetValue(mac, out var before) && time.GetElapsedTime(before) < DoubtPause) return;
        doubtedAt[mac] = time.GetTimestamp();
        doubted.Writer.TryWrite(mac);
    }

    private async ValueTask AskDoubtedAsync(MacAddress mac, CancellationToken cancelled)
    {
        try
        {
            await AskAsync(mac, cancelled);
        }
        catch (Exception failure) when (!cancelled.IsCancellationRequested)
        {
            LogFailed(failure);
        }
    }

    private async ValueTask AskAsync(MacAddress mac, CancellationToken cancelled) => await control.DoAsync(mac, PowerAction.Status, cancelled);

    [LoggerMessage(EventId = 1852, Level = LogLevel.Error, Message = "asking the management controllers failed")]
    private partial void LogFailed(Exception failure);
}
