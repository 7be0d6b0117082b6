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
        var waiting = (cluster.Nodes?.Items ?? []).Where(node => node.Address is null && node.LeavesOut("ip")).ToList();
        if (network.DynamicRange is not { } range)
        {
            if (network.LeavesOut("dynamic_range")) CheckNeed(cluster, waiting, network.At with { Path = network.At.PathUnder("dynamic_range") }, problems);
            return;
        }
        if (network.Subnet is { } subnet) CheckPlace(range, subnet.Value, problems);
        CheckFree(range, cluster.Bootstrapper?.Address, "the bootstrapper's address", problems);
        CheckFree(range, network.Gateway, "the gateway's address", problems);
        if (range.Value.Count < waiting.Count)
            problems.Error(range.At, $"{waiting.Count} machines have no ip, and {range.Value} is too small for them: it holds {range.Value.Count}");
    }

    private static void CheckNeed(ClusterSection cluster, List<NodeSection> waiting, Place at, ProblemList problems)
    {
        if (waiting.Count > 0)
            problems.Error(at, $"is missing: {waiting[0].At.Path} (line {waiting[0].At.Line}) has no ip and needs an address of it; give the range, or every machine an ip");
        else if (cluster.UnknownMachines is { Value: not UnknownMachines.Ignore } unknown)
            problems.Error(at, $"is missing: with unknown_machines {(unknown.Value == UnknownMachines.Worker ? "worker" : "discover")}{(unknown.IsDefault ? " (the default)" : "")} "
                + "machines that the file does not name get an address of it; give the range, or unknown_machines: ignore");
    }

    private static void CheckPlace(Entry<Ipv4Range> range, Ipv4Network subnet, ProblemList problems)
    {
        var (first, last) = (range.Value.First, range.Value.Last);
        if (!subnet.Contains(first) || !subnet.Contains(last))
            problems.Error(range.At, $"{(subnet.Contains(first) ? last : first)} lies outside network.subnet {subnet}");
        else if (first == subnet.Address) problems.Error(range.At, $"begins with {first}, the network address of {subnet}; begin with {first.Plus(1)}");
        else if (last == subnet.Last) problems.Error(range.At, $"ends with {last}, the broadcast address of {subnet}; end with {new Ipv4Address(last.Value - 1)}");
    }

    private static void CheckFree(Entry<Ipv4Range> range, Entry<Ipv4Address>? address, string whose, ProblemList problems)
    {
        if (address is not null && range.Value.Contains(address.Value))
            problems.Error(range.At, $"{range.Value} contains {address.Value}, {whose} (line {address.At.Line})");
    }
}
