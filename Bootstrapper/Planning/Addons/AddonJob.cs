namespace Sextant.Planning.Addons;

/// <summary>
/// What makes a master apply the addons and label the nodes: a script and a timer. Every master has it, so that the loss of one is no loss; applying the
/// same text twice changes nothing.
/// </summary>
internal static class AddonJob
{
    /// <summary>The job's part of a master's plan.</summary>
    public static PlanPart Plan(PlanInput input)
    {
        var values = new Dictionary<string, object>
        {
            ["mac"] = input.Node.Mac.ToHyphenString(),
            ["https_base"] = BootNetwork.Of(input.Cluster).HttpsBase,
        };
        return new PlanPart
        {
            Files = [input.File("/etc/sextant/addons", Permissions.Executable, "addons-job/apply.sh", values)],
            Units =
            [
                new PlannedUnit("sextant-addons.service", input.Material.Templates.Fill("addons-job/sextant-addons.service", values), false),
                input.Unit("sextant-addons.timer", "addons-job/sextant-addons.timer", values),
            ],
        };
    }
}
