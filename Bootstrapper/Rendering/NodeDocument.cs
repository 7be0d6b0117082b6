using Sextant.Cluster;
using Sextant.Planning;

namespace Sextant.Rendering;

/// <summary>Which document makes an installed machine what its plan says: the one with files, units, accounts and the ticket. Each machine has one.</summary>
public static class NodeDocument
{
    /// <summary>The format of a machine's document.</summary>
    public static ConfigFormat For(NodePlan plan) => (plan.OperatingSystem, plan.ConfigFormat) switch
    {
        (OperatingSystemName.Debian or OperatingSystemName.Rocky, _) => ConfigFormat.CloudInit,
        (OperatingSystemName.FedoraCoreos, _) or (OperatingSystemName.Flatcar, NodeConfigFormat.Ignition) => ConfigFormat.Ignition,
        (OperatingSystemName.Flatcar, NodeConfigFormat.CloudConfig) => ConfigFormat.CloudConfig,
        var other => throw new ArgumentOutOfRangeException(nameof(plan), other, "no document is known for this system"),
    };

    /// <summary>A machine's document.</summary>
    /// <param name="plan">What the machine is to become.</param>
    /// <param name="ticket">Its one-time enrolment ticket.</param>
    public static RenderedDocument Render(NodePlan plan, string ticket)
    {
        var format = For(plan);
        return format == ConfigFormat.Ignition ? IgnitionDocument.Render(plan, ticket)
            : format == ConfigFormat.CloudConfig ? CloudConfigDocument.Render(plan, ticket)
            : CloudInitDocument.Render(plan, ticket);
    }
}
