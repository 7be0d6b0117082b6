using Sextant.Cluster;
using Sextant.Primitives;

namespace Sextant.Planning;

/// <summary>What one concern (being a node at all, being an etcd member) adds to a machine's plan.</summary>
internal sealed record PlanPart
{
    /// <summary>Nothing.</summary>
    public static readonly PlanPart None = new();

    /// <summary>Files to write.</summary>
    public IReadOnlyList<PlannedFile> Files { get; init; } = [];

    /// <summary>Units to write and enable.</summary>
    public IReadOnlyList<PlannedUnit> Units { get; init; } = [];

    /// <summary>Certificates to ask for.</summary>
    public IReadOnlyList<PlannedCertificate> Certificates { get; init; } = [];

    /// <summary>What else to ask for with the ticket.</summary>
    public IReadOnlyList<PlannedSecret> Secrets { get; init; } = [];

    /// <summary>Files to fetch from the bootstrapper.</summary>
    public IReadOnlyList<PlannedDownload> Downloads { get; init; } = [];

    /// <summary>System accounts to make where the operating system has none of that name.</summary>
    public IReadOnlyList<string> Accounts { get; init; } = [];

    /// <summary>Units of the operating system that must never start.</summary>
    public IReadOnlyList<string> MaskedUnits { get; init; } = [];

    /// <summary>Units that wait for the certificates, the secrets or the files, and are started when the last of them is in.</summary>
    public IReadOnlyList<string> WaitingUnits { get; init; } = [];

    /// <summary>All of several parts, in their order.</summary>
    public static PlanPart Join(params IReadOnlyList<PlanPart> parts) => new()
    {
        Files = [.. parts.SelectMany(part => part.Files)],
        Units = [.. parts.SelectMany(part => part.Units)],
        Certificates = [.. parts.SelectMany(part => part.Certificates)],
        Secrets = [.. parts.SelectMany(part => part.Secrets)],
        Downloads = [.. parts.SelectMany(part => part.Downloads)],
        Accounts = [.. parts.SelectMany(part => part.Accounts).Distinct()],
        MaskedUnits = [.. parts.SelectMany(part => part.MaskedUnits).Distinct()],
        WaitingUnits = [.. parts.SelectMany(part => part.WaitingUnits)],
    };
}

/// <summary>Everything a part of a plan is made from.</summary>
/// <param name="Cluster">The description.</param>
/// <param name="Node">The machine.</param>
/// <param name="Address">Its address: fixed, else leased; null while unknown.</param>
/// <param name="Material">What the plan is made from besides.</param>
internal sealed record PlanInput(ClusterDescription Cluster, NodeDescription Node, Ipv4Address? Address, PlanMaterial Material)
{
    /// <summary>What is different on the machine's operating system.</summary>
    public NodeSystem System { get; } = NodeSystem.Of(Cluster.OperatingSystem.Name);

    /// <summary>A host name with the cluster's domain.</summary>
    public string Fqdn(string hostname) => $"{hostname}.{Cluster.Network.Domain}";

    /// <summary>A file filled from a template, owned by root.</summary>
    public PlannedFile File(string path, int mode, string template, IReadOnlyDictionary<string, object> values) =>
        new(path, mode, "root:root", Material.Templates.Fill(template, values));

    /// <summary>A unit filled from a template and enabled.</summary>
    public PlannedUnit Unit(string name, string template, IReadOnlyDictionary<string, object> values) => new(name, Material.Templates.Fill(template, values), true);

    /// <summary>An authority's certificate as a file everybody may read.</summary>
    /// <exception cref="InvalidOperationException">The site has no such authority.</exception>
    public PlannedFile Anchor(string path, CertificateAuthorityName authority) =>
        Material.Anchors.Pem.TryGetValue(authority, out var pem)
            ? new PlannedFile(path, Permissions.Public, "root:root", pem)
            : throw new InvalidOperationException($"the trust anchors lack the authority {authority}");
}
