using Sextant.Cluster.Schema.Syntax;
using Sextant.Primitives;

namespace Sextant.Cluster.Schema;

/// <summary>bootstrapper</summary>
internal sealed class BootstrapperSection : Section
{
    /// <summary>address</summary>
    [Key<Ipv4Syntax>("address", "This machine's address on the provisioning network.", Required = true)]
    public Entry<Ipv4Address>? Address { get; set; }

    /// <summary>interface</summary>
    [Key<InterfaceSyntax>("interface", "The network interface towards the machines; DHCP answers there and nowhere else.", Required = true)]
    public Entry<string>? Interface { get; set; }

    /// <summary>http_port</summary>
    [Key<PortSyntax>("http_port", "TCP port of boot scripts, installation files and the status page.", Default = "80")]
    public Entry<int>? HttpPort { get; set; }

    /// <summary>https_port</summary>
    [Key<PortSyntax>("https_port", "TCP port on which machines get their certificates.", Default = "443", Example = "8443")]
    public Entry<int>? HttpsPort { get; set; }
}

/// <summary>network</summary>
internal sealed class NetworkSection : Section
{
    /// <summary>subnet</summary>
    [Key<SubnetSyntax>("subnet", "The subnet of the provisioning network.", Required = true)]
    public Entry<Ipv4Network>? Subnet { get; set; }

    /// <summary>gateway</summary>
    [Key<Ipv4Syntax>("gateway", "The default gateway the machines get.", DefaultNote = "none, for a network without a way out", Example = "10.0.0.254")]
    public Entry<Ipv4Address>? Gateway { get; set; }

    /// <summary>dynamic_range</summary>
    [Key<Ipv4RangeSyntax>("dynamic_range",
        "Addresses for machines without an ip of their own, first and last included. Needed for those, and unless unknown_machines is ignore.",
        DefaultNote = "none")]
    public Entry<Ipv4Range>? DynamicRange { get; set; }

    /// <summary>domain</summary>
    [Key<DomainSyntax>("domain", "The DNS domain of the machines, without a dot at its end.", Required = true)]
    public Entry<string>? Domain { get; set; }

    /// <summary>upstream_resolvers</summary>
    [ListKey<Ipv4Syntax>("upstream_resolvers", "DNS resolvers for names outside the cluster; none on an offline network.",
        Unique = true, Example = "10.0.0.254")]
    public EntryList<Ipv4Address>? UpstreamResolvers { get; set; }

    /// <summary>lease_time</summary>
    [Key<DurationSyntax>("lease_time", "How long an address is leased: a whole number with s, m, h or d, from 2m to 365d.", Default = "12h", Example = "1d")]
    public Entry<TimeSpan>? LeaseTime { get; set; }
}

/// <summary>tftp</summary>
internal sealed class TftpSection : Section
{
    /// <summary>single_port</summary>
    [Key<BooleanSyntax>("single_port",
        "Whether every transfer uses UDP port 69, for firewalls and address translation between the machines and this service that do not follow TFTP to a port of its own.",
        Default = "false")]
    public Entry<bool>? SinglePort { get; set; }
}

/// <summary>os</summary>
internal sealed class OperatingSystemSection : Section
{
    /// <summary>name</summary>
    [Key<OperatingSystemSyntax>("name", "Which operating system. coreos is another word for flatcar.", Required = true)]
    public Entry<OperatingSystemName>? Name { get; set; }

    /// <summary>config_format</summary>
    [Key<ConfigFormatSyntax>("config_format",
        "How Flatcar machines are told what to be: by Ignition, before the system starts, or by cloud-config in CoreOS's dialect, at every start. The other systems have one format each.",
        Default = "ignition")]
    public Entry<NodeConfigFormat>? ConfigFormat { get; set; }

