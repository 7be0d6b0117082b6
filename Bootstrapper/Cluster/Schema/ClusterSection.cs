using Sextant.Cluster.Schema.Syntax;
using Sextant.Primitives;

namespace Sextant.Cluster.Schema;

/// <summary>The file's root. These types are the schema: what a key means, its default and its syntax are said here and nowhere else.</summary>
internal sealed class ClusterSection : Section
{
    /// <summary>version</summary>
    [Key<SchemaVersionSyntax>("version", "The version of this file's schema: 1.", Required = true)]
    public Entry<int>? Version { get; set; }

    /// <summary>name</summary>
    [Key<ClusterNameSyntax>("name", "The cluster's name, a DNS label.", Required = true)]
    public Entry<string>? Name { get; set; }

    /// <summary>bootstrapper</summary>
    [SectionKey<BootstrapperSection>("bootstrapper", "The machine this service runs on.", Required = true)]
    public BootstrapperSection? Bootstrapper { get; set; }

    /// <summary>network</summary>
    [SectionKey<NetworkSection>("network", "The provisioning network, on which the machines boot and later work.", Required = true)]
    public NetworkSection? Network { get; set; }

    /// <summary>os</summary>
    [SectionKey<OperatingSystemSection>("os", "The operating system the machines get.", Required = true)]
    public OperatingSystemSection? OperatingSystem { get; set; }

    /// <summary>etcd</summary>
    [SectionKey<EtcdSection>("etcd", "The etcd cluster.")]
    public EtcdSection? Etcd { get; set; }

    /// <summary>kubernetes</summary>
    [SectionKey<KubernetesSection>("kubernetes", "The Kubernetes cluster.")]
    public KubernetesSection? Kubernetes { get; set; }

    /// <summary>api</summary>
    [SectionKey<ApiSection>("api", "How people reach the Kubernetes API.")]
    public ApiSection? Api { get; set; }

    /// <summary>flannel</summary>
    [SectionKey<FlannelSection>("flannel", "The pod network.")]
    public FlannelSection? Flannel { get; set; }

    /// <summary>registry</summary>
    [SectionKey<RegistrySection>("registry", "Where the machines get container images from.")]
    public RegistrySection? Registry { get; set; }

    /// <summary>asset_mirrors</summary>
    [SectionListKey<AssetMirrorSection>("asset_mirrors",
        "Web servers with a copy of the installation files. Each machine has its own order of them; the bootstrapper is always the last.", DefaultNote = "none")]
    public SectionList<AssetMirrorSection>? AssetMirrors { get; set; }

    /// <summary>addons</summary>
    [ListKey<AddonSyntax>("addons", "What runs in the cluster besides Kubernetes. coredns, flannel and kube-proxy belong to every cluster and need not be named.", Unique = true)]
    public EntryList<string>? Addons { get; set; }

    /// <summary>ingress</summary>
    [SectionKey<IngressSection>("ingress", "Traffic from outside, with the addon ingress.")]
    public IngressSection? Ingress { get; set; }

    /// <summary>ceph</summary>
    [SectionKey<CephSection>("ceph", "The Ceph cluster that volumes come from, with the addon ceph-csi-rbd.")]
    public CephSection? Ceph { get; set; }

    /// <summary>ssh_authorized_keys</summary>
    [ListKey<SshKeySyntax>("ssh_authorized_keys", "OpenSSH public keys that may log in to every machine, one line of a .pub file an item.",
        Unique = true, Example = "ssh-ed25519 AAAA… admin@example")]
    public EntryList<string>? SshAuthorizedKeys { get; set; }

    /// <summary>unknown_machines</summary>
    [Key<UnknownMachinesSyntax>("unknown_machines",
        "What a machine gets that the file does not name: no answer (ignore), an address and a line on the status page but no installation (discover), "
        + "or the role of a worker (worker).",
        Default = "discover")]
    public Entry<UnknownMachines>? UnknownMachines { get; set; }

    /// <summary>enrollment</summary>
    [Key<EnrollmentSyntax>("enrollment",
        "Whether a machine's one-time ticket is enough to get its certificates (auto), or an operator must say yes to each machine (approve).",
        Default = "auto")]
    public Entry<Enrollment>? Enrollment { get; set; }

    /// <summary>nodes</summary>
    [SectionListKey<NodeSection>("nodes", "The machines of the cluster.", Required = true)]
    public SectionList<NodeSection>? Nodes { get; set; }
}

