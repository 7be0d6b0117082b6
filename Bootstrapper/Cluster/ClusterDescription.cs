using Sextant.Primitives;

namespace Sextant.Cluster;

/// <summary>
/// What the operator planned: the validated, immutable content of <c>cluster-desc.yaml</c>. It exists only when the file had no error;
/// every default is filled in. Swapped whole on reload.
/// </summary>
public sealed record ClusterDescription
{
    /// <summary>The schema version this product reads and writes.</summary>
    public const int SchemaVersion = 1;

    /// <summary>The cluster's name: a DNS label. It seeds the etcd cluster token.</summary>
    public required string Name { get; init; }

    /// <summary>Where this service lives.</summary>
    public required BootstrapperDescription Bootstrapper { get; init; }

    /// <summary>The provisioning network.</summary>
    public required NetworkDescription Network { get; init; }

    /// <summary>How machines get their addresses.</summary>
    public required DhcpDescription Dhcp { get; init; }

    /// <summary>How firmware gets its boot loader.</summary>
    public TftpDescription Tftp { get; init; } = new(SinglePort: false);

    /// <summary>The time.</summary>
    public NtpDescription Ntp { get; init; } = NtpDescription.Default;

    /// <summary>What machines log.</summary>
    public SyslogDescription Syslog { get; init; } = new(Receive: true);

    /// <summary>The status page, the API and the metrics.</summary>
    public StatusDescription Status { get; init; } = new(StatusReaders.Anyone);

    /// <summary>Names and addresses.</summary>
    public DnsDescription Dns { get; init; } = DnsDescription.Default;

    /// <summary>The operating system the machines get.</summary>
    public required OperatingSystemDescription OperatingSystem { get; init; }

    /// <summary>How the machines start from the network.</summary>
    public BootDescription Boot { get; init; } = BootDescription.Default;

    /// <summary>etcd.</summary>
    public required EtcdDescription Etcd { get; init; }

    /// <summary>Kubernetes.</summary>
    public required KubernetesDescription Kubernetes { get; init; }

    /// <summary>How people reach the Kubernetes API.</summary>
    public required ApiDescription Api { get; init; }

    /// <summary>The pod network.</summary>
    public required FlannelDescription Flannel { get; init; }

    /// <summary>Where container images come from.</summary>
    public required RegistryDescription Registry { get; init; }

    /// <summary>Web servers with a copy of the installation files, in the order of the file.</summary>
    public required IReadOnlyList<AssetMirrorDescription> AssetMirrors { get; init; }

    /// <summary>Names of the addons switched on.</summary>
    public required IReadOnlyList<string> Addons { get; init; }

    /// <summary>Traffic from outside.</summary>
    public required IngressDescription Ingress { get; init; }

    /// <summary>Where volumes come from; null without the addon <c>ceph-csi-rbd</c>.</summary>
    public required CephDescription? Ceph { get; init; }

    /// <summary>OpenSSH public key lines for the administrator's account on each node.</summary>
    public required IReadOnlyList<string> SshAuthorizedKeys { get; init; }

    /// <summary>What happens to a machine that is not in <see cref="Nodes"/>.</summary>
    public required UnknownMachines UnknownMachines { get; init; }

    /// <summary>Whether an operator must approve each machine's enrolment.</summary>
    public required Enrollment Enrollment { get; init; }

    /// <summary>The planned machines, in the order of the file.</summary>
    public required IReadOnlyList<NodeDescription> Nodes { get; init; }

    /// <summary>Every file that the description names.</summary>
    public IEnumerable<GivenFile> GivenFiles => ((GivenFile?[])[Registry.CaFile, Registry.PasswordFile, Ceph?.KeyFile, .. Nodes.SelectMany(node => (GivenFile?[])[node.Bmc?.CaFile, node.Bmc?.PasswordFile])]).OfType<GivenFile>();
}

