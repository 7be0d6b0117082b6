using Sextant.Cluster;
using Sextant.Lifecycle;
using Sextant.Planning;

namespace Sextant.Boot;

/// <summary><c>GET /node/{mac}/addons.yaml</c> and <c>/node/{mac}/node-labels</c>: what the masters put into the cluster, and nobody else reads.</summary>
public sealed class MasterEndpoint
{
    /// <summary>The manifests of the addons.</summary>
    public Task<Reply> ServeAddonsAsync(MachineRequest request) => ForMasters(request, plan => new Reply.Document("application/yaml; charset=utf-8", plan.AddonManifests()));

    /// <summary>The labels of the nodes.</summary>
    public Task<Reply> ServeNodeLabelsAsync(MachineRequest request) => ForMasters(request, plan => new Reply.Document("text/plain; charset=utf-8", plan.NodeLabels()));

    private static Task<Reply> ForMasters(MachineRequest request, Func<ClusterPlan, Reply> serve) => Task.FromResult(
        request.Plan.Description.Nodes.Any(node => node.Mac == request.Mac && node.Has(NodeRole.KubeMaster))
            ? serve(request.Plan)
            : new Reply.Refused(RefusalReason.NotMaster, "Give it the role kube_master in the cluster description if it is to be one."));
}
