using Sextant.Cluster.Schema;

namespace Sextant.Cluster.Rules;

/// <summary>The bootstrapper's ports, and the names it answers for.</summary>
internal static class BootstrapperRules
{
    /// <inheritdoc cref="ClusterRules.Check"/>
    public static void Check(ClusterSection cluster, ProblemList problems)
    {
        CheckPorts(cluster, problems);
        if (cluster.Network?.Domain is { } domain && (domain.Value == "local" || domain.Value.EndsWith(".local", StringComparison.Ordinal)))
            problems.Warning(domain.At, $"'{domain.Value}' is resolved by multicast DNS on many machines (RFC 6762), past this service; choose another domain");
        if (cluster.Bootstrapper?.Address is not { } address) return;
        foreach (var resolver in cluster.Network?.UpstreamResolvers?.Items ?? [])
        {
            if (resolver.Value == address.Value) problems.Error(resolver.At, $"{resolver.Value} is the bootstrapper itself, which would ask itself for ever");
        }
    }

    /// <summary>Every port is one service's. Of two that are equal, the one that the file gives, or the later one, is reported.</summary>
    private static void CheckPorts(ClusterSection cluster, ProblemList problems)
    {
        var builtin = cluster.Registry?.Mode is { Value: RegistryMode.Builtin };
        (string Name, Entry<int>? Port)[] ports =
        [
            ("http_port", cluster.Bootstrapper?.HttpPort), ("https_port", cluster.Bootstrapper?.HttpsPort), ("registry.port", builtin ? cluster.Registry?.Port : null),
        ];
        for (var later = 1; later < ports.Length; later++)
        {
            foreach (var (name, port) in ports.Take(later))
            {
                if (port is null || ports[later].Port is not { } other || port.Value != other.Value) continue;
                var (at, taken) = other.IsDefault ? (port.At, ports[later].Name) : (other.At, name);
                problems.Error(at, $"{port.Value} is also {taken}; the two need a port each");
                break;
            }
        }
    }
}