/// <summary>Where the bootstrapper lives.</summary>
/// <param name="Address">Its address on the provisioning network; machines use it for everything.</param>
/// <param name="Interface">The network interface DHCP listens on, for example <c>eno1</c>.</param>
/// <param name="HttpPort">TCP port for boot scripts, assets and the status page (default 80).</param>
/// <param name="HttpsPort">TCP port for enrolment with the pinned CA (default 443).</param>
public sealed record BootstrapperDescription(Ipv4Address Address, string Interface, int HttpPort, int HttpsPort);

/// <summary>How firmware gets its boot loader.</summary>
/// <param name="SinglePort">Whether every transfer uses the well-known port, instead of one of its own (RFC 1350 section 4).</param>
public sealed record TftpDescription(bool SinglePort);

/// <summary>The time.</summary>
/// <param name="Mode">Whether the bootstrapper serves it.</param>
/// <param name="LocalStratum">The stratum, 1 to 15, at which it serves its own clock while nothing keeps that right; null says that it is not synchronised.</param>
public sealed record NtpDescription(NtpMode Mode, int? LocalStratum)
{
    /// <summary>What a file says that says nothing of the time.</summary>
    public static NtpDescription Default { get; } = new(NtpMode.On, null);
}

/// <summary>What machines log.</summary>
/// <param name="Receive">Whether the bootstrapper takes messages of syslog.</param>
public sealed record SyslogDescription(bool Receive);

/// <summary>The status page, the API and the metrics.</summary>
/// <param name="Readers">Who may look at them; changing something is for the operator alone.</param>
public sealed record StatusDescription(StatusReaders Readers);

/// <summary>The operating system of the machines.</summary>
/// <param name="Name">Which one.</param>
/// <param name="InstallDisk">Default for nodes without their own <c>install_disk</c>: as the file has it, <c>/dev/sda</c>, <c>serial:…</c>, <c>first:100GB</c>, <c>smallest:100GB</c> or <c>auto</c>.</param>
/// <param name="KernelArguments">Added to the kernel command line of live and installed system on every machine.</param>
/// <param name="ConfigFormat">How Flatcar machines are configured; other systems have one format each and do not look at it.</param>
/// <param name="WipeDisks">Whether the installation erases the beginning and the end of every other fixed disk, too.</param>
/// <param name="Repository">Where Rocky's installer gets its packages: the tree of the DVD, without a trailing slash; null for every other system.</param>
public sealed record OperatingSystemDescription(
    OperatingSystemName Name, string InstallDisk, IReadOnlyList<string> KernelArguments, NodeConfigFormat ConfigFormat = NodeConfigFormat.Ignition, bool WipeDisks = false,
    string? Repository = null);

/// <summary>etcd.</summary>
/// <param name="ClusterToken">Distinguishes this cluster's bootstrap from any other on the same wire; defaults to the cluster's name.</param>
public sealed record EtcdDescription(string ClusterToken);

/// <summary>Kubernetes.</summary>
/// <param name="Version">Release, <c>1.36.4</c>.</param>
/// <param name="ServiceRange">Virtual addresses of services.</param>
/// <param name="PodRange">Addresses of pods, cut into one /24 a node.</param>
/// <param name="DnsIp">The cluster DNS service's address, inside <paramref name="ServiceRange"/>.</param>
/// <param name="ApiEndpoint">Host name or address, with port, under which people reach the API.</param>
/// <param name="ClusterDomain">DNS domain of services, without a trailing dot.</param>
/// <param name="ProxyMode">How kube-proxy makes service addresses work.</param>
public sealed record KubernetesDescription(
    string Version, Ipv4Network ServiceRange, Ipv4Network PodRange, Ipv4Address DnsIp, string ApiEndpoint, string ClusterDomain = "cluster.local",
    ProxyMode ProxyMode = ProxyMode.Nftables);

