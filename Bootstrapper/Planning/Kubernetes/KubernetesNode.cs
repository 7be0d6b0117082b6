using Sextant.Cluster;

namespace Sextant.Planning.Kubernetes;

/// <summary>
/// What makes a machine a node of Kubernetes: the kubelet with its identity, the programs it needs, and the proxy through which everything on the machine
/// reaches the API. A master has the control plane besides.
/// </summary>
internal static class KubernetesNode
{
    /// <summary>The kubelet's unit.</summary>
    public const string Unit = "kubelet.service";

    private const string Etc = "/etc/kubernetes";

    /// <summary>Whether the machine runs a kubelet: masters, workers and ingress machines do, a member of etcd alone does not.</summary>
    public static bool Is(NodeDescription node) => node.Has(NodeRole.KubeMaster) || node.Has(NodeRole.Worker) || node.Has(NodeRole.Ingress);

    /// <summary>Kubernetes' part of the machine's plan.</summary>
    /// <exception cref="PinException">The asset manifest lacks a program or an image of the cluster's Kubernetes.</exception>
    public static PlanPart Plan(PlanInput input)
    {
        var certificates = KubernetesCertificates.OfNode(input);
        var own = new PlanPart
        {
            Files = Files(input),
            Certificates = certificates,
            Downloads =
            [
                new PlannedDownload(input.Material.Pins.File("kubernetes", "kubelet"), "/opt/bin/kubelet", Unpacking.Program),
                new PlannedDownload(input.Material.Pins.File("crictl"), "/opt/bin", Unpacking.Archive),
                new PlannedDownload(input.Material.Pins.File("cni-plugins"), "/opt/cni/bin", Unpacking.Archive),
            ],
            WaitingUnits = [Unit],
        };
        var part = PlanPart.Join(
            own,
            ApiProxy.Plan(input),
            input.Node.Has(NodeRole.KubeMaster) ? ControlPlane.Plan(input) : PlanPart.None,
            input.Node.Gpu ? Gpu.Plan(input) : PlanPart.None);
        return part with { Units = [Service(input, part), .. part.Units] };
    }

    private static PlannedFile[] Files(PlanInput input)
    {
        var kubernetes = input.Cluster.Kubernetes;
        var values = new Dictionary<string, object>
        {
            ["hostname"] = input.Node.Hostname,
            ["dns_ip"] = kubernetes.DnsIp.ToString(),
            ["cluster_domain"] = kubernetes.ClusterDomain,
            ["resolver"] = input.System.ResolverFile,
            ["ceph"] = input.Cluster.Addons.Contains("ceph-csi-rbd"),
            ["taints"] = NodeTaint.Of(input.Node)
                .Select(taint => new Dictionary<string, object> { ["key"] = taint.Key, ["value"] = taint.Value ?? "", ["effect"] = taint.Effect }).ToArray(),
        };
        return
        [
            input.Anchor($"{KubernetesCertificates.Folder}/ca.crt", CertificateAuthorityName.Kubernetes),
            input.File($"{Etc}/kubelet.yaml", Permissions.Public, "kubernetes/kubelet.yaml", values),
            Kubeconfig.File(input, "kubelet", $"system:node:{input.Node.Hostname}", ApiProxy.Url, "kubelet-client"),
            input.File("/etc/crictl.yaml", Permissions.Public, "kubernetes/crictl.yaml", values),
            input.File("/etc/modules-load.d/90-sextant-kubernetes.conf", Permissions.Public, "kubernetes/modules.conf", values),
            input.File("/etc/sysctl.d/90-sextant-kubernetes.conf", Permissions.Public, "kubernetes/sysctl.conf", values),
        ];
    }

    /// <summary>The kubelet starts what it finds in the folder of static pods, so everything those pods mount is there before it.</summary>
    private static PlannedUnit Service(PlanInput input, PlanPart part)
    {
        var labels = NodeLabels.Registered(input.Node);
        return input.Unit(Unit, "kubernetes/kubelet.service", new Dictionary<string, object>
        {
            ["hostname"] = input.Node.Hostname,
            ["required_files"] = part.Certificates.SelectMany(one => new[] { one.KeyPath, one.CertificatePath }).Concat(part.Secrets.Select(one => one.Path)).ToArray(),
            ["places_vip"] = VirtualAddress.IsHeldBy(input),
            // A leased address may change; the kubelet then finds its own.
            ["node_ip"] = input.Node.Address?.ToString() ?? "",
            ["labels"] = string.Join(',', labels.Select(label => $"{label.Key}={label.Value}")),
        });
    }
}
