using Sextant.Cluster.Schema;

namespace Sextant.Cluster.Rules;

/// <summary>The bootstrapper's ports, and the names it answers for.</summary>
internal static class BootstrapperRules
{
    /// <inheritdoc cref="ClusterRules.Check"/>
    public static void Check(ClusterSection cluster, ProblemList problems)
    {
        if (cluster.Bootstrapper is { HttpPort: { } http, HttpsPort: { } https } && http.Value == https.Value)
        {
            var (at, other) = https.IsDefault ? (http.At, "https_port") : (https.At, "http_port");
            problems.Error(at, $"{http.Value} is also {other}; the two need a port each");
        }
        if (cluster.Network?.Domain is { } domain && (domain.Value == "local" || domain.Value.EndsWith(".local", StringComparison.Ordinal)))
            problems.Warning(domain.At, $"'{domain.Value}' is resolved by multicast DNS on many machines (RFC 6762), past this service; choose another domain");
        if (cluster.Bootstrapper?.Address is not { } address) return;
        foreach (var resolver in cluster.Network?.UpstreamResolvers?.Items ?? [])
        {
            if (resolver.Value == address.Value) problems.Error(resolver.At, $"{resolver.Value} is the bootstrapper itself, which would ask itself for ever");
        }
    }
}
