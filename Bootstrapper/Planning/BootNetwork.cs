using Sextant.Cluster;
using Sextant.Dhcp.Wire;
using Sextant.Primitives;

namespace Sextant.Planning;

/// <summary>What the boot services need to know of the network, with every machine's reservation.</summary>
public sealed record BootNetwork
{
    /// <summary>The bootstrapper's own address.</summary>
    public required Ipv4Address ServerAddress { get; init; }

    /// <summary>The interface DHCP and TFTP listen on.</summary>
    public required string Interface { get; init; }

    /// <summary>TCP port of boot scripts, configs and assets.</summary>
    public required int HttpPort { get; init; }

    /// <summary>TCP port of enrolment.</summary>
    public required int HttpsPort { get; init; }

    /// <summary>The subnets, the one the interface is on first.</summary>
    public required IReadOnlyList<BootSubnet> Subnets { get; init; }

    /// <summary>The subnet the interface is on.</summary>
    public BootSubnet Local => Subnets[0];

    /// <summary>What the bootstrapper does about DHCP.</summary>
    public required DhcpRole Dhcp { get; init; }

    /// <summary>Whether dynamic addresses are probed before they are offered.</summary>
    public bool ProbesAddresses { get; init; }

    /// <summary>Whether every TFTP transfer uses the well-known port, instead of one of its own.</summary>
    public bool TftpSinglePort { get; init; }

    /// <summary>DNS domain without a trailing dot.</summary>
    public required string Domain { get; init; }

    /// <summary>DNS resolvers handed to machines.</summary>
    public required IReadOnlyList<Ipv4Address> Resolvers { get; init; }

    /// <summary>The NTP server handed out to machines; null for none.</summary>
    public Ipv4Address? TimeServer { get; init; }

    /// <summary>The stratum, 1 to 15, at which the bootstrapper serves its own clock while nothing keeps that right; null says that it is not synchronised.</summary>
    public byte? LocalStratum { get; init; }

    /// <summary>Who takes messages of syslog; null when nobody here does.</summary>
    public Ipv4Address? LogServer { get; init; }

    /// <summary>Fixed names and addresses, by machine.</summary>
    public required IReadOnlyDictionary<MacAddress, Reservation> Reservations { get; init; }

    /// <summary>Which boot loader each machine gets.</summary>
    public BootLoaders Loaders { get; init; } = BootLoaders.Default;

    /// <summary><c>http://10.0.0.1</c>, with the port when it is not 80; no trailing slash.</summary>
    public string HttpBase => HttpPort == 80 ? $"http://{ServerAddress}" : $"http://{ServerAddress}:{HttpPort}";

    /// <summary><c>https://10.0.0.1</c>, with the port when it is not 443; no trailing slash.</summary>
    public string HttpsBase => HttpsPort == 443 ? $"https://{ServerAddress}" : $"https://{ServerAddress}:{HttpsPort}";

    /// <summary>Where machines get container images: <c>https://10.0.0.1:5000</c>, or an external registry's address; no trailing slash.</summary>
    public required string RegistryBase { get; init; }

    /// <summary>The network's part of a description.</summary>
    public static BootNetwork Of(ClusterDescription description) => new()
    {
        ServerAddress = description.Bootstrapper.Address,
        Interface = description.Bootstrapper.Interface,
        HttpPort = description.Bootstrapper.HttpPort,
        HttpsPort = description.Bootstrapper.HttpsPort,
        Subnets = [.. description.Network.Subnets.Select(BootSubnet.Of)],
        Dhcp = description.Dhcp.Mode switch
        {
            DhcpMode.Server => DhcpRole.Server,
            DhcpMode.Proxy => DhcpRole.Proxy,
            DhcpMode.Off => DhcpRole.None,
            var other => throw new InvalidOperationException($"DHCP mode {other} has no role"),
        },
        ProbesAddresses = description.Dhcp.Probe,
        Loaders = BootLoaders.Of(description),
        TftpSinglePort = description.Tftp.SinglePort,
        Domain = description.Network.Domain,
        Resolvers = NamePlan.ResolversOf(description),
        TimeServer = description.Ntp.Mode is NtpMode.On ? description.Bootstrapper.Address : null,
        LocalStratum = (byte?)description.Ntp.LocalStratum,
        LogServer = description.Syslog.Receive ? description.Bootstrapper.Address : null,
        RegistryBase = description.Registry.Mode is RegistryMode.Builtin
            ? $"https://{description.Bootstrapper.Address}:{description.Registry.Port}"
            : $"https://{description.Registry.Address}",
        Reservations = description.Nodes.ToDictionary(node => node.Mac, node => new Reservation(node.Hostname, node.Address) { Options = node.Options }),
    };
}

/// <summary>What the bootstrapper does about DHCP.</summary>
public enum DhcpRole
{
    /// <summary>It gives addresses, and says what to boot.</summary>
    Server,
    /// <summary>It says what to boot, beside somebody else's DHCP server (PXE 2.1, proxyDHCP).</summary>
    Proxy,
    /// <summary>Nothing.</summary>
    None,
}

/// <summary>What DHCP says of one subnet.</summary>
public sealed record BootSubnet
{
    /// <summary>Its addresses.</summary>
    public required Ipv4Network Subnet { get; init; }

    /// <summary>Default gateway, or null.</summary>
    public required Ipv4Address? Gateway { get; init; }

    /// <summary>Addresses for machines without a reservation, or null.</summary>
    public required Ipv4Range? DynamicRange { get; init; }

    /// <summary>Lease time.</summary>
    public required TimeSpan LeaseTime { get; init; }

    /// <summary>An earlier subnet on the same layer-2 network, or null.</summary>
    public Ipv4Network? SharesLinkWith { get; init; }

    /// <summary>DHCP options the file gives or takes away here.</summary>
    public IReadOnlyList<OptionSetting> Options { get; init; } = [];

    /// <summary>A subnet of a description.</summary>
    public static BootSubnet Of(SubnetDescription subnet) => new()
    {
        Subnet = subnet.Subnet,
        Gateway = subnet.Gateway,
        DynamicRange = subnet.DynamicRange,
        LeaseTime = subnet.LeaseTime,
        SharesLinkWith = subnet.SharesLinkWith,
        Options = subnet.Options,
    };
}

/// <summary>What the file promises one machine.</summary>
/// <param name="Hostname">Its host name (a DNS label).</param>
/// <param name="Address">Its fixed address; null when it takes one of the dynamic range.</param>
public sealed record Reservation(string Hostname, Ipv4Address? Address)
{
    /// <summary>DHCP options the file gives it or takes away from it.</summary>
    public IReadOnlyList<OptionSetting> Options { get; init; } = [];
}
