using Sextant.Cluster;

namespace Sextant.Planning.Kubernetes;

/// <summary>
/// The certificates of Kubernetes, with names and usages as the Kubernetes documentation has them (best practices, PKI certificates): <c>system:…</c> names are
/// what the API's authorization knows its own parts by.
/// </summary>
internal static class KubernetesCertificates
{
    /// <summary>Where they are on a node.</summary>
    public const string Folder = "/etc/kubernetes/pki";

    /// <summary>The group that may do everything and that no role can take anything from.</summary>
    private const string Administrators = "system:masters";

    /// <summary>Those of every machine with a kubelet: for the API, and for whoever asks the kubelet.</summary>
    public static PlannedCertificate[] OfNode(PlanInput input)
    {
        var user = $"system:node:{input.Node.Hostname}";
        return
        [
            Client("kubelet-client", "kubelet-client", user, "system:nodes"),
            new("kubelet-server", CertificateAuthorityName.Kubernetes, user, "system:nodes",
                [input.Node.Hostname, input.Fqdn(input.Node.Hostname)], input.Address is { } address ? [address.ToString()] : [],
                ServerAuth: true, ClientAuth: false, $"{Folder}/kubelet-server.key", $"{Folder}/kubelet-server.crt", "root:root"),
        ];
    }

    /// <summary>Those of a master.</summary>
    public static PlannedCertificate[] OfMaster(PlanInput input) =>
    [
        new("kube-apiserver", CertificateAuthorityName.Kubernetes, "kube-apiserver", null, ApiNames(input), ApiAddresses(input.Cluster),
            ServerAuth: true, ClientAuth: false, $"{Folder}/apiserver.key", $"{Folder}/apiserver.crt", "root:root"),
        Client("kube-apiserver-kubelet-client", "apiserver-kubelet-client", "kube-apiserver-kubelet-client", Administrators),
        Client("kube-apiserver-etcd-client", "apiserver-etcd-client", "kube-apiserver-etcd-client", null, CertificateAuthorityName.Etcd),
        Client("front-proxy-client", "front-proxy-client", "front-proxy-client", null, CertificateAuthorityName.FrontProxy),
        Client("kube-controller-manager", "controller-manager", "system:kube-controller-manager", null),
        Client("kube-scheduler", "scheduler", "system:kube-scheduler", null),
        Client("kubernetes-admin", "admin", "kubernetes-admin", Administrators),
    ];

    private static PlannedCertificate Client(
        string name, string file, string commonName, string? organization, CertificateAuthorityName authority = CertificateAuthorityName.Kubernetes) =>
        new(name, authority, commonName, organization, [], [], ServerAuth: false, ClientAuth: true, $"{Folder}/{file}.key", $"{Folder}/{file}.crt", "root:root");

    /// <summary>Whatever anybody calls the API: any master answers for all of them.</summary>
    private static string[] ApiNames(PlanInput input)
    {
        string[] labels = input.Cluster.Kubernetes.ClusterDomain.Split('.');
        IEnumerable<string> names =
        [
            "kubernetes", "kubernetes.default", "kubernetes.default.svc",
            .. Enumerable.Range(1, labels.Length).Select(count => $"kubernetes.default.svc.{string.Join('.', labels.Take(count))}"),
            "localhost",
            .. Masters(input.Cluster).SelectMany(node => new[] { node.Hostname, input.Fqdn(node.Hostname) }),
            .. ApiHost(input.Cluster) is { } host && !Primitives.Ipv4Address.TryParse(host, out _) ? new[] { host } : [],
        ];
        return [.. names.Distinct(StringComparer.Ordinal)];
    }

    private static string[] ApiAddresses(ClusterDescription cluster)
    {
        IEnumerable<string> addresses =
        [
            "127.0.0.1", "::1",
            cluster.Kubernetes.ServiceRange.Address.Plus(1).ToString(),
            .. Masters(cluster).Select(node => node.Address.ToString()!),
            .. cluster.Api.VirtualAddress is { } vip ? new[] { vip.ToString() } : [],
            .. ApiHost(cluster) is { } host && Primitives.Ipv4Address.TryParse(host, out _) ? new[] { host } : [],
        ];
        return [.. addresses.Distinct(StringComparer.Ordinal)];
    }

    private static IEnumerable<NodeDescription> Masters(ClusterDescription cluster) => cluster.Nodes.Where(node => node.Has(NodeRole.KubeMaster));

    private static string ApiHost(ClusterDescription cluster) => cluster.Kubernetes.ApiEndpoint.Split(':')[0];
}
