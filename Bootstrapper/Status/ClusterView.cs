using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Storage;

namespace Sextant.Status;

/// <summary>The cluster in numbers, and what needs a person.</summary>
/// <param name="Name">The cluster's name.</param>
/// <param name="Nodes">Planned machines.</param>
/// <param name="Ready">Planned machines that are all their roles promise: etcd members healthy, others installed.</param>
/// <param name="EtcdMembers">Planned members of etcd.</param>
/// <param name="EtcdHealthy">Those of them that are healthy.</param>
/// <param name="EtcdQuorum">Whether enough of them are healthy for etcd to decide: more than half.</param>
/// <param name="Strangers">Machines seen that are not in the file.</param>
/// <param name="Problems">What is wrong, one line each: the file first, then the machines.</param>
public sealed record ClusterView(
    string Name, int Nodes, int Ready, int EtcdMembers, int EtcdHealthy, bool EtcdQuorum, int Strangers, IReadOnlyList<string> Problems)
{
    /// <summary>Counts.</summary>
    public static ClusterView Of(string name, IReadOnlyList<string> fileProblems, IReadOnlyList<NodeView> nodes)
    {
        var planned = nodes.Where(node => node.Planned).ToList();
        var members = planned.Count(node => node.EtcdMember);
        var healthy = planned.Count(node => node.EtcdHealthy is true);
        return new ClusterView(name, planned.Count, planned.Count(IsReady), members, healthy, healthy > members / 2, nodes.Count - planned.Count,
            [.. fileProblems, .. nodes.Select(ProblemOf).OfType<string>()]);
    }

    private static bool IsReady(NodeView node) => node.EtcdMember ? node.EtcdHealthy is true : node.Installed;

    private static string? ProblemOf(NodeView node) => node.Stage switch
    {
        "held" => $"{NameOf(node)} is held: {node.Detail}. Release it when the cause is removed.",
        "failed" => $"{NameOf(node)} failed to install: {node.Detail}",
        "unhealthy" => $"{NameOf(node)} is unhealthy: {node.Detail}",
        _ when node.AwaitingApproval => $"{NameOf(node)} waits for your approval of its enrolment: sextant node approve {NameOf(node)}.",
        _ => null,
    };

    private static string NameOf(NodeView node) => node.Hostname ?? node.Mac.ToString();
}

/// <summary>What is wrong beside the file and the machines, one line each: assets that are not served.</summary>
/// <param name="read">Gives the lines of this moment.</param>
public sealed class StandingProblems(Func<IReadOnlyList<string>> read)
{
    /// <summary>The lines of this moment.</summary>
    public IReadOnlyList<string> Lines => read();
}

/// <summary>Reads plan and records together.</summary>
public sealed class ClusterViews(CurrentPlan plan, MachineStore machines, StandingProblems standing)
{
    /// <summary>Every planned machine in the order of the file, then the strangers by MAC.</summary>
    public IReadOnlyList<NodeView> Nodes()
    {
        var inForce = plan.Value;
        var planned = RosterEntry.AllOf(inForce);
        var strangers = machines.All.Where(machine => !inForce.Network.Reservations.ContainsKey(machine.Mac));
        return
        [
            .. planned.Select(line => NodeView.Of(line.Mac, line, inFile: true, machines.Find(line.Mac))),
            .. strangers.Select(machine => NodeView.Of(machine.Mac, RosterEntry.Find(inForce, machine.Mac), inFile: false, machine)),
        ];
    }

    /// <summary>One machine; null when neither the file nor the store knows it.</summary>
    public NodeView? Node(MacAddress mac, bool withTimeline)
    {
        var inForce = plan.Value;
        var machine = machines.Find(mac);
        var inFile = inForce.Network.Reservations.ContainsKey(mac);
        if (machine is null && !inFile) return null;
        return NodeView.Of(mac, RosterEntry.Find(inForce, mac), inFile, machine, withTimeline);
    }

    /// <summary>The cluster in numbers.</summary>
    public ClusterView Cluster() => ClusterView.Of(plan.Value.Description.Name, [.. plan.Problems, .. standing.Lines], Nodes());
}
