using Sextant.Cluster.Schema;

namespace Sextant.Cluster.Rules;

/// <summary>Rocky's installer needs the tree of its DVD; the others bring everything with them.</summary>
internal static class OperatingSystemRules
{
    /// <inheritdoc cref="ClusterRules.Check"/>
    public static void Check(ClusterSection cluster, ProblemList problems)
    {
        if (cluster.OperatingSystem is not { Name: { } name } system) return;
        if (name.Value is OperatingSystemName.Rocky)
        {
            if (system.LeavesOut("repository"))
                problems.Error(system.At with { Path = system.At.PathUnder("repository") }, "is missing: Rocky is installed from a copy of its DVD on a web server, such as http://10.0.0.5/rocky/10.2");
        }
        else if (system.Repository is { } repository) problems.Error(repository.At, "is for rocky only; remove it");
    }
}
