using Sextant.Dhcp.Wire;
using Sextant.Primitives;

namespace Sextant.Cluster;

/// <summary>One planned machine.</summary>
public sealed record NodeDescription
{
    /// <summary>The address of the interface it boots from.</summary>
    public required MacAddress Mac { get; init; }

    /// <summary>Its host name: a DNS label, unique in the cluster.</summary>
    public required string Hostname { get; init; }

    /// <summary>Its fixed address; null takes one from the dynamic range. Members of etcd and masters always have one.</summary>
    public required Ipv4Address? Address { get; init; }

    /// <summary>What it does in the cluster; never empty.</summary>
    public required IReadOnlyList<NodeRole> Roles { get; init; }

    /// <summary>The rack it stands in, for the choice of mirrors; null when the file does not say.</summary>
    public required string? Rack { get; init; }

    /// <summary>The disk to install to, as the file has it: <c>/dev/sda</c>, <c>serial:…</c>, <c>first:100GB</c>, <c>smallest:100GB</c> or <c>auto</c>.</summary>
    public required string InstallDisk { get; init; }

    /// <summary>The interface flannel uses; null lets flannel take the one with the default route.</summary>
    public required string? FlannelInterface { get; init; }

    /// <summary>How it starts from the network, where the file says something of it.</summary>
    public NodeBootDescription Boot { get; init; } = NodeBootDescription.Default;

    /// <summary>Extra kernel arguments for this machine, after those of the operating system.</summary>
    public required IReadOnlyList<string> KernelArguments { get; init; }

    /// <summary>Kubernetes node labels.</summary>
    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    /// <summary>Kubernetes taints, <c>key=value:Effect</c> or <c>key:Effect</c>.</summary>
    public required IReadOnlyList<string> Taints { get; init; }

    /// <summary>Whether it has NVIDIA GPUs for workloads.</summary>
    public required bool Gpu { get; init; }

    /// <summary>What the file says of DHCP options for this machine alone.</summary>
    public IReadOnlyList<OptionSetting> Options { get; init; } = [];

    /// <summary>Its management controller; null when the file names none.</summary>
    public BmcDescription? Bmc { get; init; }

    /// <summary>True when the machine has the role.</summary>
    public bool Has(NodeRole role) => Roles.Contains(role);
}

/// <summary>What a machine does in the cluster.</summary>
public enum NodeRole
{
    /// <summary>Runs the Kubernetes control plane.</summary>
    KubeMaster,
    /// <summary>Is a member of the etcd cluster.</summary>
    EtcdMember,
    /// <summary>Runs workloads.</summary>
    Worker,
    /// <summary>Takes traffic from outside.</summary>
    Ingress,
}
