using Sextant.Cluster;
using Sextant.Primitives;

namespace Sextant.Planning;

/// <summary>What one concern (being a node at all, being an etcd member) adds to a machine's plan.</summary>
/// <param name="Files">Files to write.</param>
/// <param name="Units">Units to write and enable.</param>
/// <param name="Certificates">Certificates to ask for.</param>
internal sealed record PlanPart(IReadOnlyList<PlannedFile> Files, IReadOnlyList<PlannedUnit> Units, IReadOnlyList<PlannedCertificate> Certificates);

/// <summary>Everything a part of a plan is made from.</summary>
/// <param name="Cluster">The description.</param>
/// <param name="Node">The machine.</param>
/// <param name="Address">Its address: fixed, else leased; null while unknown.</param>
/// <param name="Templates">The texts.</param>
/// <param name="Anchors">The authorities.</param>
/// <param name="Files">What the files hold that the description names.</param>
internal sealed record PlanInput(
    ClusterDescription Cluster, NodeDescription Node, Ipv4Address? Address, TemplateSet Templates, TrustAnchors Anchors, SiteFiles Files)
{
    /// <summary>A host name with the cluster's domain.</summary>
    public string Fqdn(string hostname) => $"{hostname}.{Cluster.Network.Domain}";

    /// <summary>A file filled from a template, owned by root.</summary>
    public PlannedFile File(string path, int mode, string template, IReadOnlyDictionary<string, object> values) =>
        new(path, mode, "root:root", Templates.Fill(template, values));

    /// <summary>A unit filled from a template and enabled.</summary>
    public PlannedUnit Unit(string name, string template, IReadOnlyDictionary<string, object> values) => new(name, Templates.Fill(template, values), true);

    /// <summary>An authority's certificate as a file everybody may read.</summary>
    /// <exception cref="InvalidOperationException">The site has no such authority.</exception>
    public PlannedFile Anchor(string path, CertificateAuthorityName authority) =>
        Anchors.Pem.TryGetValue(authority, out var pem)
            ? new PlannedFile(path, Permissions.Public, "root:root", pem)
            : throw new InvalidOperationException($"the trust anchors lack the authority {authority}");
}
