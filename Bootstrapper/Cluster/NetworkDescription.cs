using Sextant.Dhcp.Wire;
using Sextant.Primitives;

namespace Sextant.Cluster;

/// <summary>The provisioning network: the subnets machines boot and work in, and what they have in common.</summary>
/// <param name="Subnets">At least one. The first is the one the bootstrapper's interface is on; the others are reached through relays. No two share an address.</param>
/// <param name="Domain">The cluster's DNS domain, without a trailing dot.</param>
/// <param name="UpstreamResolvers">DNS resolvers outside the cluster; empty offline.</param>
public sealed record NetworkDescription(IReadOnlyList<SubnetDescription> Subnets, string Domain, IReadOnlyList<Ipv4Address> UpstreamResolvers)
{
    /// <summary>The subnet of the bootstrapper.</summary>
    public SubnetDescription Local => Subnets[0];

    /// <summary>The subnet the address lies in; null when it is of none.</summary>
    public SubnetDescription? SubnetOf(Ipv4Address address) => Subnets.FirstOrDefault(subnet => subnet.Subnet.Contains(address));
}

/// <summary>One subnet of the provisioning network.</summary>
/// <param name="Subnet">Its addresses.</param>
/// <param name="Gateway">The default gateway handed to machines; null for a network without a way out.</param>
/// <param name="DynamicRange">Addresses for machines without a fixed one; null when every machine has one.</param>
/// <param name="LeaseTime">DHCP lease time, 2 minutes to 1 year.</param>
public sealed record SubnetDescription(Ipv4Network Subnet, Ipv4Address? Gateway, Ipv4Range? DynamicRange, TimeSpan LeaseTime)
{
    /// <summary>An earlier subnet of the list that is on the same layer-2 network; null for a subnet with a layer-2 network of its own.</summary>
    public Ipv4Network? SharesLinkWith { get; init; }

    /// <summary>What the file says of DHCP options here: of the site and of the subnet.</summary>
    public IReadOnlyList<OptionSetting> Options { get; init; } = [];
}

/// <summary>How machines get their addresses.</summary>
/// <param name="Mode">Whose task that is.</param>
public sealed record DhcpDescription(DhcpMode Mode)
{
    /// <summary>Whether the network is asked if anybody uses a dynamic address before it is offered.</summary>
    public bool Probe { get; init; } = true;

    /// <summary>What a file says that says nothing of DHCP: the bootstrapper serves it.</summary>
    public static DhcpDescription Default { get; } = new(DhcpMode.Server);
}

/// <summary>Who gives machines their addresses.</summary>
public enum DhcpMode
{
    /// <summary>The bootstrapper: addresses, and what to boot.</summary>
    Server,
    /// <summary>Somebody else's DHCP server; the bootstrapper adds what to boot (PXE 2.1, proxyDHCP).</summary>
    Proxy,
    /// <summary>Somebody else's DHCP server, which also says what to boot.</summary>
    Off,
}
