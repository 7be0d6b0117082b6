using Sextant.Dhcp.Wire;
using Sextant.Lifecycle;
using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Storage;

namespace Sextant.Dhcp.Server;

/// <summary>Which of its two ports a proxy was asked on.</summary>
public enum ProxyService
{
    /// <summary>Port 67, where boot clients look for servers.</summary>
    Discovery,
    /// <summary>Port 4011, where they ask for their boot file.</summary>
    Boot,
}

/// <summary>Messages in, replies out, for a proxy: decides each message of a batch and remembers whom it saw first. Without state; from any thread.</summary>
public sealed class ProxyExchange(CurrentPlan plans, MachineStore machines, IpxeClients ipxe, ILogger log)
{
    private const int LargestReply = 1472;

    /// <summary>Handles a batch.</summary>
    /// <param name="service">On which port it arrived.</param>
    /// <param name="batch">The datagrams, in the order they came.</param>
    /// <param name="now">The time, the same for all.</param>
    /// <returns>What may leave, in order.</returns>
    public IReadOnlyList<Departure> Handle(ProxyService service, IReadOnlyList<Arrival> batch, DateTimeOffset now)
    {
        var plan = plans.Value;
        var departures = new List<Departure>(batch.Count);
        var discovered = new Dictionary<MacAddress, MachineEvent>();
        foreach (var arrival in batch)
        {
            try
            {
                if (Decide(service, arrival, plan, now) is not { } answer) continue;
                departures.Add(answer.Departure);
                // Two packets of a new machine in one batch are both its first.
                foreach (var happened in answer.Events) discovered.TryAdd(happened.Mac, happened);
            }
            catch (Exception failure)
            {
                DhcpLog.HandlingFailed(log, failure, arrival.Source, Convert.ToHexStringLower(arrival.Octets.Span));
            }
        }
        Remember([.. discovered.Values]);
        return departures;
    }

    private (Departure Departure, IReadOnlyList<MachineEvent> Events)? Decide(ProxyService service, Arrival arrival, ClusterPlan plan, DateTimeOffset now)
    {
        if (!DhcpReader.TryRead(arrival.Octets.Span, out var packet, out var error))
        {
            DhcpMetrics.NotDhcp(error);
            if (log.IsEnabled(LogLevel.Debug)) DhcpLog.NotDhcp(log, error, arrival.Source, Convert.ToHexStringLower(arrival.Octets.Span));
            return null;
        }
        if (!DhcpRequest.TryRead(packet, arrivedByBroadcast: service is ProxyService.Discovery, out var request, out var refusal, arrival.SourcePort))
        {
            Silent(packet, refusal);
            return null;
        }
        if (request.Client is BootClient.Ipxe) ipxe.Note(request.Mac, now);
        var machine = machines.Find(request.Mac);
        var boot = BootDecision.Decide(machine, plan.EntitlementOf(request.Mac), now);
        var outcome = service switch
        {
            ProxyService.Discovery => ProxyDecision.OnDiscovery(request, plan.Network, machine, boot, now),
            ProxyService.Boot => ProxyDecision.OnBootRequest(request, arrival.Source, arrival.SourcePort, plan.Network, machine, boot, now),
            _ => throw new ArgumentOutOfRangeException(nameof(service)),
        };
        switch (outcome)
        {
            case DhcpOutcome.Answer answer:
                DhcpMetrics.Answered(answer.Message);
                if (log.IsEnabled(LogLevel.Debug)) DhcpLog.Answered(log, request.Mac, packet.Summary(), answer.Message.Summary());
                return (new Departure(Encode(answer.Message), answer.To, request.Mac), answer.Events);
            case DhcpOutcome.Silence silence:
                Silent(packet, silence.Reason);
                if (machine is null && BootFields.AreMissing(request, plan.Network) && request.Type is DhcpMessageType.Discover)
                    DhcpLog.NoLoaderFromProxy(log, request.Mac, request.Client.Name);
                return null;
            default:
                throw new InvalidOperationException($"{outcome.GetType().Name} is no outcome of a proxy");
        }
    }

    private void Silent(DhcpPacket packet, DhcpRefusal reason)
    {
        DhcpMetrics.Refused(reason);
        if (log.IsEnabled(LogLevel.Debug)) DhcpLog.Silent(log, packet.Mac, reason, packet.Summary());
    }

    private static byte[] Encode(DhcpPacket message)
    {
        var octets = new byte[LargestReply];
        return DhcpWriter.TryWrite(message, octets, out var length)
            ? octets[..length]
            : throw new InvalidOperationException($"a reply is longer than {LargestReply} octets: {message}");
    }

    /// <summary>A machine that cannot be remembered is answered all the same: nothing was promised to it that could get lost.</summary>
    private void Remember(MachineEvent[] discovered)
    {
        if (discovered.Length == 0) return;
        try
        {
            Task.WaitAll([.. discovered.Select(machines.RecordAsync)]);
        }
        catch (Exception failure)
        {
            DhcpLog.NotRemembered(log, failure, discovered.Length);
        }
    }
}
