using Sextant.Planning;
using Sextant.Primitives;

namespace Sextant.Dhcp;

/// <summary>The addresses of one subnet and whom they are meant for, prepared for constant-time questions. Immutable; one for each subnet of each plan.</summary>
public sealed class Scope
{
    private readonly BootNetwork network;
    private readonly HashSet<Ipv4Address> taken;
    private readonly Ipv4Range? range;

    /// <summary>Prepares a subnet of the plan's network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="subnet">One of its subnets.</param>
    /// <param name="index">Which one.</param>
    public Scope(BootNetwork network, BootSubnet subnet, int index)
    {
        this.network = network;
        Subnet = subnet;
        Index = index;
        taken = [network.ServerAddress, .. network.Resolvers];
        if (subnet.Gateway is { } gateway) taken.Add(gateway);
        foreach (var reservation in network.Reservations.Values)
            if (reservation.Address is { } address) taken.Add(address);
        range = subnet.DynamicRange is { } wide ? Intersect(wide, subnet.Subnet.Hosts) : null;
        DynamicCapacity = range is { } pool ? pool.Count - taken.Count(address => pool.Contains(address)) : 0;
    }

    /// <summary>What the plan says of it.</summary>
    public BootSubnet Subnet { get; }

    /// <summary>Its place in the plan's list.</summary>
    public int Index { get; }

    /// <summary>How many addresses are for machines without a fixed one.</summary>
    public long DynamicCapacity { get; }

    /// <summary>
    /// True when the address is for machines without a fixed one: in the range, and not the server's, the gateway's, a resolver's or a reserved one.
    /// </summary>
    public bool IsDynamic(Ipv4Address address) => range is { } pool && pool.Contains(address) && !taken.Contains(address);

    /// <summary>True when the address lies in the dynamic range, whoever it is meant for.</summary>
    public bool IsInRange(Ipv4Address address) => range is { } pool && pool.Contains(address);

    /// <summary>The machine's fixed address; null when it has none, or one of another subnet.</summary>
    public Ipv4Address? ReservedFor(MacAddress mac) =>
        network.Reservations.TryGetValue(mac, out var reservation) && reservation.Address is { } address && Subnet.Subnet.Contains(address) ? address : null;

    /// <summary>
    /// Every dynamic address once, in an order that is the machine's own: it depends on nothing but MAC and range, so a machine tends to the same
    /// address even after all leases were lost, and two machines rarely start at the same one.
    /// </summary>
    public IEnumerable<Ipv4Address> PreferredBy(MacAddress mac)
    {
        if (range is not { } pool) yield break;
        var hash = Mix(mac);
        var count = (ulong)pool.Count;
        var stride = 1 + (hash >> 32) % count;
        while (GreatestCommonDivisor(stride, count) != 1) stride = stride % count + 1;
        var at = hash % count;
        for (ulong i = 0; i < count; i++, at = (at + stride) % count)
        {
            var address = pool.First.Plus((uint)at);
            if (IsDynamic(address)) yield return address;
        }
    }

    private static Ipv4Range? Intersect(Ipv4Range a, Ipv4Range b)
    {
        var first = a.First > b.First ? a.First : b.First;
        var last = a.Last < b.Last ? a.Last : b.Last;
        return first <= last ? new Ipv4Range(first, last) : null;
    }

    /// <summary>The finaliser of SplitMix64: neighbouring MACs of one delivery must not become neighbours here.</summary>
    private static ulong Mix(MacAddress mac)
    {
        Span<byte> octets = stackalloc byte[MacAddress.Length];
        mac.CopyTo(octets);
        ulong z = 0;
        foreach (var octet in octets) z = z << 8 | octet;
        z += 0x9e3779b97f4a7c15;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
        z = (z ^ z >> 27) * 0x94d049bb133111eb;
        return z ^ z >> 31;
    }

    private static ulong GreatestCommonDivisor(ulong a, ulong b)
    {
        while (b != 0) (a, b) = (b, a % b);
        return a;
    }
}
