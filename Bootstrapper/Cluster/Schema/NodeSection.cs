using Sextant.Cluster.Schema.Syntax;
using Sextant.Primitives;

namespace Sextant.Cluster.Schema;

/// <summary>One of nodes</summary>
internal sealed class NodeSection : Section
{
    /// <summary>mac</summary>
    [Key<MacSyntax>("mac", "The MAC address of the interface the machine boots from, with ':' or '-'.", Required = true)]
    public Entry<MacAddress>? Mac { get; set; }

    /// <summary>hostname</summary>
    [Key<HostnameSyntax>("hostname", "Its host name, a DNS label without the domain.", Required = true)]
    public Entry<string>? Hostname { get; set; }

    /// <summary>ip</summary>
    [Key<Ipv4Syntax>("ip", "Its fixed address. kube_master and etcd_member need one.", DefaultNote = "one of dynamic_range", Example = "10.0.0.11")]
    public Entry<Ipv4Address>? Address { get; set; }

    /// <summary>roles</summary>
    [ListKey<RoleSyntax>("roles",
        "What it does: runs the control plane (kube_master), holds the cluster's state (etcd_member, an odd number of machines), runs workloads (worker), "
        + "takes traffic from outside (ingress).",
        Required = true, MinimumItems = 1, Unique = true)]
    public EntryList<NodeRole>? Roles { get; set; }

    /// <summary>rack</summary>
    [Key<RackSyntax>("rack", "The rack it stands in, for the choice among asset_mirrors.", DefaultNote = "none")]
    public Entry<string>? Rack { get; set; }

    /// <summary>install_disk</summary>
    [Key<InstallDiskSyntax>("install_disk", "The disk of this machine.", DefaultNote = "os.install_disk", Example = "/dev/nvme0n1")]
    public Entry<string>? InstallDisk { get; set; }

    /// <summary>flannel_iface</summary>
    [Key<InterfaceSyntax>("flannel_iface", "The interface pod traffic takes.", DefaultNote = "the one with the default route")]
    public Entry<string>? FlannelInterface { get; set; }

    /// <summary>boot_chain</summary>
    [Key<BootChainSyntax>("boot_chain", "How this machine gets from its firmware to its kernel.", DefaultNote = "boot.chain", Example = "secure-boot")]
    public Entry<BootChain>? BootChain { get; set; }

    /// <summary>boot_loader</summary>
    [Key<LoaderSyntax>("boot_loader", "The boot loader of this machine, a file of the asset folder.", DefaultNote = "by the firmware table")]
    public Entry<string>? BootLoader { get; set; }

    /// <summary>kernel_arguments</summary>
    [ListKey<KernelArgumentSyntax>("kernel_arguments", "Added for this machine, after those of os.")]
    public EntryList<string>? KernelArguments { get; set; }

    /// <summary>taints</summary>
    [ListKey<TaintSyntax>("taints", "Kubernetes taints the node registers with, KEY=VALUE:EFFECT or KEY:EFFECT.", Unique = true)]
    public EntryList<string>? Taints { get; set; }

    /// <summary>gpu</summary>
    [Key<BooleanSyntax>("gpu", "Whether it has NVIDIA GPUs that workloads may use. On Flatcar the driver comes as a system extension.", Default = "false")]
    public Entry<bool>? Gpu { get; set; }

    /// <summary>dhcp_options</summary>
    [SectionKey<DhcpOptionsSection>("dhcp_options", "DHCP options for this machine; they win over those of its subnet and of dhcp.options.")]
    public DhcpOptionsSection? Options { get; set; }

    /// <summary>bmc</summary>
    [SectionKey<BmcSection>("bmc", "This machine's management controller; what is left out is as in the file's bmc.")]
    public BmcSection? Bmc { get; set; }

    /// <summary>labels</summary>
    [MapKey<LabelKeySyntax, LabelValueSyntax>("labels", "Kubernetes labels of the node.")]
    public EntryMap? Labels { get; set; }

    /// <summary>True when the machine has the role.</summary>
    public bool Has(NodeRole role) => Roles is { } roles && roles.Items.Any(entry => entry.Value == role);
}
