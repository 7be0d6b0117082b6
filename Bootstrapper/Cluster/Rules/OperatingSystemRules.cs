using Sextant.Cluster.Schema;

namespace Sextant.Cluster.Rules;

/// <summary>What only one operating system has a use for is said for that one.</summary>
internal static class OperatingSystemRules
{
    /// <inheritdoc cref="ClusterRules.Check"/>
    public static void Check(ClusterSection cluster, ProblemList problems)
    {
        if (cluster.OperatingSystem is not { Name: { } name } system) return;
        CheckFormat(name.Value, system, problems);
        CheckRepository(name.Value, system, problems);
    }

    private static void CheckFormat(OperatingSystemName name, OperatingSystemSection system, ProblemList problems)
    {
        if (name is OperatingSystemName.Flatcar || system.ConfigFormat is not { IsDefault: false } format) return;
        var only = name is OperatingSystemName.FedoraCoreos ? "Ignition" : "cloud-init";
        problems.Error(format.At, $"is for flatcar only, which has two formats; this system has one ({only}), so remove the key");
    }

    /// <summary>Rocky's installer needs the tree of its DVD; the others bring everything with them.</summary>
    private static void CheckRepository(OperatingSystemName name, OperatingSystemSection system, ProblemList problems)
    {
        if (name is not OperatingSystemName.Rocky)
        {
            if (system.Repository is { } repository) problems.Error(repository.At, "is for rocky only; remove it");
        }
        else if (system.LeavesOut("repository"))
            problems.Error(system.At with { Path = system.At.PathUnder("repository") }, "is missing: Rocky is installed from a copy of its DVD on a web server, such as http://10.0.0.5/rocky/10.2");
    }
}
