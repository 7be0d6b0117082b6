using Sextant.Cluster.Schema.Syntax;

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

    /// <summary>dhcp</summary>
    [SectionKey<DhcpSection>("dhcp", "How machines get their addresses.")]
    public DhcpSection? Dhcp { get; set; }

    /// <summary>tftp</summary>
    [SectionKey<TftpSection>("tftp", "How firmware gets its boot loader.")]
    public TftpSection? Tftp { get; set; }

    /// <summary>ntp</summary>
    [SectionKey<NtpSection>("ntp", "The time the machines get.")]
    public NtpSection? Ntp { get; set; }

    /// <summary>syslog</summary>
    [SectionKey<SyslogSection>("syslog", "What machines log.")]
    public SyslogSection? Syslog { get; set; }

    /// <summary>status</summary>
    [SectionKey<StatusSection>("status", "The status page, the API and the metrics.")]
    public StatusSection? Status { get; set; }

    /// <summary>dns</summary>
    [SectionKey<DnsSection>("dns", "Names of the machines and whatever else the cluster's domain holds.")]
    public DnsSection? Dns { get; set; }

    /// <summary>os</summary>
    [SectionKey<OperatingSystemSection>("os", "The operating system the machines get.", Required = true)]
    public OperatingSystemSection? OperatingSystem { get; set; }

    /// <summary>boot</summary>
    [SectionKey<BootSection>("boot", "How the machines start from the network.")]
    public BootSection? Boot { get; set; }

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

    /// <summary>bmc</summary>
    [SectionKey<BmcSection>("bmc", "The machines' management controllers, as far as they are alike; what a machine's own bmc says wins.")]
    public BmcSection? Bmc { get; set; }

    /// <summary>nodes</summary>
    [SectionListKey<NodeSection>("nodes", "The machines of the cluster.", Required = true)]
    public SectionList<NodeSection>? Nodes { get; set; }
}
