using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Sextant.Cluster;
using Sextant.Planning.Kubernetes;
using Sextant.Primitives;

namespace Sextant.Planning.Addons;

/// <summary>The values that the templates of addons may ask for.</summary>
internal static class AddonValues
{
    /// <summary>The machine's own proxy to the API, on every machine with a kubelet.</summary>
    private const string LocalApiHost = "127.0.0.1";
    private const int LocalApiPort = 7445;

    private const int LogsDays = 7;

    /// <summary>Stands where a secret is, in a plan that is only looked at.</summary>
    private const string Unknown = "NOT-KNOWN-HERE";

    /// <summary>The values of a cluster.</summary>
    public static Dictionary<string, object> Of(ClusterDescription cluster, PlanMaterial material)
    {
        var kubernetes = cluster.Kubernetes;
        // CoreDNS is on machines of its own each; a second one on a cluster of one machine would wait for ever.
        var redundant = cluster.Nodes.Count(KubernetesNode.Is) > 1 || cluster.UnknownMachines is UnknownMachines.Worker;
        return new Dictionary<string, object>
        {
            ["cluster"] = cluster.Name,
            ["domain"] = cluster.Network.Domain,
            ["cluster_domain"] = kubernetes.ClusterDomain,
            ["service_range"] = kubernetes.ServiceRange.ToString(),
            ["pod_range"] = kubernetes.PodRange.ToString(),
            ["dns_ip"] = kubernetes.DnsIp.ToString(),
            ["dns_replicas"] = redundant ? 2 : 1,
            ["dns_redundant"] = redundant,
            ["resolvers"] = Forwarders(cluster),
            ["names"] = cluster.Dns.IsOn ? cluster.Bootstrapper.Address.ToString() : "",
            ["offline"] = cluster.Network.UpstreamResolvers.Count == 0,
            ["hosts"] = Hosts(cluster),
            ["local_api"] = $"https://{LocalApiHost}:{LocalApiPort}",
            ["local_api_host"] = LocalApiHost,
            ["local_api_port"] = LocalApiPort,
            ["proxy_mode"] = kubernetes.ProxyMode switch
            {
                ProxyMode.Nftables => "nftables",
                ProxyMode.Iptables => "iptables",
                _ => throw new ArgumentOutOfRangeException(nameof(cluster)),
            },
            ["nftables"] = kubernetes.ProxyMode is ProxyMode.Nftables,
            ["flannel_backend"] = cluster.Flannel.Backend switch
            {
                FlannelBackend.HostGw => "host-gw",
                FlannelBackend.Vxlan => "vxlan",
                _ => throw new ArgumentOutOfRangeException(nameof(cluster)),
            },
            ["flannel_label"] = FlannelInterfaces.Label,
            ["flannel_interfaces"] = string.Join(", ", FlannelInterfaces.Of(cluster).Select(name => $"\"{name}\"")),
            ["flannel_sets"] = FlannelInterfaces.DaemonSets(cluster),
            ["ingress_vip"] = cluster.Ingress.VirtualAddress?.ToString() ?? "",
            // With a provider of volumes, what is to outlive a pod is on volumes.
            ["persistent"] = cluster.Ceph is not null,
            ["logs_days"] = LogsDays,
            ["grafana_password"] = Quoted(PasswordFor("grafana", material.Keys)),
            ["ceph"] = cluster.Ceph is { } ceph ? Ceph(ceph, material.Files) : new Dictionary<string, object>(),
        };
    }

    /// <summary>
    /// Who is asked for other names, in this order. Where there is nobody outside, a server of CoreDNS's own denies them at once, also when the bootstrapper is lost.
    /// </summary>
    private static string Forwarders(ClusterDescription cluster)
    {
        const string denial = "127.0.0.1:5353";
        var outside = cluster.Network.UpstreamResolvers.Select(address => address.ToString()).DefaultIfEmpty(denial);
        return string.Join(' ', cluster.Dns.IsOn ? outside.Prepend(cluster.Bootstrapper.Address.ToString()) : outside);
    }

    private static Dictionary<string, object> Ceph(CephDescription ceph, SiteFiles files) => new()
    {
        ["cluster_id"] = ceph.ClusterId,
        ["cluster_id_quoted"] = Quoted(ceph.ClusterId),
        ["monitors"] = string.Join(", ", ceph.Monitors.Select(Quoted)),
        ["pool"] = Quoted(ceph.Pool),
        ["user"] = Quoted(ceph.User),
        ["key"] = Quoted(files.CephKey ?? Unknown),
    };

    /// <summary>
    /// A password for a program of the cluster: the same on every master and at every start, and telling nothing of what it is made from (RFC 2104).
    /// </summary>
    private static string PasswordFor(string program, SiteKeys? keys) => keys is null
        ? Unknown
        : Convert.ToHexStringLower(HMACSHA256.HashData(Convert.FromBase64String(keys.EncryptionKey), Encoding.UTF8.GetBytes($"sextant password of {program}")))[..24];

    /// <summary>A text as a quoted scalar: a string of JSON is one of YAML, too.</summary>
    public static string Quoted(string text) => $"\"{JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";

    /// <summary>The last part of an image's repository: <c>coredns</c> of <c>registry.k8s.io/coredns/coredns:v1.14.2</c>.</summary>
    public static string LastPart(string reference)
    {
        var last = reference[(reference.LastIndexOf('/') + 1)..];
        var end = last.IndexOfAny([':', '@']);
        return end < 0 ? last : last[..end];
    }

    /// <summary>The beginning of a text's SHA-256, in hex.</summary>
    public static string DigestOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16];

    /// <summary>The names of the machines, for pods: no other server of the site knows them.</summary>
    private static Dictionary<string, object>[] Hosts(ClusterDescription cluster)
    {
        string[] Names(string hostname) => [$"{hostname}.{cluster.Network.Domain}", hostname];
        var hosts = new List<Dictionary<string, object>> { Host(cluster.Bootstrapper.Address.ToString(), NodePlanner.BootstrapperNames(cluster).SelectMany(Names)) };
        hosts.AddRange(cluster.Nodes.Where(node => node.Address is not null).Select(node => Host(node.Address.ToString()!, Names(node.Hostname))));
        var endpoint = cluster.Kubernetes.ApiEndpoint.Split(':')[0];
        if (!Ipv4Address.TryParse(endpoint, out _) && !cluster.Nodes.Any(node => Names(node.Hostname).Contains(endpoint)))
            hosts.AddRange(ApiAddresses(cluster).Select(address => Host(address, [endpoint])));
        return [.. hosts];
    }

    /// <summary>Where the API is: at the address that one of the masters holds, else at every master.</summary>
    private static IEnumerable<string> ApiAddresses(ClusterDescription cluster) => cluster.Api.VirtualAddress is { } held
        ? [held.ToString()]
        : cluster.Nodes.Where(node => node.Has(NodeRole.KubeMaster) && node.Address is not null).Select(node => node.Address.ToString()!);

    private static Dictionary<string, object> Host(string address, IEnumerable<string> names) => new() { ["address"] = address, ["names"] = string.Join(' ', names) };
}
