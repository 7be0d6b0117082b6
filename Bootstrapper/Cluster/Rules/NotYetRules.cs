using Sextant.Cluster.Schema;

namespace Sextant.Cluster.Rules;

/// <summary>What the file may say although this version does not act on it, said so that no one waits for it.</summary>
internal static class NotYetRules
{
    /// <inheritdoc cref="ClusterRules.Check"/>
    public static void Check(ClusterSection cluster, ProblemList problems)
    {
        if (cluster.Addons is { Items.Count: > 0 } addons) problems.Warning(addons.At, "addons are recorded, but this version does not act on them yet");
        if (cluster.Registry is not { Mode: { } mode } registry) return;
        if (mode.Value == RegistryMode.External)
        {
            problems.Warning(mode.At, "an external registry is recorded, but this version does not act on it yet");
            if (registry.Address is null && registry.LeavesOut("address"))
                problems.Error(registry.At with { Path = registry.At.PathUnder("address") }, "is missing: mode external needs the registry's address");
        }
        else if (registry.Address is { } address)
            problems.Error(address.At, "is for mode external only; remove it, or write mode: external");
    }
}
