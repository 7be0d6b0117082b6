using System.Security.Cryptography;
using Sextant.Cluster;

namespace Sextant.Planning.Kubernetes;

/// <summary>
/// What makes a node a master: API server, controller manager and scheduler as static pods, with their certificates, kubeconfigs and configuration. Every
/// master is like every other; the API servers share the state in etcd, of the other two one works and the others wait.
/// </summary>
internal static class ControlPlane
{
    /// <summary>The name under which a master asks for the key that signs the tokens of service accounts.</summary>
    public const string ServiceAccountKeyName = "service-account-key";

    /// <summary>The name under which a master asks for the configuration with the key that Secrets are encrypted with in etcd.</summary>
    public const string EncryptionName = "secrets-encryption";

    private const string Pki = KubernetesCertificates.Folder;
    private const string Config = "/etc/kubernetes/config";

    private static readonly string[] ConfigurationNames = ["admission", "audit-policy", "authentication"];

    private static readonly string[] PodNames = ["kube-apiserver", "kube-controller-manager", "kube-scheduler"];

    /// <summary>The control plane's part of the plan.</summary>
    /// <exception cref="InvalidOperationException">The master has no fixed address; validation refuses such a description.</exception>
    public static PlanPart Plan(PlanInput input)
    {
        var configuration = Configuration(input);
        return PlanPart.Join(
            new PlanPart
            {
                Files =
                [
                    input.Anchor($"{Pki}/etcd-ca.crt", CertificateAuthorityName.Etcd),
                    input.Anchor($"{Pki}/front-proxy-ca.crt", CertificateAuthorityName.FrontProxy),
                    Kubeconfig.File(input, "controller-manager", "system:kube-controller-manager", Kubeconfig.LocalApi, "controller-manager"),
                    Kubeconfig.File(input, "scheduler", "system:kube-scheduler", Kubeconfig.LocalApi, "scheduler"),
                    Kubeconfig.File(input, "admin", "kubernetes-admin", ApiProxy.Url, "admin"),
                    .. configuration,
                    .. Pods(input, configuration),
                ],
                Certificates = KubernetesCertificates.OfMaster(input),
                Secrets =
                [
                    new PlannedSecret(ServiceAccountKeyName, $"{Pki}/sa.key", "root:root"),
                    new PlannedSecret(EncryptionName, $"{Config}/encryption.yaml", "root:root"),
                ],
                Downloads = [new PlannedDownload(input.Material.Pins.File("kubernetes", "kubectl"), "/opt/bin/kubectl", Unpacking.Program)],
            },
            VirtualAddress.IsHeldBy(input) ? VirtualAddress.Plan(input) : PlanPart.None);
    }

    /// <summary>
    /// The key that signs the tokens of service accounts, in the form of SEC 1 (<c>EC PRIVATE KEY</c>): the API server also takes the public key it checks
    /// tokens with out of this file, and of an elliptic-curve key in PKCS #8 it cannot.
    /// </summary>
    public static string ServiceAccountKey(SiteKeys keys)
    {
        using var key = ECDsa.Create();
        key.ImportFromPem(keys.ServiceAccountKey);
        return key.ExportECPrivateKeyPem() + "\n";
    }

    /// <summary>The configuration with the key that Secrets are encrypted with.</summary>
    public static string Encryption(PlanMaterial material, SiteKeys keys) =>
        material.Templates.Fill("kubernetes/encryption.yaml", new Dictionary<string, object> { ["key"] = keys.EncryptionKey });

    private static PlannedFile[] Configuration(PlanInput input) =>
        [.. ConfigurationNames.Select(name => input.File($"{Config}/{name}.yaml", Permissions.Public, $"kubernetes/{name}.yaml", new Dictionary<string, object>()))];

    private static PlannedFile[] Pods(PlanInput input, IEnumerable<PlannedFile> configuration)
    {
        var (kubernetes, address) = (input.Cluster.Kubernetes, AddressOf(input.Node));
        var values = new Dictionary<string, object>
        {
            ["address"] = address,
            ["checksum"] = StaticPod.Checksum(configuration),
            ["etcd_servers"] = string.Join(',', input.Cluster.Nodes.Where(node => node.Has(NodeRole.EtcdMember)).Select(node => $"https://{AddressOf(node)}:2379")),
            ["service_range"] = kubernetes.ServiceRange.ToString(),
            ["pod_range"] = kubernetes.PodRange.ToString(),
            ["cluster_domain"] = kubernetes.ClusterDomain,
        };
        return [.. PodNames.Select(name => StaticPod.File(input, name, $"registry.k8s.io/{name}", values))];
    }

    private static string AddressOf(NodeDescription node) =>
        node.Address?.ToString() ?? throw new InvalidOperationException($"{node.Hostname} has no fixed address");
}