/// <summary>bootstrapper</summary>
internal sealed class BootstrapperSection : Section
{
    /// <summary>address</summary>
    [Key<Ipv4Syntax>("address", "This machine's address on the provisioning network.", Required = true)]
    public Entry<Ipv4Address>? Address { get; set; }

    /// <summary>interface</summary>
    [Key<InterfaceSyntax>("interface", "The network interface towards the machines; DHCP answers there and nowhere else.", Required = true)]
    public Entry<string>? Interface { get; set; }

    /// <summary>http_port</summary>
    [Key<PortSyntax>("http_port", "TCP port of boot scripts, installation files and the status page.", Default = "80")]
    public Entry<int>? HttpPort { get; set; }

    /// <summary>https_port</summary>
    [Key<PortSyntax>("https_port", "TCP port on which machines get their certificates.", Default = "443", Example = "8443")]
    public Entry<int>? HttpsPort { get; set; }
}

/// <summary>network</summary>
internal sealed class NetworkSection : Section
{
    /// <summary>subnet</summary>
    [Key<SubnetSyntax>("subnet", "The subnet of the provisioning network.", Required = true)]
    public Entry<Ipv4Network>? Subnet { get; set; }

    /// <summary>gateway</summary>
    [Key<Ipv4Syntax>("gateway", "The default gateway the machines get.", DefaultNote = "none, for a network without a way out", Example = "10.0.0.254")]
    public Entry<Ipv4Address>? Gateway { get; set; }

    /// <summary>dynamic_range</summary>
    [Key<Ipv4RangeSyntax>("dynamic_range",
        "Addresses for machines without an ip of their own, first and last included. Needed for those, and unless unknown_machines is ignore.",
        DefaultNote = "none")]
    public Entry<Ipv4Range>? DynamicRange { get; set; }

    /// <summary>domain</summary>
    [Key<DomainSyntax>("domain", "The DNS domain of the machines, without a dot at its end.", Required = true)]
    public Entry<string>? Domain { get; set; }

    /// <summary>upstream_resolvers</summary>
    [ListKey<Ipv4Syntax>("upstream_resolvers", "DNS resolvers for names outside the cluster; none on an offline network.",
        Unique = true, Example = "10.0.0.254")]
    public EntryList<Ipv4Address>? UpstreamResolvers { get; set; }

    /// <summary>lease_time</summary>
    [Key<DurationSyntax>("lease_time", "How long an address is leased: a whole number with s, m, h or d, from 2m to 365d.", Default = "12h", Example = "1d")]
    public Entry<TimeSpan>? LeaseTime { get; set; }
}

/// <summary>os</summary>
internal sealed class OperatingSystemSection : Section
{
    /// <summary>name</summary>
    [Key<OperatingSystemSyntax>("name", "Which operating system. coreos is another word for flatcar.", Required = true)]
    public Entry<OperatingSystemName>? Name { get; set; }

    /// <summary>config_format</summary>
    [Key<ConfigFormatSyntax>("config_format",
        "How Flatcar machines are told what to be: by Ignition, before the system starts, or by cloud-config in CoreOS's dialect, at every start. The other systems have one format each.",
        Default = "ignition")]
    public Entry<NodeConfigFormat>? ConfigFormat { get; set; }

    /// <summary>wipe_disks</summary>
    [Key<BooleanSyntax>("wipe_disks",
        "Whether the installation also erases the beginning and the end of every other fixed disk, so that storage systems find them blank. Everything on them is lost.",
        Default = "false")]
    public Entry<bool>? WipeDisks { get; set; }

    /// <summary>repository</summary>
    [Key<RepositoryUrlSyntax>("repository",
        "For rocky, and required there: where the tree of the installation DVD is, a copy of the whole DVD on a web server that the machines reach. Its release must be that of the "
        + "kernel and initramfs among the assets.", Example = "http://10.0.0.5/rocky/10.2")]
    public Entry<string>? Repository { get; set; }

    /// <summary>install_disk</summary>
    [Key<InstallDiskSyntax>("install_disk",
        "The disk it is written to: a path below /dev, by-id and by-path included; serial:NUMBER; first:100GB, the first fixed disk of that size or more in the order of "
        + "names; smallest:100GB, the smallest such disk; auto, which is first:8GB.", Default = "auto")]
    public Entry<string>? InstallDisk { get; set; }

