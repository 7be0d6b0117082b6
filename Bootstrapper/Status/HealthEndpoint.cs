using Sextant.Cluster;
using Sextant.Lifecycle;
using Sextant.Planning;
using Sextant.Storage;

namespace Sextant.Status;

/// <summary><c>GET /api/v1/health</c>: the cluster in its own words: members of etcd, API servers, nodes and addons, as they answered last.</summary>
public sealed class HealthEndpoint(CurrentPlan plan, MachineStore machines, AnsweringApis answering, ClusterStanding standing)
{
    /// <summary>Answers one request.</summary>
    public Task ServeAsync(HttpContext context) => ApiAnswer.WriteAsync(context, View(), StatusJson.Default.HealthView);

    private HealthView View()
    {
        var (inForce, kubernetes, answers) = (plan.Value, standing.Answer, answering.Addresses);
        var masters = inForce.Description.Nodes.Where(node => node.Has(NodeRole.KubeMaster) && node.Address is not null)
            .Select(node => new MasterView(node.Mac, node.Hostname, node.Address!.Value, answers.Contains(node.Address.Value)));
        return new HealthView(
            [.. inForce.EtcdMembers.Select(MemberOf)],
            [.. masters, .. inForce.Names.ApiVirtualAddress is { } held ? [new MasterView(null, "virtual address", held, answers.Contains(held))] : Array.Empty<MasterView>()],
            new KubernetesView(
                kubernetes.AskedAt, kubernetes.Problem,
                [.. kubernetes.Nodes.OrderBy(node => node.Key, StringComparer.Ordinal).Select(node => new KubernetesNodeView(node.Key, node.Value.IsReady, node.Value.Since, node.Value.Reason, node.Value.Version))],
                kubernetes.Workloads));
    }

    private MemberView MemberOf(RosterEntry line)
    {
        var machine = machines.Find(line.Mac);
        return new MemberView(
            line.Mac, line.Hostname, machine?.Address ?? line.Address, machine?.EtcdHealthy, machine?.EtcdHealthy is null ? null : machine.StageSince,
            machine?.EtcdHealthy is false ? machine.Detail : "");
    }
}
