using Sextant.Cluster.Schema;

namespace Sextant.Cluster.Rules;

/// <summary>What the file may say although this version does not act on it, said so that no one waits for it.</summary>
internal static class NotYetRules
{
    /// <inheritdoc cref="ClusterRules.Check"/>
    public static void Check(ClusterSection cluster, ProblemList problems)
    {
        if (cluster.Addons is { Items.Count: > 0 } addons) problems.Warning(addons.At, "addons are recorded, but this version does not act on them yet");
    }
}
