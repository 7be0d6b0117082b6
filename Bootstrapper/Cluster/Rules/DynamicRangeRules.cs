using Sextant.Cluster.Schema;
using Sextant.Primitives;

namespace Sextant.Cluster.Rules;

/// <summary>The addresses for machines without a fixed one.</summary>
internal static class DynamicRangeRules
{
    /// <inheritdoc cref="ClusterRules.Check"/>
    public static void Check(ClusterSection cluster, ProblemList problems)
    {
        if (cluster.Network is not { } network) return;
        var further = network.Subnets?.Items ?? [];
        foreach (var subnet in PlannedSubnet.All(cluster))
        {
            if (subnet.Range is not { } range) continue;
            CheckPlace(range, subnet, problems);
            CheckFree(range, subnet.Gateway, "the gateway's address", problems);
        }
        foreach (var range in further.Select(subnet => subnet.DynamicRange).Prepend(network.DynamicRange).OfType<Entry<Ipv4Range>>())
            CheckFree(range, cluster.Bootstrapper?.Address, "the bootstrapper's address", problems);
        if (cluster.Dhcp?.Mode is { Value: DhcpMode.Server }) CheckNeed(cluster, network, further, problems);
        else if (cluster.Dhcp?.Mode is { } mode)
        {
            foreach (var range in further.Select(subnet => subnet.DynamicRange).Prepend(network.DynamicRange).OfType<Entry<Ipv4Range>>())
                problems.Warning(range.At, $"is not used: with dhcp.mode (line {mode.At.Line}) addresses come from another DHCP server");
        }
    }

    private static void CheckNeed(ClusterSection cluster, NetworkSection network, IReadOnlyList<SubnetSection> further, ProblemList problems)
    {
        var waiting = (cluster.Nodes?.Items ?? []).Where(node => node.Address is null && node.LeavesOut("ip")).ToList();
        // A range that could not be read may be large enough.
        if (!network.LeavesOut("dynamic_range") && network.DynamicRange is null || network.Subnets is { Whole: false }
            || further.Any(subnet => !subnet.LeavesOut("dynamic_range") && subnet.DynamicRange is null)) return;
        var ranges = further.Select(subnet => subnet.DynamicRange).Prepend(network.DynamicRange).OfType<Entry<Ipv4Range>>().ToList();
        var room = ranges.Sum(range => range.Value.Count);
        if (ranges.Count == 0) CheckMissing(cluster, waiting, network.At with { Path = network.At.PathUnder("dynamic_range") }, problems);
        else if (room < waiting.Count)
        {
            problems.Error(ranges[0].At, ranges.Count == 1
                ? $"{waiting.Count} machines have no ip, and {ranges[0].Value} is too small for them: it holds {room}"
                : $"{waiting.Count} machines have no ip, and the dynamic ranges are too small for them: together they hold {room}");
        }
    }

    private static void CheckMissing(ClusterSection cluster, List<NodeSection> waiting, Place at, ProblemList problems)
    {
        if (waiting.Count > 0)
        {
            problems.Error(at, $"is missing: {waiting[0].At.Path} (line {waiting[0].At.Line}) has no ip and needs an address of it; "
                + "give the range, or every machine an ip");
        }
        else if (cluster.UnknownMachines is { Value: not UnknownMachines.Ignore } unknown)
        {
            var policy = unknown.Value == UnknownMachines.Worker ? "worker" : "discover";
            problems.Error(at, $"is missing: with unknown_machines {policy}{(unknown.IsDefault ? " (the default)" : "")} "
                + "machines that the file does not name get an address of it; give the range, or unknown_machines: ignore");
        }
    }

    private static void CheckPlace(Entry<Ipv4Range> range, PlannedSubnet home, ProblemList problems)
    {
        var (first, last, subnet) = (range.Value.First, range.Value.Last, home.Subnet.Value);
        if (!subnet.Contains(first) || !subnet.Contains(last))
            problems.Error(range.At, $"{(subnet.Contains(first) ? last : first)} lies outside {home.Name} {subnet}");
        else if (first == subnet.Address) problems.Error(range.At, $"begins with {first}, the network address of {subnet}; begin with {first.Plus(1)}");
        else if (last == subnet.Last) problems.Error(range.At, $"ends with {last}, the broadcast address of {subnet}; end with {new Ipv4Address(last.Value - 1)}");
    }

    private static void CheckFree(Entry<Ipv4Range> range, Entry<Ipv4Address>? address, string whose, ProblemList problems)
    {
        if (address is not null && range.Value.Contains(address.Value))
            problems.Error(range.At, $"{range.Value} contains {address.Value}, {whose} (line {address.At.Line})");
    }
}