    /// <summary>wipe_disks</summary>
    [Key<BooleanSyntax>("wipe_disks",
        "Whether the installation also erases the beginning and the end of every other fixed disk, so that storage systems find them blank. Everything on them is lost.",
        Default = "false")]
    public Entry<bool>? WipeDisks { get; set; }

    /// <summary>repository</summary>
    [Key<RepositoryUrlSyntax>("repository",
        "For rocky, and required there: where the tree of the installation DVD is, a copy of the whole DVD on a web server that the machines reach. Its release must be that of the "
        + "kernel and initramfs among the assets.", Example = "http://10.0.0.5/rocky/10.2")]
    public Entry<string>? Repository { get; set; }

    /// <summary>install_disk</summary>
    [Key<InstallDiskSyntax>("install_disk",
        "The disk it is written to: a path below /dev, by-id and by-path included; serial:NUMBER; first:100GB, the first fixed disk of that size or more in the order of "
        + "names; smallest:100GB, the smallest such disk; auto, which is first:8GB.", Default = "auto")]
    public Entry<string>? InstallDisk { get; set; }

    /// <summary>kernel_arguments</summary>
    [ListKey<KernelArgumentSyntax>("kernel_arguments", "Added to the kernel's command line on every machine, during the installation and after it.")]
    public EntryList<string>? KernelArguments { get; set; }
}

/// <summary>registry</summary>
internal sealed class RegistrySection : Section
{
    /// <summary>mode</summary>
    [Key<RegistryModeSyntax>("mode", "The bootstrapper's own registry (builtin), or an existing one that the machines reach (external).", Default = "builtin")]
    public Entry<RegistryMode>? Mode { get; set; }

    /// <summary>address</summary>
    [Key<RegistryAddressSyntax>("address", "Host and port of the external registry; port 443 unless another is given.",
        DefaultNote = "none; needed with mode external")]
    public Entry<string>? Address { get; set; }

    /// <summary>ca</summary>
    [Key<GivenFileSyntax>("ca", "The file with the certificate (PEM) of the authority that signed the external registry's, relative to this file's folder.",
        DefaultNote = "the authorities of the machines' own operating system", Example = "registry-ca.crt")]
    public Entry<string>? CaFile { get; set; }

    /// <summary>username</summary>
    [Key<UsernameSyntax>("username", "The account with which machines pull from the external registry; needs password_file.", DefaultNote = "none")]
    public Entry<string>? Username { get; set; }

    /// <summary>password_file</summary>
    [Key<GivenFileSyntax>("password_file",
        "The file with that account's password on its one line, relative to this file's folder. A password itself never stands here.",
        DefaultNote = "none", Example = "registry-password")]
    public Entry<string>? PasswordFile { get; set; }

    /// <summary>port</summary>
    [Key<PortSyntax>("port", "TCP port of the built-in registry, TLS.", Default = "5000", Example = "5001")]
    public Entry<int>? Port { get; set; }

    /// <summary>pull_through</summary>
    [Key<BooleanSyntax>("pull_through",
        "Whether the built-in registry fetches an image it lacks from where its name says when a machine asks for it. Only for a bootstrapper with a way out.",
        Default = "false")]
    public Entry<bool>? PullThrough { get; set; }

    /// <summary>images</summary>
    [ListKey<ImageReferenceSyntax>("images", "Images wanted on site besides those the cluster needs, each with registry, repository and tag or digest.", Unique = true)]
    public EntryList<string>? Images { get; set; }
}

/// <summary>One of asset_mirrors</summary>
internal sealed class AssetMirrorSection : Section
{
    /// <summary>url</summary>
    [Key<MirrorUrlSyntax>("url", "What stands for http://BOOTSTRAPPER/assets there, http:// or https://.", Required = true)]
    public Entry<string>? Url { get; set; }

    /// <summary>racks</summary>
    [ListKey<RackSyntax>("racks", "The racks whose machines use it, before those that are for every machine. Empty: it is for every machine.", Unique = true)]
    public EntryList<string>? Racks { get; set; }
}
