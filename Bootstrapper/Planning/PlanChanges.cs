using Sextant.Dhcp.Wire;

namespace Sextant.Planning;

/// <summary>What one plan would change in the place of another.</summary>
/// <param name="Restart">Keys of the description whose change is applied by a restart of the service only, and nothing of the file before.</param>
/// <param name="Service">What changes in what the service itself answers: <c>DHCP</c>, <c>DNS</c>, <c>unknown machines</c> …</param>
/// <param name="Machines">Every machine of either, in the order of the new description, then those that are removed.</param>
public sealed record PlanChanges(IReadOnlyList<string> Restart, IReadOnlyList<string> Service, IReadOnlyList<MachineChange> Machines)
{
    /// <summary>Compares two plans.</summary>
    /// <param name="before">What is in force.</param>
    /// <param name="after">What would be.</param>
    public static PlanChanges Between(ClusterPlan before, ClusterPlan after)
    {
        var (was, now) = (before.Description.Nodes, after.Description.Nodes);
        var known = was.Select(node => node.Mac).ToHashSet();
        var kept = now.Select(node => node.Mac).ToHashSet();
        return new PlanChanges(NeedingRestart(before, after), [.. MachineChange.Differing(Answered(before), Answered(after))],
        [
            .. now.Select(node => known.Contains(node.Mac) ? MachineChange.Between(before, after, node.Mac) : new MachineChange(node.Mac, node.Hostname, MachineChangeKind.New, [], [])),
            .. was.Where(node => !kept.Contains(node.Mac)).Select(node => new MachineChange(node.Mac, node.Hostname, MachineChangeKind.Removed, [], [])),
        ]);
    }

    /// <summary>The keys that are bound when the service starts: its address, its ports, and which services there are.</summary>
    public static IReadOnlyList<string> NeedingRestart(ClusterPlan before, ClusterPlan after)
    {
        var (was, now) = (before.Description, after.Description);
        (string Key, bool Differs)[] bound =
        [
            ("bootstrapper", was.Bootstrapper != now.Bootstrapper),
            ("network.subnet", before.Network.Local.Subnet != after.Network.Local.Subnet),
            ("dhcp.mode", before.Network.Dhcp != after.Network.Dhcp),
            ("dns.mode", before.Names.IsOn != after.Names.IsOn),
            ("ntp.mode", before.Network.TimeServer is null != after.Network.TimeServer is null),
            ("syslog.receive", before.Network.LogServer is null != after.Network.LogServer is null),
            ("registry.mode", was.Registry.Mode != now.Registry.Mode),
            ("registry.port", was.Registry.Port != now.Registry.Port),
        ];
        return [.. bound.Where(one => one.Differs).Select(one => one.Key)];
    }

    /// <summary>DHCP options as text, for comparison.</summary>
    internal static string TextOf(IEnumerable<OptionSetting> options) =>
        string.Join(' ', options.Select(option => $"{option.Code}={(option.Value is { } value ? Convert.ToHexString(value.Span) : "none")}"));

    private static IEnumerable<(string Name, string Content)> Answered(ClusterPlan plan)
    {
        var (network, cluster, names) = (plan.Network, plan.Description, plan.Names);
        return
        [
            ("DHCP", string.Join('\n', network.Subnets.Select(subnet =>
                $"{subnet.Subnet} {subnet.Gateway} {subnet.DynamicRange} {subnet.LeaseTime} {subnet.SharesLinkWith} {TextOf(subnet.Options)}")
                .Append($"{network.Domain} {string.Join(' ', network.Resolvers)} {network.ProbesAddresses}"))),
            ("DNS", string.Join('\n', names.Records.Select(record => record.ToString()).Concat(names.LeasedHostnames.Select(leased => $"{leased.Key} {leased.Value}"))
                .Append($"{names.Domain} {string.Join(' ', names.Clients)} {string.Join(' ', names.Upstreams)} {names.ApiVirtualAddress}"))),
            ("TFTP", network.TftpSinglePort.ToString()),
            ("time", network.LocalStratum?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? ""),
            ("unknown machines", cluster.UnknownMachines.ToString()),
            ("enrollment", cluster.Enrollment.ToString()),
            ("who may look at the status page", cluster.Status.Readers.ToString()),
            ("registry", $"{cluster.Registry.PullThrough} {string.Join(' ', cluster.Registry.Images)}"),
        ];
    }
}
