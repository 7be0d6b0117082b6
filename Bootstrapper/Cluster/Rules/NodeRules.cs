using Sextant.Cluster.Schema;

namespace Sextant.Cluster.Rules;

/// <summary>Each machine is one machine: its MAC address and its name occur once.</summary>
internal static class NodeRules
{
    /// <inheritdoc cref="ClusterRules.Check"/>
    public static void Check(ClusterSection cluster, ProblemList problems)
    {
        var nodes = cluster.Nodes?.Items ?? [];
        CheckUnique(nodes.Select(node => node.Mac), problems);
        CheckUnique(nodes.Select(node => node.Hostname), problems);
        CheckApiName(cluster, nodes, problems);
    }

    private static void CheckUnique<T>(IEnumerable<Entry<T>?> entries, ProblemList problems)
        where T : notnull
    {
        var seen = new Dictionary<T, int>();
        foreach (var entry in entries)
        {
            if (entry is not null && !seen.TryAdd(entry.Value, entry.At.Line))
                problems.Error(entry.At, $"{entry.Value} is given twice, first on line {seen[entry.Value]}");
        }
    }

    /// <summary>The API's name stands for all masters; a machine of that name is meant only when it is the one master.</summary>
    private static void CheckApiName(ClusterSection cluster, IReadOnlyList<NodeSection> nodes, ProblemList problems)
    {
        if (cluster.Network?.Domain is not { } domain || cluster.Kubernetes is not { } kubernetes) return;
        var endpoint = kubernetes.ApiEndpoint?.Value.Split(':')[0] ?? $"api.{domain.Value}";
        foreach (var node in nodes)
        {
            if (node.Hostname is not { } hostname || $"{hostname.Value}.{domain.Value}" != endpoint || node.Roles is null) continue;
            var isOnlyMaster = node.Has(NodeRole.KubeMaster) && nodes.Count(other => other.Has(NodeRole.KubeMaster)) == 1;
            if (!isOnlyMaster) problems.Error(hostname.At, $"{endpoint} is kubernetes.api_endpoint, the name of all masters; call this machine something else");
        }
    }
}
