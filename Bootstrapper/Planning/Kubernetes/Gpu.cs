using Sextant.Cluster;

namespace Sextant.Planning.Kubernetes;

/// <summary>
/// What a machine with NVIDIA GPUs gets: on Flatcar the driver, as a system extension that fits its kernel. Elsewhere the driver is the operator's; the
/// node's label says on every system that the GPUs are there.
/// </summary>
internal static class Gpu
{
    /// <summary>The part of the plan.</summary>
    public static PlanPart Plan(PlanInput input) => input.Cluster.OperatingSystem.Name is OperatingSystemName.Flatcar
        ? new PlanPart { Files = [input.File("/etc/flatcar/enabled-sysext.conf", Permissions.Public, "kubernetes/enabled-sysext.conf", new Dictionary<string, object>())] }
        : PlanPart.None;
}
