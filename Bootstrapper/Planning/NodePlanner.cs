using Sextant.Cluster;
using Sextant.Primitives;

namespace Sextant.Planning;

/// <summary>From one line of the file to everything the machine is to become. Pure.</summary>
public static class NodePlanner
{
    /// <summary>The description of a machine that is not in the file and may join as a worker: named after its MAC.</summary>
    public static NodeDescription Stranger(ClusterDescription cluster, MacAddress mac) => new()
    {
        Mac = mac,
        Hostname = "node-" + mac.ToHyphenString(),
        Address = null,
        Roles = [NodeRole.Worker],
        InstallDisk = cluster.OperatingSystem.InstallDisk,
        FlannelInterface = null,
        KernelArguments = [],
        Labels = new Dictionary<string, string>(),
    };

    /// <summary>Plans one machine.</summary>
    public static NodePlan Plan(ClusterDescription cluster, NodeDescription node, Ipv4Address? leased, TemplateSet templates, TrustAnchors anchors) => new()
    {
        Mac = node.Mac,
        Hostname = node.Hostname,
        Fqdn = $"{node.Hostname}.{cluster.Network.Domain}",
        Address = node.Address ?? leased,
        HasFixedAddress = node.Address is not null,
        Roles = node.Roles,
        OperatingSystem = cluster.OperatingSystem.Name,
        InstallDisk = node.InstallDisk,
        KernelArguments = [.. cluster.OperatingSystem.KernelArguments, .. node.KernelArguments],
        SshAuthorizedKeys = cluster.SshAuthorizedKeys,
        Files = [],
        Units = [],
        Certificates = [],
    };
}
