using Sextant.Cluster;
using Sextant.Planning.Addons;
using Sextant.Planning.Kubernetes;
using Sextant.Primitives;

namespace Sextant.Planning;

/// <summary>From one line of the file to everything the machine is to become. Pure.</summary>
public static class NodePlanner
{
    /// <summary>The host names of the bootstrapper on the provisioning network, without the domain.</summary>
    public static IReadOnlyList<string> BootstrapperNames(ClusterDescription cluster) =>
        cluster.Registry.Mode is RegistryMode.Builtin ? ["bootstrapper", "registry"] : ["bootstrapper"];

    /// <summary>The description of a machine that is not in the file and may join as a worker: named after its MAC.</summary>
    public static NodeDescription Stranger(ClusterDescription cluster, MacAddress mac) => new()
    {
        Mac = mac,
        Hostname = "node-" + mac.ToHyphenString(),
        Address = null,
        Roles = [NodeRole.Worker],
        Rack = null,
        InstallDisk = cluster.OperatingSystem.InstallDisk,
        FlannelInterface = null,
        KernelArguments = [],
        Labels = new Dictionary<string, string>(),
        Taints = [],
        Gpu = false,
    };

    /// <summary>Plans one machine.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="node">The machine: one of the description, or a <see cref="Stranger"/>.</param>
    /// <param name="leased">Its address of the dynamic range, used when the file fixes none.</param>
    /// <param name="material">What the plan is made from besides.</param>
    /// <exception cref="TemplateException">A template is missing or asks for a value that does not exist.</exception>
    /// <exception cref="PinException">The plan needs what the asset manifest does not pin for this cluster.</exception>
    public static NodePlan Plan(ClusterDescription cluster, NodeDescription node, Ipv4Address? leased, PlanMaterial material)
    {
        var input = new PlanInput(cluster, node, node.Address ?? leased, material);
        var own = PlanPart.Join(
            MachineIdentity.Plan(input),
            KubernetesNode.Is(node) ? ContainerRuntime.Plan(input) : PlanPart.None,
            node.Has(NodeRole.EtcdMember) ? EtcdMember.Plan(input) : PlanPart.None,
            KubernetesNode.Is(node) ? KubernetesNode.Plan(input) : PlanPart.None,
            node.Has(NodeRole.KubeMaster) ? AddonJob.Plan(input) : PlanPart.None);
        var part = PlanPart.Join(EveryNode.Plan(input, own), FetchedFiles.Plan(input, own), own);
        return new NodePlan
        {
            Mac = node.Mac,
            Hostname = node.Hostname,
            Fqdn = input.Fqdn(node.Hostname),
            Address = input.Address,
            HasFixedAddress = node.Address is not null,
            Roles = node.Roles,
            OperatingSystem = cluster.OperatingSystem.Name,
            ConfigFormat = cluster.OperatingSystem.ConfigFormat,
            AssetMirrors = MirrorChoice.Of(cluster.AssetMirrors, node.Mac, node.Rack),
            Installation = Installation.Of(cluster.OperatingSystem, material.Pins),
            InstallDisk = node.InstallDisk,
            WipeDisks = cluster.OperatingSystem.WipeDisks,
            KernelArguments = [.. cluster.OperatingSystem.KernelArguments, .. node.KernelArguments],
            SshAuthorizedKeys = cluster.SshAuthorizedKeys,
            Files = part.Files,
            Units = part.Units,
            Certificates = part.Certificates,
            Secrets = part.Secrets,
            Downloads = part.Downloads,
            Accounts = part.Accounts,
            MaskedUnits = part.MaskedUnits,
        };
    }
}
