using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Storage;

namespace Sextant.Tracing;

/// <summary>A machine's boot as the API shows it.</summary>
/// <param name="Mac">The machine.</param>
/// <param name="Hostname">Its name in the cluster description; null for a stranger.</param>
/// <param name="Verdict">What became of its last boot.</param>
/// <param name="Summary">The same in words.</param>
/// <param name="Advice">What to do, most likely first.</param>
/// <param name="Steps">What happened, oldest first.</param>
/// <param name="Packets">Packets that are kept of it, of earlier boots, too.</param>
/// <param name="Dropped">Packets of all machines that came faster than they could be recorded, since the service started.</param>
public sealed record TraceView(
    MacAddress Mac, string? Hostname, BootVerdict Verdict, string Summary, IReadOnlyList<string> Advice, IReadOnlyList<BootStep> Steps, int Packets, long Dropped);

/// <summary>Traces of machines: the packets as they are kept, and explained.</summary>
public sealed class Traces(CurrentPlan plan, MachineStore machines, PacketRecorder recorder, TimeProvider time)
{
    /// <summary>The machine's packets; null when neither the description nor the records nor the recorder know it.</summary>
    public IReadOnlyList<RecordedPacket>? Packets(MacAddress mac)
    {
        var packets = recorder.Store.Of(mac);
        return packets.Count > 0 || plan.Value.Network.Reservations.ContainsKey(mac) || machines.Find(mac) is not null ? packets : null;
    }

    /// <summary>What is kept of the machine, in numbers; null when nothing is.</summary>
    public TraceStamp? StampOf(MacAddress mac) => recorder.Store.StampOf(mac);

    /// <summary>The machines heard last that the cluster description does not name, the latest first.</summary>
    /// <param name="limit">How many at most.</param>
    public IReadOnlyList<(MacAddress Mac, TraceStamp Stamp)> Strangers(int limit) =>
        [.. recorder.Store.Strangers(limit).Where(heard => !plan.Value.Network.Reservations.ContainsKey(heard.Mac))];

    /// <summary>The machine's last boot; null when nobody knows the machine.</summary>
    public TraceView? Explain(MacAddress mac)
    {
        if (Packets(mac) is not { } packets) return null;
        var (finding, steps) = BootExplainer.Explain(Facts(mac, packets), ContextOf(mac));
        return new TraceView(
            mac, plan.Value.Network.Reservations.GetValueOrDefault(mac)?.Hostname, finding.Verdict, finding.Summary, finding.Advice, steps, packets.Count, recorder.Dropped);
    }

    /// <summary>How the machine's last boot went by its packets; null when none was recorded.</summary>
    public BootFinding? Boot(MacAddress mac) => recorder.Store.Of(mac) is { Count: > 0 } packets ? BootExplainer.Find(Facts(mac, packets), ContextOf(mac)) : null;

    private IReadOnlyList<PacketFact> Facts(MacAddress mac, IReadOnlyList<RecordedPacket> packets) => PacketReader.Facts(packets, mac, PacketRecorder.PortsOf(plan.Value.Network));

    private BootContext ContextOf(MacAddress mac)
    {
        var inForce = plan.Value;
        return new BootContext(mac, inForce.Network.ServerAddress, inForce.Network.Interface, inForce.EntitlementOf(mac), machines.Find(mac), time.GetUtcNow());
    }
}
