using Sextant.Cluster;

namespace Sextant.Planning.Kubernetes;

/// <summary>
/// The TCP proxy on every node through which its kubelet, kube-proxy and flannel reach the API: it knows every master and leaves one that does not answer.
/// So no machine depends on a particular master, nor on a virtual address.
/// </summary>
internal static class ApiProxy
{
    /// <summary>The API as programs on a node see it.</summary>
    public const string Url = "https://127.0.0.1:7445";

    /// <summary>The proxy's part of the plan.</summary>
    public static PlanPart Plan(PlanInput input)
    {
        var configuration = input.File("/etc/kubernetes/proxy/haproxy.cfg", Permissions.Public, "kubernetes/haproxy.cfg", new Dictionary<string, object>
        {
            ["masters"] = input.Cluster.Nodes.Where(node => node.Has(NodeRole.KubeMaster))
                .Select(node => new Dictionary<string, object> { ["name"] = node.Hostname, ["address"] = node.Address.ToString()! }).ToArray(),
        });
        return new PlanPart
        {
            Files =
            [
                configuration,
                StaticPod.File(input, "api-proxy", "docker.io/library/haproxy", new Dictionary<string, object> { ["checksum"] = StaticPod.Checksum([configuration]) }),
            ],
        };
    }
}
