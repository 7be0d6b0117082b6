using Sextant.Cluster;
using Sextant.Primitives;

namespace Sextant.Planning;

/// <summary>
/// What makes a machine a member of the etcd cluster: its environment, its unit, three certificates, and the program and its user where the operating
/// system has no package of them.
/// </summary>
internal static class EtcdMember
{
    private const string Pki = "/etc/etcd/pki";
    private const string Unit = "etcd.service";
    private const string PromotionUnit = "sextant-etcd-promote.service";
    private const string Account = "etcd";

    /// <summary>The member's part of the plan.</summary>
    /// <exception cref="InvalidOperationException">A member has no address; validation refuses such a description.</exception>
    public static PlanPart Plan(PlanInput input)
    {
        var node = input.Node;
        var address = AddressOf(node);
        var program = input.System.Etcd;
        var certificates = Certificates(input, address);
        string[] needed = [$"{Pki}/ca.crt", .. certificates.Where(one => one.ServerAuth).SelectMany(one => new[] { one.KeyPath, one.CertificatePath })];
        var values = new Dictionary<string, object>
        {
            ["cluster"] = input.Cluster.Name,
            ["hostname"] = node.Hostname,
            ["mac"] = node.Mac.ToHyphenString(),
            ["https_base"] = BootNetwork.Of(input.Cluster).HttpsBase,
            ["address"] = address.ToString(),
            ["initial_cluster"] = InitialCluster(input.Cluster),
            ["other_endpoints"] = string.Join(' ', Members(input.Cluster).Where(other => other.Mac != node.Mac).Select(ClientUrl)),
            ["token"] = input.Cluster.Etcd.ClusterToken,
            ["pki"] = Pki,
            ["required_files"] = needed,
            ["program"] = program.Path,
            ["programs"] = Folders.Programs,
            ["is_fetched"] = program.Asset is not null,
            ["settings"] = program.Settings,
        };
        return new PlanPart
        {
            Files =
            [
                input.Anchor($"{Pki}/ca.crt", CertificateAuthorityName.Etcd),
                input.File("/etc/etcd/etcd.env", Permissions.Public, "etcd/etcd.env", values),
                input.File("/etc/etcd/join", Permissions.Executable, "etcd/join.sh", values),
                input.File("/etc/etcd/promote", Permissions.Executable, "etcd/promote.sh", values),
                input.File("/etc/profile.d/sextant-etcdctl.sh", Permissions.Public, "etcd/etcdctl.sh", values),
            ],
            Units = [input.Unit(Unit, "etcd/etcd.service", values), input.Unit(PromotionUnit, "etcd/sextant-etcd-promote.service", values)],
            Certificates = certificates,
            Downloads = program.Asset is { } asset ? [new PlannedDownload(input.Material.Pins.File(asset), Folders.Programs, Unpacking.ArchiveFolder)] : [],
            Accounts = program.Asset is null ? [] : [Account],
            WaitingUnits = [Unit],
        };
    }

    /// <summary>The members of the description as a machine with an empty disk compares them with the running cluster: name, peer URL, client URL.</summary>
    public static IReadOnlyList<(string Hostname, string PeerUrl, string ClientUrl)> Roster(ClusterDescription cluster) =>
        [.. Members(cluster).Select(node => (node.Hostname, PeerUrl(node), ClientUrl(node)))];

    private static string InitialCluster(ClusterDescription cluster) => string.Join(',', Members(cluster).Select(node => $"{node.Hostname}={PeerUrl(node)}"));

    private static string PeerUrl(NodeDescription node) => $"https://{AddressOf(node)}:2380";

    private static string ClientUrl(NodeDescription node) => $"https://{AddressOf(node)}:2379";

    private static IEnumerable<NodeDescription> Members(ClusterDescription cluster) => cluster.Nodes.Where(node => node.Has(NodeRole.EtcdMember));

    private static Ipv4Address AddressOf(NodeDescription node) =>
        node.Address ?? throw new InvalidOperationException($"the etcd member {node.Hostname} has no fixed address");

    /// <summary>
    /// Names and usages as the Kubernetes documentation has them (best practices, PKI certificates). Members dial each other, so their certificates
    /// are for both directions, and the address is among the names because a peer is checked by the address it comes from.
    /// </summary>
    private static PlannedCertificate[] Certificates(PlanInput input, Ipv4Address address)
    {
        string[] names = [input.Node.Hostname, input.Fqdn(input.Node.Hostname), "localhost"];
        string[] addresses = [address.ToString(), "127.0.0.1", "::1"];
        return
        [
            Certificate("server", "kube-etcd", names, addresses, true, $"{Account}:{Account}"),
            Certificate("peer", "kube-etcd-peer", names, addresses, true, $"{Account}:{Account}"),
            Certificate("healthcheck-client", "kube-etcd-healthcheck-client", [], [], false, "root:root"),
        ];
    }

    private static PlannedCertificate Certificate(
        string name, string commonName, IReadOnlyList<string> names, IReadOnlyList<string> addresses, bool serverAuth, string owner) =>
        new($"etcd-{name}", CertificateAuthorityName.Etcd, commonName, null, names, addresses, serverAuth, true, $"{Pki}/{name}.key", $"{Pki}/{name}.crt", owner);
}
