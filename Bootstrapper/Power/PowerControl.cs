using System.Collections.Concurrent;
using Sextant.Cluster;
using Sextant.Lifecycle;
using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Storage;

namespace Sextant.Power;

/// <summary>
/// Asks machines' management controllers, one act at a time for each machine: two of them at once is more than some controllers can do. Passwords are read from their files for each act. Safe for
/// use by several threads.
/// </summary>
/// <param name="plan">Names the controllers.</param>
/// <param name="folder">The folder of the description, in which the paths in it begin.</param>
/// <param name="machines">Knows the machines' firmware.</param>
/// <param name="states">Told what controllers say.</param>
/// <param name="log">Log.</param>
public sealed partial class PowerControl(CurrentPlan plan, string folder, MachineStore machines, PowerStates states, ILogger<PowerControl> log)
{
    private const string IpmiProgram = "ipmitool";

    /// <summary>How long a controller may take for one answer. Some are slow; none takes minutes.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<MacAddress, SemaphoreSlim> turns = new();
    private readonly ConcurrentDictionary<MacAddress, PowerFailure> told = new();

    /// <summary>The machines that have a controller.</summary>
    public IReadOnlyList<MacAddress> Controlled => [.. plan.Value.Description.Nodes.Where(node => node.Bmc is not null).Select(node => node.Mac)];

    /// <summary>Asks a machine's controller.</summary>
    public async Task<PowerOutcome> DoAsync(MacAddress mac, PowerAction action, CancellationToken cancelled)
    {
        if (plan.Value.Description.Nodes.FirstOrDefault(node => node.Mac == mac)?.Bmc is not { } bmc)
            return new PowerOutcome.Failed(PowerFailure.NoController, $"The cluster description names no management controller for {mac}; give it a bmc.");
        var turn = turns.GetOrAdd(mac, _ => new SemaphoreSlim(1));
        await turn.WaitAsync(cancelled);
        try
        {
            var outcome = await AskAsync(bmc, action, machines.Find(mac)?.Firmware.StartsWith("UEFI", StringComparison.Ordinal) ?? false, cancelled);
            states.Set(mac, (outcome as PowerOutcome.Done)?.State);
            Tell(mac, action, outcome);
            return outcome;
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>A controller that is asked every minute and fails every time is told of once.</summary>
    private void Tell(MacAddress mac, PowerAction action, PowerOutcome outcome)
    {
        if (outcome is not PowerOutcome.Failed failed)
        {
            told.TryRemove(mac, out _);
            if (action is not PowerAction.Status) LogDone(mac, action);
            return;
        }
        var isNews = !told.TryGetValue(mac, out var before) || before != failed.Reason;
        told[mac] = failed.Reason;
        if (isNews || action is not PowerAction.Status) LogFailed(mac, action, failed.Reason, failed.Explanation);
    }

    private async Task<PowerOutcome> AskAsync(BmcDescription bmc, PowerAction action, bool isUefi, CancellationToken cancelled)
    {
        ControllerAccess access;
        try
        {
            access = ControllerAccess.Read(bmc, folder);
        }
        catch (IOException unreadable)
        {
            return new PowerOutcome.Failed(PowerFailure.NoCredentials, unreadable.Message);
        }
        if (bmc.IsIpmi) return await new IpmiController(access, IpmiProgram, Patience).DoAsync(action, isUefi, cancelled);
        using var handler = new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, SslOptions = { RemoteCertificateValidationCallback = (_, shown, chain, errors) => access.Trusts(shown, chain, errors) } };
        using var client = new HttpClient(handler) { Timeout = Patience };
        return await new RedfishController(access, client).DoAsync(action, isUefi, cancelled);
    }

    [LoggerMessage(EventId = 1850, Level = LogLevel.Information, Message = "{Mac}: its management controller did {Action}")]
    private partial void LogDone(MacAddress mac, PowerAction action);

    [LoggerMessage(EventId = 1851, Level = LogLevel.Warning, Message = "{Mac}: its management controller did not do {Action}: {Reason}: {Explanation}")]
    private partial void LogFailed(MacAddress mac, PowerAction action, PowerFailure reason, string explanation);
}
