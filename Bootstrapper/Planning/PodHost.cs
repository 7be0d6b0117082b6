namespace Sextant.Planning;

/// <summary>What the kernel of a machine that runs pods needs: the modules of overlay file systems and bridges, and to pass packets on.</summary>
internal static class PodHost
{
    /// <summary>The kernel's part of the plan.</summary>
    public static PlanPart Plan(PlanInput input)
    {
        var values = new Dictionary<string, object> { ["ceph"] = input.Cluster.Addons.Contains("ceph-csi-rbd") };
        return new PlanPart
        {
            Files =
            [
                input.File("/etc/modules-load.d/sextant.conf", Permissions.Public, "node/modules.conf", values),
                input.File("/etc/sysctl.d/90-sextant.conf", Permissions.Public, "node/sysctl.conf", values),
            ],
        };
    }
}
