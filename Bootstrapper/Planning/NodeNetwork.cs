namespace Sextant.Planning;

/// <summary>
/// The interface a machine was installed through, in the words of what manages its network: its fixed address, so that it starts without the bootstrapper, or
/// DHCP, known by the MAC as in every boot stage.
/// </summary>
internal static class NodeNetwork
{
    /// <summary>The network's part of the plan.</summary>
    public static PlanPart Plan(PlanInput input)
    {
        var network = input.Cluster.Network;
        var resolvers = NamePlan.ResolversOf(input.Cluster).Select(resolver => resolver.ToString()).ToArray();
        var values = new Dictionary<string, object>
        {
            ["mac"] = input.Node.Mac.ToString(),
            ["address"] = input.Node.Address is { } address ? $"{address}/{network.Subnet.PrefixLength}" : "",
            ["gateway"] = network.Gateway?.ToString() ?? "",
            ["resolvers"] = resolvers,
            ["resolver_list"] = string.Concat(resolvers.Select(resolver => resolver + ";")),
            ["domain"] = network.Domain,
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
}
