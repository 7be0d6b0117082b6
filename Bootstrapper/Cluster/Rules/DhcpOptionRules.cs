using Sextant.Cluster.Schema;
using Sextant.Dhcp.Wire;
using Sextant.Primitives;

namespace Sextant.Cluster.Rules;

/// <summary>The options that machines get besides: each once, well-formed, and none that is the server's own to write.</summary>
internal static class DhcpOptionRules
{
    /// <summary>
    /// Options the server writes itself, or that only clients and relays send: who else writes them stops machines from booting, and firmware drops a whole
    /// message for one malformed option.
    /// </summary>
    private static readonly Dictionary<OptionCode, string> Owned = new()
    {
        [OptionCode.SubnetMask] = "it follows from the subnet",
        [OptionCode.Router] = "give the subnet's gateway",
        [OptionCode.DomainNameServer] = "give domain_name_servers",
        [OptionCode.LogServer] = "give log_servers",
        [OptionCode.HostName] = "give the machine's hostname",
        [OptionCode.BootFileSize] = "firmware would believe it in place of the file's own size",
        [OptionCode.DomainName] = "give network.domain",
        [OptionCode.InterfaceMtu] = "give interface_mtu",
        [OptionCode.BroadcastAddress] = "it follows from the subnet",
        [OptionCode.NtpServer] = "give ntp_servers",
        [OptionCode.LeaseTime] = "give lease_time",
        [OptionCode.VendorClass] = "the server marks by it what is for boot firmware",
        [OptionCode.TftpServerName] = "the bootstrapper says what machines boot",
        [OptionCode.BootFileName] = "the bootstrapper says what machines boot",
        [OptionCode.DomainSearch] = "give domain_search",
        [OptionCode.ClasslessRoutes] = "give classless_routes",
        [OptionCode.IpxeEncapsulated] = "the bootstrapper speaks to iPXE by it",
    };

    /// <summary>Options by which client, relay and server deal with each other.</summary>
    private static readonly HashSet<OptionCode> Protocol =
    [
        OptionCode.RequestedAddress, OptionCode.Overload, OptionCode.MessageType, OptionCode.ServerIdentifier, OptionCode.ParameterRequestList, OptionCode.Message,
        OptionCode.MaximumMessageSize, OptionCode.RenewalTime, OptionCode.RebindingTime, OptionCode.ClientIdentifier, OptionCode.UserClass, OptionCode.RapidCommit,
        OptionCode.RelayAgentInformation, OptionCode.ClientArchitecture, OptionCode.ClientNetworkInterface, OptionCode.ClientMachineIdentifier, OptionCode.AutoConfigure,
        OptionCode.SubnetSelection,
    ];

    /// <inheritdoc cref="ClusterRules.Check"/>
    public static void Check(ClusterSection cluster, ProblemList problems)
    {
        CheckSection(cluster.Dhcp?.Options, null, problems);
        CheckSection(cluster.Network?.Options, cluster.Network?.Subnet, problems);
        foreach (var subnet in cluster.Network?.Subnets?.Items ?? []) CheckSection(subnet.Options, subnet.Subnet, problems);
        var subnets = PlannedSubnet.All(cluster);
        foreach (var node in cluster.Nodes?.Items ?? [])
            CheckSection(node.Options, node.Address is { } address ? subnets.FirstOrDefault(subnet => subnet.Subnet.Value.Contains(address.Value))?.Subnet : null, problems);
    }

    private static void CheckSection(DhcpOptionsSection? options, Entry<Ipv4Network>? subnet, ProblemList problems)
    {
        if (options is null) return;
        foreach (var route in options.ClasslessRoutes?.Items ?? [])
        {
            if (subnet is not null && !route.Value.Via.IsAny && !subnet.Value.Contains(route.Value.Via))
                problems.Error(route.At, $"{route.Value.Via} lies outside {subnet.Value} (line {subnet.At.Line}), so that machines there do not reach it");
        }
        var seen = new Dictionary<int, int>();
        foreach (var option in options.ByCode?.Items ?? [])
        {
            if (option.Code is not { } code) continue;
            if (!seen.TryAdd(code.Value, code.At.Line)) problems.Error(code.At, $"option {code.Value} is given twice, first on line {seen[code.Value]}");
            else if (Fault((OptionCode)code.Value) is { } fault) problems.Error(code.At, fault);
            else CheckValue(option, code, problems);
        }
    }

    private static string? Fault(OptionCode code) =>
        Owned.TryGetValue(code, out var hint) ? $"option {(int)code} ({OptionTable.Of(code).Name}) cannot be given by its code: {hint}"
        : Protocol.Contains(code) ? $"option {(int)code} ({OptionTable.Of(code).Name}) is how client, relay and server deal with each other; it cannot be given"
        : null;

    private static void CheckValue(DhcpOptionSection option, Entry<int> code, ProblemList problems)
    {
        string[] kinds = ["hex", "text", "one_octet", "two_octets", "four_octets", "addresses"];
        var given = kinds.Where(kind => !option.LeavesOut(kind)).ToList();
        if (given.Count != 1)
        {
            problems.Error(option.At, given.Count == 0
                ? $"option {code.Value} has no value; give one of {string.Join(", ", kinds)}"
                : $"option {code.Value} has more than one value: {string.Join(" and ", given)}");
            return;
        }
        if (given[0] == "addresses" && option.Addresses is { Values.Count: 0, Whole: true } empty) problems.Error(empty.At, "is an empty list; at least one address is needed");
        if (OptionSettings.ValueOf(option) is not { } value) return;
        var row = OptionTable.Of((OptionCode)code.Value);
        if (!OptionTable.Allows(row.Shape, value.Value.Length))
            problems.Error(option.At, $"option {code.Value} ({row.Name}, {row.Source}) cannot have {Octets.Text(value.Value.Length)}; firmware drops messages with a malformed option");
    }
}