    /// <summary>kernel_arguments</summary>
    [ListKey<KernelArgumentSyntax>("kernel_arguments", "Added to the kernel's command line on every machine, during the installation and after it.")]
    public EntryList<string>? KernelArguments { get; set; }
}

/// <summary>etcd</summary>
internal sealed class EtcdSection : Section
{
    /// <summary>cluster_token</summary>
    [Key<TokenSyntax>("cluster_token", "Keeps members of different clusters on one network apart while they form.", DefaultNote = "the cluster's name")]
    public Entry<string>? ClusterToken { get; set; }
}

/// <summary>kubernetes</summary>
internal sealed class KubernetesSection : Section
{
    /// <summary>version</summary>
    [Key<KubernetesVersionSyntax>("version", "The Kubernetes release, of 1.34 to 1.36.", Default = "1.36.4")]
    public Entry<string>? Version { get; set; }

    /// <summary>service_range</summary>
    [Key<ClusterNetworkSyntax>("service_range", "Virtual addresses of services, /12 or smaller.", Default = "10.96.0.0/16")]
    public Entry<Ipv4Network>? ServiceRange { get; set; }

    /// <summary>pod_range</summary>
    [Key<ClusterNetworkSyntax>("pod_range", "Addresses of pods; each machine gets a /24 of it.", Default = "10.244.0.0/16", Example = "10.244.0.0/16")]
    public Entry<Ipv4Network>? PodRange { get; set; }

    /// <summary>dns_ip</summary>
    [Key<Ipv4Syntax>("dns_ip", "The address of the cluster's DNS service, inside service_range.",
        DefaultNote = "the tenth address of service_range", Example = "10.96.0.10")]
    public Entry<Ipv4Address>? DnsIp { get; set; }

    /// <summary>cluster_domain</summary>
    [Key<DomainSyntax>("cluster_domain", "The DNS domain of services inside the cluster.", Default = "cluster.local", Example = "cluster.local")]
    public Entry<string>? ClusterDomain { get; set; }

    /// <summary>proxy_mode</summary>
    [Key<ProxyModeSyntax>("proxy_mode", "How kube-proxy makes service addresses work on a machine: by rules of nftables or of iptables.", Default = "nftables")]
    public Entry<ProxyMode>? ProxyMode { get; set; }

    /// <summary>api_endpoint</summary>
    [Key<ApiEndpointSyntax>("api_endpoint", "Host name or address under which people reach the Kubernetes API; port 6443 unless another is given.",
        DefaultNote = "api.DOMAIN:6443 with the network's domain")]
    public Entry<string>? ApiEndpoint { get; set; }
}

/// <summary>api</summary>
internal sealed class ApiSection : Section
{
    /// <summary>vip</summary>
    [Key<Ipv4Syntax>("vip",
        "An address of the subnet that one of the masters holds at any time, for people and programs outside. The machines themselves do not need it.",
        DefaultNote = "none", Example = "10.0.0.5")]
    public Entry<Ipv4Address>? VirtualAddress { get; set; }
}

/// <summary>ingress</summary>
internal sealed class IngressSection : Section
{
    /// <summary>vip</summary>
    [Key<Ipv4Syntax>("vip", "An address of the subnet that one of the machines with the role ingress holds at any time.", DefaultNote = "none", Example = "10.0.0.6")]
    public Entry<Ipv4Address>? VirtualAddress { get; set; }
}

/// <summary>ceph</summary>
internal sealed class CephSection : Section
{
    /// <summary>cluster_id</summary>
    [Key<TokenSyntax>("cluster_id", "The Ceph cluster's fsid.", DefaultNote = "none; needed with the addon ceph-csi-rbd", Example = "b9127830-b0cc-4e34-aa47-9d1a2e9949a8")]
    public Entry<string>? ClusterId { get; set; }

    /// <summary>monitors</summary>
    [ListKey<MonitorSyntax>("monitors", "Its monitors, host and port each; port 6789 unless another is given.", Unique = true, Example = "10.0.0.31:6789")]
    public EntryList<string>? Monitors { get; set; }

    /// <summary>pool</summary>
    [Key<TokenSyntax>("pool", "The pool volumes are made in.", Default = "kubernetes", Example = "kubernetes")]
    public Entry<string>? Pool { get; set; }

    /// <summary>user</summary>
    [Key<TokenSyntax>("user", "The Ceph user, without 'client.' in front.", Default = "kubernetes", Example = "kubernetes")]
    public Entry<string>? User { get; set; }

