using Sextant.Cluster;
using Sextant.Primitives;

namespace Sextant.Planning;

/// <summary>
/// Everything one machine is to become, independent of any configuration format: the same plan feeds cloud-init, Ignition, cloud-config and
/// kickstart. Pure data; two equal plans render to the same bytes.
/// </summary>
public sealed record NodePlan
{
    /// <summary>The account that <see cref="SshAuthorizedKeys"/> open on each node; it may become root by sudo without a password.</summary>
    public const string Administrator = "sextant";

    /// <summary>Where a node keeps its one-time enrolment ticket (0600), until every certificate is in.</summary>
    public const string TicketPath = "/etc/sextant/ticket";

    /// <summary>The machine.</summary>
    public required MacAddress Mac { get; init; }

    /// <summary>Host name, a DNS label.</summary>
    public required string Hostname { get; init; }

    /// <summary>Host name with the cluster's domain.</summary>
    public required string Fqdn { get; init; }

    /// <summary>Its address: the fixed one, else the leased one; null while neither is known.</summary>
    public required Ipv4Address? Address { get; init; }

    /// <summary>True when <see cref="Address"/> comes from the file.</summary>
    public required bool HasFixedAddress { get; init; }

    /// <summary>Its roles.</summary>
    public required IReadOnlyList<NodeRole> Roles { get; init; }

    /// <summary>Its operating system.</summary>
    public required OperatingSystemName OperatingSystem { get; init; }

    /// <summary>How a Flatcar machine is configured; the other systems have one format each.</summary>
    public required NodeConfigFormat ConfigFormat { get; init; }

    /// <summary>Where it asks for the installation files before it asks the bootstrapper, in this order: URLs without a trailing slash.</summary>
    public required IReadOnlyList<string> AssetMirrors { get; init; }

    /// <summary>How its operating system gets onto its disk.</summary>
    public required Installation Installation { get; init; }

    /// <summary>Install disk: <c>/dev/sda</c>, <c>serial:…</c>, <c>first:100GB</c>, <c>smallest:100GB</c> or <c>auto</c>.</summary>
    public required string InstallDisk { get; init; }

    /// <summary>Whether the installation erases the beginning and the end of every other fixed disk.</summary>
    public required bool WipeDisks { get; init; }

    /// <summary>Kernel arguments of live and installed system.</summary>
    public required IReadOnlyList<string> KernelArguments { get; init; }

    /// <summary>OpenSSH public keys of the administrator.</summary>
    public required IReadOnlyList<string> SshAuthorizedKeys { get; init; }

    /// <summary>Files to write, in order.</summary>
    public required IReadOnlyList<PlannedFile> Files { get; init; }

    /// <summary>systemd units to write and enable.</summary>
    public required IReadOnlyList<PlannedUnit> Units { get; init; }

    /// <summary>Certificates the node asks for with its one-time ticket. Their keys are made on the node.</summary>
    public required IReadOnlyList<PlannedCertificate> Certificates { get; init; }

    /// <summary>What the node asks for with the same ticket because not everybody may know it. Their content is not here, so that no document has it.</summary>
    public required IReadOnlyList<PlannedSecret> Secrets { get; init; }

    /// <summary>What the installed system fetches from the bootstrapper's assets before Kubernetes starts.</summary>
    public required IReadOnlyList<PlannedDownload> Downloads { get; init; }

    /// <summary>Names of system accounts, each with a group of the same name: made without a password where the operating system has none of that name.</summary>
    public required IReadOnlyList<string> Accounts { get; init; }

    /// <summary>Units of the operating system that must never start.</summary>
    public required IReadOnlyList<string> MaskedUnits { get; init; }
}

/// <summary>A text file on the node.</summary>
/// <param name="Path">Absolute path.</param>
/// <param name="Mode">Permission bits, for example <c>0x1A4</c> (octal 0644).</param>
/// <param name="Owner"><c>user:group</c>.</param>
/// <param name="Content">Exact text.</param>
public sealed record PlannedFile(string Path, int Mode, string Owner, string Content);

/// <summary>A systemd unit on the node.</summary>
/// <param name="Name">Unit name, <c>etcd.service</c>.</param>
/// <param name="Content">Unit text; null when the operating system ships it.</param>
/// <param name="Enabled">Whether it starts at boot.</param>
public sealed record PlannedUnit(string Name, string? Content, bool Enabled);

/// <summary>A file on the node (0600) that it gets in exchange for its ticket.</summary>
/// <param name="Name">Name in the enrolment URL, <c>registry-credentials</c>; unique on the node, certificates included.</param>
/// <param name="Path">Absolute path.</param>
/// <param name="Owner"><c>user:group</c>.</param>
public sealed record PlannedSecret(string Name, string Path, string Owner);

/// <summary>A file the installed system fetches, verifies and puts in place.</summary>
/// <param name="Asset">The file of the site.</param>
/// <param name="Target">Absolute path: of the file, or of the folder an archive is unpacked to.</param>
/// <param name="Unpacking">What is done with it.</param>
public sealed record PlannedDownload(PinnedFile Asset, string Target, Unpacking Unpacking);

/// <summary>What is done with a fetched file.</summary>
public enum Unpacking
{
    /// <summary>It becomes a program (0755).</summary>
    Program,
    /// <summary>A tar.gz of programs at its top level.</summary>
    Archive,
    /// <summary>A tar.gz whose one top folder is left out.</summary>
    ArchiveFolder,
}

/// <summary>Which certificate authority signs.</summary>
public enum CertificateAuthorityName
{
    /// <summary>The bootstrapper's own HTTPS identity.</summary>
    Sextant,
    /// <summary>etcd peers and clients.</summary>
    Etcd,
    /// <summary>The Kubernetes API and kubelets.</summary>
    Kubernetes,
    /// <summary>API aggregation.</summary>
    FrontProxy,
}

/// <summary>
/// A certificate a node may ask for. The node chooses nothing but the key: subject, names and usages are the plan's, whatever its request says.
/// </summary>
/// <param name="Name">Name in the enrolment URL, <c>etcd-server</c>; unique on the node.</param>
/// <param name="Authority">Who signs it.</param>
/// <param name="CommonName">Subject CN.</param>
/// <param name="Organization">Subject O, or null.</param>
/// <param name="DnsNames">dNSName SANs.</param>
/// <param name="Addresses">iPAddress SANs (IPv4 or IPv6 text).</param>
/// <param name="ServerAuth">Extended key usage serverAuth.</param>
/// <param name="ClientAuth">Extended key usage clientAuth.</param>
/// <param name="KeyPath">Where the node keeps the key (0600).</param>
/// <param name="CertificatePath">Where the node keeps the certificate.</param>
/// <param name="Owner"><c>user:group</c> of both files.</param>
public sealed record PlannedCertificate(
    string Name, CertificateAuthorityName Authority, string CommonName, string? Organization, IReadOnlyList<string> DnsNames,
    IReadOnlyList<string> Addresses, bool ServerAuth, bool ClientAuth, string KeyPath, string CertificatePath, string Owner);
