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

    /// <summary>The machine's last boot; null when nobody knows the machine.</summary>
    public TraceView? Explain(MacAddress mac)
    {
        if (Packets(mac) is not { } packets) return null;
        var (inForce, machine) = (plan.Value, machines.Find(mac));
        var context = new BootContext(mac, inForce.Network.ServerAddress, inForce.Network.Interface, inForce.EntitlementOf(mac), machine, time.GetUtcNow());
        var told = BootExplainer.Explain(PacketReader.Facts(packets, mac, PacketRecorder.PortsOf(inForce.Network)), context);
        return new TraceView(mac, inForce.Network.Reservations.GetValueOrDefault(mac)?.Hostname, told.Verdict, told.Summary, told.Advice, told.Steps, packets.Count, recorder.Dropped);
    }
}
