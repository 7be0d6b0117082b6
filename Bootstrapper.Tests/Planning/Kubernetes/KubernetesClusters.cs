using Sextant.Cluster;
using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Planning.Kubernetes;

/// <summary>A cluster with a machine of every kind.</summary>
internal static class KubernetesClusters
{
    /// <summary>
    /// m1: master, member of etcd and worker. m2: master alone. m3: worker with labels, taints and a GPU. m4: ingress alone. m5: member of etcd alone.
    /// m6: worker without a fixed address. The API has a virtual address, its own domain and an endpoint elsewhere.
    /// </summary>
    public static readonly ClusterDescription Mixed = PlannedClusters.Five with
    {
        // Names that YAML takes for something else when nobody says that they are text.
        Name = "on",
        Network = PlannedClusters.Five.Network with { Domain = "mixed.example" },
        Api = new ApiDescription(Ipv4Address.Parse("10.0.0.5")),
        Kubernetes = PlannedClusters.Five.Kubernetes with { ClusterDomain = "k8s.mixed", ApiEndpoint = "k8s.example.com:443", Version = "1.36.4" },
        Nodes =
        [
            PlannedClusters.Node(1, [NodeRole.KubeMaster, NodeRole.EtcdMember, NodeRole.Worker]),
            PlannedClusters.Node(2, [NodeRole.KubeMaster]),
            PlannedClusters.Node(3, [NodeRole.Worker]) with
            {
                Labels = new Dictionary<string, string> { ["example.com/rack"] = "12", ["disk"] = "" },
                Taints = ["example.com/gpu=a100:NoSchedule", "slow:PreferNoSchedule", "on=true:NoExecute"],
                Gpu = true,
            },
            PlannedClusters.Node(4, [NodeRole.Ingress]),
            PlannedClusters.Node(5, [NodeRole.EtcdMember]),
            PlannedClusters.Node(6, [NodeRole.Worker]) with { Address = null },
        ],
    };

    /// <summary>Every cluster whose documents are looked at.</summary>
    public static readonly IReadOnlyList<ClusterDescription> All =
    [
        Mixed, PlannedClusters.Three, PlannedClusters.One, PlannedClusters.Five,
        Mixed with { Kubernetes = Mixed.Kubernetes with { Version = "1.35.8" }, OperatingSystem = Mixed.OperatingSystem with { Name = OperatingSystemName.Flatcar } },
        Mixed.On(OperatingSystemName.Rocky),
    ];

    /// <summary>Every machine of every cluster, with the cluster's plan.</summary>
    public static IEnumerable<(ClusterPlan Cluster, NodePlan Node)> Nodes()
    {
        foreach (var plan in All.Select(cluster => PlannedClusters.Plan(cluster)))
        {
            foreach (var node in plan.Description.Nodes) yield return (plan, plan.For(node.Mac, null)!);
            if (plan.For(PlannedClusters.Stranger, Ipv4Address.Parse("10.0.0.150")) is { } stranger) yield return (plan, stranger);
        }
    }

    /// <summary>The plan of a machine of <see cref="Mixed"/>.</summary>
    public static NodePlan Plan(int number) => PlannedClusters.PlanOf(Mixed, number);

    /// <summary>A planned file's text.</summary>
    public static string Text(this NodePlan node, string path) => node.Files.Single(file => file.Path == path).Content;
}