    /// <summary>key_file</summary>
    [Key<GivenFileSyntax>("key_file", "The file with that user's key on its one line, relative to this file's folder. A key itself never stands here.",
        DefaultNote = "none; needed with the addon ceph-csi-rbd", Example = "ceph-key")]
    public Entry<string>? KeyFile { get; set; }
}

/// <summary>flannel</summary>
internal sealed class FlannelSection : Section
{
    /// <summary>backend</summary>
    [Key<FlannelBackendSyntax>("backend",
        "How pod traffic crosses machines: plain routes (host-gw, all machines on one layer-2 network) or VXLAN (vxlan).", Default = "host-gw")]
    public Entry<FlannelBackend>? Backend { get; set; }
}

/// <summary>registry</summary>
internal sealed class RegistrySection : Section
{
    /// <summary>mode</summary>
    [Key<RegistryModeSyntax>("mode", "The bootstrapper's own registry (builtin), or an existing one that the machines reach (external).", Default = "builtin")]
    public Entry<RegistryMode>? Mode { get; set; }

    /// <summary>address</summary>
    [Key<RegistryAddressSyntax>("address", "Host and port of the external registry; port 443 unless another is given.",
        DefaultNote = "none; needed with mode external")]
    public Entry<string>? Address { get; set; }

    /// <summary>ca</summary>
    [Key<GivenFileSyntax>("ca", "The file with the certificate (PEM) of the authority that signed the external registry's, relative to this file's folder.",
        DefaultNote = "the authorities of the machines' own operating system", Example = "registry-ca.crt")]
    public Entry<string>? CaFile { get; set; }

    /// <summary>username</summary>
    [Key<UsernameSyntax>("username", "The account with which machines pull from the external registry; needs password_file.", DefaultNote = "none")]
    public Entry<string>? Username { get; set; }

    /// <summary>password_file</summary>
    [Key<GivenFileSyntax>("password_file",
        "The file with that account's password on its one line, relative to this file's folder. A password itself never stands here.",
        DefaultNote = "none", Example = "registry-password")]
    public Entry<string>? PasswordFile { get; set; }

    /// <summary>port</summary>
    [Key<PortSyntax>("port", "TCP port of the built-in registry, TLS.", Default = "5000", Example = "5001")]
    public Entry<int>? Port { get; set; }

    /// <summary>pull_through</summary>
    [Key<BooleanSyntax>("pull_through",
        "Whether the built-in registry fetches an image it lacks from where its name says when a machine asks for it. Only for a bootstrapper with a way out.",
        Default = "false")]
    public Entry<bool>? PullThrough { get; set; }

    /// <summary>images</summary>
    [ListKey<ImageReferenceSyntax>("images", "Images wanted on site besides those the cluster needs, each with registry, repository and tag or digest.", Unique = true)]
    public EntryList<string>? Images { get; set; }
}

/// <summary>One of asset_mirrors</summary>
internal sealed class AssetMirrorSection : Section
{
    /// <summary>url</summary>
    [Key<MirrorUrlSyntax>("url", "What stands for http://BOOTSTRAPPER/assets there, http:// or https://.", Required = true)]
    public Entry<string>? Url { get; set; }

    /// <summary>racks</summary>
    [ListKey<RackSyntax>("racks", "The racks whose machines use it, before those that are for every machine. Empty: it is for every machine.", Unique = true)]
    public EntryList<string>? Racks { get; set; }
}

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

    /// <summary>kernel_arguments</summary>
    [ListKey<KernelArgumentSyntax>("kernel_arguments", "Added for this machine, after those of os.")]
    public EntryList<string>? KernelArguments { get; set; }

    /// <summary>taints</summary>
    [ListKey<TaintSyntax>("taints", "Kubernetes taints the node registers with, KEY=VALUE:EFFECT or KEY:EFFECT.", Unique = true)]
    public EntryList<string>? Taints { get; set; }

    /// <summary>gpu</summary>
    [Key<BooleanSyntax>("gpu", "Whether it has NVIDIA GPUs that workloads may use. On Flatcar the driver comes as a system extension.", Default = "false")]
    public Entry<bool>? Gpu { get; set; }

    /// <summary>labels</summary>
    [MapKey<LabelKeySyntax, LabelValueSyntax>("labels", "Kubernetes labels of the node.")]
    public EntryMap? Labels { get; set; }

    /// <summary>True when the machine has the role.</summary>
    public bool Has(NodeRole role) => Roles is { } roles && roles.Items.Any(entry => entry.Value == role);
}
