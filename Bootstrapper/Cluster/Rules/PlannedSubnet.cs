using Sextant.Cluster.Schema;
using Sextant.Primitives;

namespace Sextant.Cluster.Rules;

/// <summary>One subnet of the file, whichever section it stands in, as far as it could be read.</summary>
/// <param name="Subnet">Its addresses.</param>
/// <param name="Name">The path of that value: <c>network.subnet</c>, <c>network.subnets[0].subnet</c>.</param>
/// <param name="Gateway">Its gateway.</param>
/// <param name="Range">Its dynamic range.</param>
/// <param name="SharesLinkWith">The subnet on the same layer-2 network.</param>
internal sealed record PlannedSubnet(
    Entry<Ipv4Network> Subnet, string Name, Entry<Ipv4Address>? Gateway, Entry<Ipv4Range>? Range, Entry<Ipv4Network>? SharesLinkWith)
{
    /// <summary>Every subnet whose addresses could be read; the bootstrapper's first.</summary>
    public static IReadOnlyList<PlannedSubnet> All(ClusterSection cluster)
    {
        if (cluster.Network is not { } network) return [];
        List<PlannedSubnet> all = [];
        if (network.Subnet is { } local) all.Add(new PlannedSubnet(local, local.At.Path, network.Gateway, network.DynamicRange, null));
        foreach (var further in network.Subnets?.Items ?? [])
            if (further.Subnet is { } subnet) all.Add(new PlannedSubnet(subnet, subnet.At.Path, further.Gateway, further.DynamicRange, further.SharesLinkWith));
        return all;
    }

    /// <summary>True when every subnet of the file could be read, so that an address outside of all of them is outside of the file's, too.</summary>
    public static bool Whole(ClusterSection cluster) =>
        cluster.Network is { Subnet: not null } network && network.Subnets is null or { Whole: true } && (network.Subnets?.Items ?? []).All(subnet => subnet.Subnet is not null);

    /// <summary>Why no machine of the subnet can have the address; null when one can.</summary>
    public string? FaultOf(Ipv4Address address) =>
        !Subnet.Value.Contains(address) ? $"{address} lies outside {Name} {Subnet.Value}"
        : address == Subnet.Value.Address ? $"{address} is the network address of {Subnet.Value}; no machine has it"
        : address == Subnet.Value.Last ? $"{address} is the broadcast address of {Subnet.Value}; no machine has it"
        : null;
}
