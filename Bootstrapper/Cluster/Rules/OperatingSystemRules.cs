using Sextant.Cluster.Schema;

namespace Sextant.Cluster.Rules;

/// <summary>A choice that only one operating system offers is made for that one.</summary>
internal static class OperatingSystemRules
{
    /// <inheritdoc cref="ClusterRules.Check"/>
    public static void Check(ClusterSection cluster, ProblemList problems)
    {
        if (cluster.OperatingSystem is not { Name: { Value: not OperatingSystemName.Flatcar } name, ConfigFormat: { IsDefault: false } format }) return;
        var only = name.Value is OperatingSystemName.FedoraCoreos ? "Ignition" : "cloud-init";
        problems.Error(format.At, $"is for flatcar only, which has two formats; this system has one ({only}), so remove the key");
    }
}
