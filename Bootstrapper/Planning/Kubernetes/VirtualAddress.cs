using Sextant.Cluster;

namespace Sextant.Planning.Kubernetes;

/// <summary>
/// The API's virtual address, for people and programs outside: kube-vip on every master, and the one with the lease announces the address by ARP. Nodes do
/// not use it, so a cluster whose address is between two masters goes on.
/// </summary>
internal static class VirtualAddress
{
    private const string Folder = "/etc/kubernetes/vip";

    /// <summary>Whether the machine is one of those that hold the address in turn.</summary>
    public static bool IsHeldBy(PlanInput input) => input.Cluster.Api.VirtualAddress is not null && input.Node.Has(NodeRole.KubeMaster);

    /// <summary>
    /// Its part of a master's plan. The manifest lies outside the kubelet's folder: a script puts it there, because only the machine knows the name of its
    /// interface.
    /// </summary>
    /// <exception cref="InvalidOperationException">The cluster has no such address.</exception>
    public static PlanPart Plan(PlanInput input)
    {
        var vip = input.Cluster.Api.VirtualAddress ?? throw new InvalidOperationException("the cluster has no api.vip");
        return new PlanPart
        {
            Files =
            [
                StaticPod.File(input, "kube-vip", "ghcr.io/kube-vip/kube-vip", new Dictionary<string, object> { ["vip"] = vip.ToString() }, $"{Folder}/kube-vip.yaml"),
                input.File($"{Folder}/place", Permissions.Executable, "kubernetes/place-kube-vip.sh", new Dictionary<string, object> { ["address"] = input.Node.Address.ToString()! }),
            ],
        };
    }
}
