namespace Sextant.Planning;

/// <summary>Where a machine has its time from: the bootstrapper, in the words of what keeps its clock. A clock that is wrong by more than minutes has no valid certificate.</summary>
internal static class NodeTime
{
    /// <summary>The clock's part of the plan; nothing where the bootstrapper serves no time.</summary>
    public static PlanPart Plan(PlanInput input)
    {
        if (BootNetwork.Of(input.Cluster).TimeServer is not { } server) return new PlanPart();
        var values = new Dictionary<string, object> { ["server"] = server.ToString() };
        return input.System.Time switch
        {
            TimeService.Timesyncd => new PlanPart { Files = [input.File("/etc/systemd/timesyncd.conf.d/10-sextant.conf", Permissions.Public, "node/timesyncd.conf", values)] },
            TimeService.Chrony => new PlanPart { Files = [input.File("/etc/chrony.conf", Permissions.Public, "node/chrony.conf", values)] },
            var other => throw new InvalidOperationException($"no file for {other}"),
        };
    }
}