/// <summary>How people reach the Kubernetes API.</summary>
/// <param name="VirtualAddress">An address that one of the masters holds at any time; null for none.</param>
public sealed record ApiDescription(Ipv4Address? VirtualAddress);

/// <summary>Traffic from outside.</summary>
/// <param name="VirtualAddress">An address that one of the ingress machines holds at any time; null for none.</param>
public sealed record IngressDescription(Ipv4Address? VirtualAddress);

/// <summary>A Ceph cluster that volumes come from.</summary>
/// <param name="ClusterId">Its fsid.</param>
/// <param name="Monitors"><c>host:port</c> each.</param>
/// <param name="Pool">The pool volumes are made in.</param>
/// <param name="User">The user, without <c>client.</c>.</param>
/// <param name="KeyFile">The file with the user's key.</param>
public sealed record CephDescription(string ClusterId, IReadOnlyList<string> Monitors, string Pool, string User, GivenFile KeyFile);

/// <summary>The pod network.</summary>
/// <param name="Backend">How pod traffic crosses nodes.</param>
public sealed record FlannelDescription(FlannelBackend Backend);

/// <summary>Where container images come from.</summary>
/// <param name="Mode">The bootstrapper's own registry, or somebody else's.</param>
/// <param name="Address"><c>host[:port]</c> of an external registry; null for the built-in one.</param>
/// <param name="CaFile">The PEM file of the authority that signs an external registry's certificate; null where the machines' own authorities do.</param>
/// <param name="Username">The account at an external registry; null for one that asks for none.</param>
/// <param name="PasswordFile">The file with that account's password; null exactly when <paramref name="Username"/> is.</param>
/// <param name="Port">TCP port of the built-in registry, TLS (default 5000).</param>
/// <param name="PullThrough">Whether the built-in registry fetches what it lacks from where the image's name says.</param>
/// <param name="Images">Images the operator wants on site besides those of the cluster, as full references: <c>docker.io/library/nginx:1.30.1-alpine</c>.</param>
public sealed record RegistryDescription(
    RegistryMode Mode, string? Address, GivenFile? CaFile, string? Username, GivenFile? PasswordFile, int Port, bool PullThrough, IReadOnlyList<string> Images)
{
    /// <summary>The built-in registry's port when the file gives none.</summary>
    public const int DefaultPort = 5000;

    /// <summary>The bootstrapper's registry with every default: what a file says that says nothing of a registry.</summary>
    public static RegistryDescription Builtin { get; } = new(RegistryMode.Builtin, null, null, null, null, DefaultPort, false, []);

    /// <summary>Somebody else's registry, open to everybody, with a certificate that machines trust already.</summary>
    /// <param name="address"><c>host[:port]</c>.</param>
    public static RegistryDescription At(string address) => Builtin with { Mode = RegistryMode.External, Address = address };
}

/// <summary>A file the description names. This folder does not read it; whoever does reports what is wrong with it at its place.</summary>
/// <param name="Path">Its path as it is written, relative to the description's folder.</param>
/// <param name="Key">The YAML path of the key, <c>registry.ca</c>.</param>
/// <param name="Line">1-based line of the value.</param>
/// <param name="Column">1-based column of the value.</param>
public sealed record GivenFile(string Path, string Key, int Line, int Column)
{
    /// <summary>An error at the place where the file is named.</summary>
    /// <param name="description">The description as the operator named it.</param>
    /// <param name="message">What is wrong.</param>
    public Problem Problem(string description, string message) => new(Severity.Error, description, Line, Column, Key, message);
}

/// <summary>A web server with a copy of the installation files.</summary>
/// <param name="Url">Stands in place of <c>http://BOOTSTRAPPER/assets</c>: <c>http://</c> or <c>https://</c>, no trailing slash.</param>
/// <param name="Racks">The racks whose machines it is for; empty means every machine.</param>
public sealed record AssetMirrorDescription(string Url, IReadOnlyList<string> Racks);
