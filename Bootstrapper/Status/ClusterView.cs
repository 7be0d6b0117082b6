using Sextant.Lifecycle;
using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Storage;

namespace Sextant.Status;

/// <summary>The cluster in numbers, and what needs a person.</summary>
/// <param name="Name">The cluster's name.</param>
/// <param name="Nodes">Planned machines.</param>
/// <param name="Ready">Planned machines that are all their roles promise: etcd members healthy, others enrolled, and none that Kubernetes calls not ready.</param>
/// <param name="EtcdMembers">Planned members of etcd.</param>
/// <param name="EtcdHealthy">Those of them that are healthy.</param>
/// <param name="EtcdQuorum">Whether enough of them are healthy for etcd to decide: more than half.</param>
/// <param name="Strangers">Machines seen that are not in the file.</param>
/// <param name="Site">What is wrong with the site beside its machines, one line each: the file, the assets.</param>
/// <param name="Problems">Everything that needs a person, one line each: the site first, then the machines.</param>
public sealed record ClusterView(
    string Name, int Nodes, int Ready, int EtcdMembers, int EtcdHealthy, bool EtcdQuorum, int Strangers, IReadOnlyList<string> Site, IReadOnlyList<string> Problems)
{
    /// <summary>Counts.</summary>
    public static ClusterView Of(string name, IReadOnlyList<string> site, IReadOnlyList<NodeView> nodes)
    {
        var planned = nodes.Where(node => node.Planned).ToList();
        var members = planned.Count(node => node.EtcdMember);
        var healthy = planned.Count(node => node.EtcdHealthy is true);
        return new ClusterView(name, planned.Count, planned.Count(IsReady), members, healthy, healthy > members / 2, nodes.Count - planned.Count, site,
            [.. site, .. nodes.Where(node => node.Attention is not null).OrderBy(node => node.Attention!.Grade).Select(node => node.Attention!.InOneLine(node.Hostname ?? node.Mac.ToString()))]);
    }

    private static bool IsReady(NodeView node) => node.Station is Station.Done && node.Stage is not "held" && node.NodeReady is not false;
}

/// <summary>What is wrong beside the file and the machines, one line each: assets that are not served.</summary>
/// <param name="read">Gives the lines of this moment.</param>
public sealed class StandingProblems(Func<IReadOnlyList<string>> read)
{
    /// <summary>The lines of this moment.</summary>
    public IReadOnlyList<string> Lines => read();
}

/// <summary>Reads plan, records and diagnoses together.</summary>
public sealed class ClusterViews(CurrentPlan plan, MachineStore machines, Diagnoses diagnoses, TransferLedger transfers, StandingProblems standing, PowerStates power)
{
    /// <summary>Every planned machine in the order of the file, then the strangers by MAC.</summary>
    public IReadOnlyList<NodeView> Nodes()
    {
        var inForce = plan.Value;
        var strangers = machines.All.Where(machine => !inForce.Network.Reservations.ContainsKey(machine.Mac));
        return
        [
            .. inForce.Roster.Select(line => Node(line.Mac, line, true, machines.Find(line.Mac))),
            .. strangers.Select(machine => Node(machine.Mac, inForce.LineOf(machine.Mac), false, machine)),
        ];
    }

    /// <summary>One machine; null when neither the file nor the store knows it.</summary>
    /// <param name="mac">The machine.</param>
    /// <param name="withStory">Whether its history is wanted, too.</param>
    public NodeView? Node(MacAddress mac, bool withStory)
    {
        var inForce = plan.Value;
        var machine = machines.Find(mac);
        var inFile = inForce.Network.Reservations.ContainsKey(mac);
        if (machine is null && !inFile) return null;
        var view = Node(mac, inForce.LineOf(mac), inFile, machine);
        return withStory ? view with { Story = NodeStory.Of(machine, transfers.Of(mac)), Timeline = [.. (machine?.Timeline ?? []).Select(EventView.Of)] } : view;
    }

    /// <summary>The cluster in numbers.</summary>
    public ClusterView Cluster() => Cluster(Nodes());

    /// <summary>The cluster in numbers, of machines that are looked at already.</summary>
    public ClusterView Cluster(IReadOnlyList<NodeView> nodes) => ClusterView.Of(plan.Value.Description.Name, [.. plan.Problems, .. standing.Lines], nodes);

    private NodeView Node(MacAddress mac, RosterEntry? planned, bool inFile, Machine? machine)
    {
        var attention = diagnoses.Of(mac, planned, inFile, machine);
        var view = NodeView.Of(mac, planned, inFile, machine) with { Attention = attention, NodeReady = diagnoses.NodeOf(planned)?.IsReady, Power = PowerView.WordOf(power.Of(mac)) };
        return attention is null ? view with { Next = NextStep.Of(view.Station, machine) } : view;
    }
}
