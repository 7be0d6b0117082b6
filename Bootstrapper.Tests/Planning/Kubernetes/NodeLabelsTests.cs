using NUnit.Framework;
using Sextant.Cluster;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Planning.Kubernetes;

[TestFixture]
public sealed class NodeLabelsTests
{
    [Test]
    public void Masters_put_the_roles_and_the_labels_of_the_file_on_every_node_that_has_a_kubelet()
    {
        var cluster = PlannedClusters.Three with
        {
            Nodes =
            [
                PlannedClusters.Node(1, [NodeRole.KubeMaster, NodeRole.EtcdMember]),
                PlannedClusters.Node(2, [NodeRole.KubeMaster, NodeRole.Worker]) with { Labels = new Dictionary<string, string> { ["zone"] = "b", ["node-role.kubernetes.io/worker"] = "mine" } },
                PlannedClusters.Node(3, [NodeRole.EtcdMember]),
                PlannedClusters.Node(4, [NodeRole.Worker]) with { Labels = new Dictionary<string, string> { ["example.com/disk"] = "ssd" }, Gpu = true },
                PlannedClusters.Node(5, [NodeRole.Ingress]),
            ],
        };
        Assert.That(PlannedClusters.Plan(cluster).NodeLabels(), Is.EqualTo(
            """
            m1 node-role.kubernetes.io/control-plane= node.kubernetes.io/exclude-from-external-load-balancers=
            m2 node-role.kubernetes.io/control-plane= node-role.kubernetes.io/worker= zone=b
            m4 example.com/disk=ssd node-role.kubernetes.io/worker= sextant.io/gpu=true
            m5 node-role.kubernetes.io/ingress= sextant.io/ingress=true

            """));
    }
}
