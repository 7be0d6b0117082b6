using Sextant.Cluster.Schema.Syntax;
using Sextant.Primitives;

namespace Sextant.Cluster.Schema;

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

/// <summary>flannel</summary>
internal sealed class FlannelSection : Section
{
    /// <summary>backend</summary>
    [Key<FlannelBackendSyntax>("backend",
        "How pod traffic crosses machines: plain routes (host-gw, all machines on one layer-2 network) or VXLAN (vxlan).", Default = "host-gw")]
    public Entry<FlannelBackend>? Backend { get; set; }
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
