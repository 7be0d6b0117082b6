using Sextant.Cluster;
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

    /// <summary>The subnet.</summary>
    public required Ipv4Network Subnet { get; init; }

    /// <summary>Default gateway, or null.</summary>
    public required Ipv4Address? Gateway { get; init; }

    /// <summary>Addresses for machines without a reservation, or null.</summary>
    public required Ipv4Range? DynamicRange { get; init; }

    /// <summary>DNS domain without a trailing dot.</summary>
    public required string Domain { get; init; }

    /// <summary>DNS resolvers handed to machines.</summary>
    public required IReadOnlyList<Ipv4Address> Resolvers { get; init; }

    /// <summary>Lease time.</summary>
    public required TimeSpan LeaseTime { get; init; }

    /// <summary>Whether every TFTP transfer uses the well-known port, instead of one of its own.</summary>
    public bool TftpSinglePort { get; init; }

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
        Subnet = description.Network.Subnet,
        Gateway = description.Network.Gateway,
        DynamicRange = description.Network.DynamicRange,
        Domain = description.Network.Domain,
        Resolvers = description.Network.UpstreamResolvers,
        LeaseTime = description.Network.LeaseTime,
        Loaders = BootLoaders.Of(description),
        TftpSinglePort = description.Tftp.SinglePort,
        RegistryBase = description.Registry.Mode is RegistryMode.Builtin
            ? $"https://{description.Bootstrapper.Address}:{description.Registry.Port}"
            : $"https://{description.Registry.Address}",
        Reservations = description.Nodes.ToDictionary(node => node.Mac, node => new Reservation(node.Hostname, node.Address)),
    };
}

/// <summary>What the file promises one machine.</summary>
/// <param name="Hostname">Its host name (a DNS label).</param>
/// <param name="Address">Its fixed address; null when it takes one of the dynamic range.</param>
public sealed record Reservation(string Hostname, Ipv4Address? Address);
