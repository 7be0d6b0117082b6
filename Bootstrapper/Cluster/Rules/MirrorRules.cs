using Sextant.Cluster.Schema;

namespace Sextant.Cluster.Rules;

/// <summary>Each mirror is one mirror, and has machines to serve.</summary>
internal static class MirrorRules
{
    /// <inheritdoc cref="ClusterRules.Check"/>
    public static void Check(ClusterSection cluster, ProblemList problems)
    {
        var mirrors = cluster.AssetMirrors?.Items ?? [];
        CheckUnique(mirrors, problems);
        // A rack that could not be read may be the one that is missed.
        if (cluster.Nodes is not { Whole: true } nodes || nodes.Items.Any(node => node.Rack is null && !node.LeavesOut("rack"))) return;
        var racks = nodes.Items.Select(node => node.Rack?.Value).OfType<string>().Distinct(StringComparer.Ordinal).ToList();
        foreach (var rack in mirrors.SelectMany(mirror => mirror.Racks?.Items ?? []))
        {
            if (racks.Contains(rack.Value, StringComparer.Ordinal)) continue;
            var meant = racks.Count == 0 ? "; no machine has a rack" : Suggestion.For(rack.Value, racks);
            problems.Warning(rack.At, $"no machine stands in the rack {Quoted.Of(rack.Value)}{meant}");
        }
    }

    private static void CheckUnique(IReadOnlyList<AssetMirrorSection> mirrors, ProblemList problems)
    {
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var url in mirrors.Select(mirror => mirror.Url).OfType<Entry<string>>())
        {
            if (!seen.TryAdd(url.Value, url.At.Line)) problems.Error(url.At, $"{url.Value} is given twice, first on line {seen[url.Value]}");
        }
    }
}
