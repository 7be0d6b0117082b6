using Sextant.Dhcp.Wire;
using Sextant.Planning.Kubernetes;
using Sextant.Primitives;

namespace Sextant.Planning;

/// <summary>
/// The interface a machine was installed through, in the words of what manages its network: its fixed address, so that it starts without the bootstrapper, with
/// what DHCP would say of its subnet besides; or DHCP, known by the MAC as in every boot stage.
/// </summary>
internal static class NodeNetwork
{
    /// <summary>The network's part of the plan.</summary>
    public static PlanPart Plan(PlanInput input)
    {
        var network = input.Cluster.Network;
        var subnet = input.Node.Address is { } home ? network.SubnetOf(home) ?? network.Local : network.Local;
        var settings = OptionSetting.Merge(subnet.Options, input.Node.Options);
        var options = OptionSetting.Given(settings);
        options.Read(OptionCode.InterfaceMtu, out ushort mtu);
        options.Read(OptionCode.NtpServer, out IReadOnlyList<Ipv4Address> timeServers);
        options.Read(OptionCode.DomainSearch, out IReadOnlyList<string> search);
        options.Read(OptionCode.ClasslessRoutes, out IReadOnlyList<Ipv4Route> routes);
        var resolvers = settings.Any(setting => setting.Code is OptionCode.DomainNameServer)
            ? options.Read(OptionCode.DomainNameServer, out IReadOnlyList<Ipv4Address> given) is OptionRead.Present ? given : []
            : NamePlan.ResolversOf(input.Cluster);
        var domains = search.Prepend(network.Domain).Distinct().ToArray();
        var onward = routes.Where(route => !route.Via.IsAny && route.To.PrefixLength > 0).ToArray();
        var values = new Dictionary<string, object>
        {
            ["mac"] = input.Node.Mac.ToString(),
            ["address"] = input.Node.Address is { } address ? $"{address}/{subnet.Subnet.PrefixLength}" : "",
            ["gateway"] = subnet.Gateway?.ToString() ?? "",
            ["mtu"] = mtu == 0 ? "" : $"{mtu}",
            ["time_servers"] = Texts(timeServers),
            ["routes"] = onward.Select((route, index) => new Dictionary<string, object> { ["to"] = $"{route.To}", ["via"] = $"{route.Via}", ["number"] = $"{index + 1}" }).ToArray(),
            // A default route covers the addresses of services, too.
            ["service_range"] = subnet.Gateway is null && KubernetesNode.Is(input.Node) ? input.Cluster.Kubernetes.ServiceRange.ToString() : "",
            ["service_route"] = $"{onward.Length + 1}",
            ["resolvers"] = Texts(resolvers),
            ["resolver_list"] = string.Concat(resolvers.Select(resolver => $"{resolver};")),
            ["domains"] = string.Join(' ', domains),
            ["domain_list"] = string.Concat(domains.Select(domain => $"{domain};")),
        };
        return input.System.Network switch
        {
            NetworkService.Networkd => new PlanPart
            {
                Files = [input.File("/etc/systemd/network/10-sextant.network", Permissions.Public, "node/10-sextant.network", values)],
            },
            NetworkService.NetworkManager => new PlanPart
            {
                Files =
                [
                    // NetworkManager reads no connection that others may.
                    input.File("/etc/NetworkManager/system-connections/sextant.nmconnection", Permissions.Private, "node/sextant.nmconnection", values),
                    input.File("/etc/NetworkManager/conf.d/10-sextant.conf", Permissions.Public, "node/10-sextant-nm.conf", values),
                ],
            },
            var other => throw new InvalidOperationException($"no network files for {other}"),
        };
    }

    private static string[] Texts(IEnumerable<Ipv4Address> addresses) => [.. addresses.Select(address => address.ToString())];
}
