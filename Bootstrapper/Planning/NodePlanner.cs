using Sextant.Cluster;
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
    };

    /// <summary>Plans one machine.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="node">The machine: one of the description, or a <see cref="Stranger"/>.</param>
    /// <param name="leased">Its address of the dynamic range, used when the file fixes none.</param>
    /// <param name="templates">The texts.</param>
    /// <param name="anchors">The authorities.</param>
    /// <param name="files">What the files hold that the description names.</param>
    /// <exception cref="TemplateException">A template is missing or asks for a value that does not exist.</exception>
    public static NodePlan Plan(
        ClusterDescription cluster, NodeDescription node, Ipv4Address? leased, TemplateSet templates, TrustAnchors anchors, SiteFiles files)
    {
        var input = new PlanInput(cluster, node, node.Address ?? leased, templates, anchors, files);
        var roles = node.Has(NodeRole.EtcdMember) ? EtcdMember.Plan(input) : new PlanPart([], [], []);
        var secrets = ContainerRuntime.Secrets(cluster);
        var waiting = ContainerRuntime.WaitingUnits(cluster).Concat(node.Has(NodeRole.EtcdMember) ? EtcdMember.WaitingUnits : []);
        var common = EveryNode.Plan(input, roles.Certificates, secrets, [.. waiting]);
        var runtime = ContainerRuntime.Plan(input);
        return new NodePlan
        {
            Mac = node.Mac,
            Hostname = node.Hostname,
            Fqdn = input.Fqdn(node.Hostname),
            Address = input.Address,
            HasFixedAddress = node.Address is not null,
            Roles = node.Roles,
            OperatingSystem = cluster.OperatingSystem.Name,
            AssetMirrors = MirrorChoice.Of(cluster.AssetMirrors, node.Mac, node.Rack),
            InstallDisk = node.InstallDisk,
            KernelArguments = [.. cluster.OperatingSystem.KernelArguments, .. node.KernelArguments],
            SshAuthorizedKeys = cluster.SshAuthorizedKeys,
            Files = [.. common.Files, .. runtime.Files, .. roles.Files],
            Units = [.. common.Units, .. runtime.Units, .. roles.Units],
            Certificates = roles.Certificates,
            Secrets = secrets,
        };
    }
}
