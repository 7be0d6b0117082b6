using Sextant.Planning;

namespace Sextant.Rendering;

/// <summary>What makes the administrator's account one that may become root, for the formats that have no word for it.</summary>
internal static class Administrator
{
    /// <summary>The sudoers rule; sudo takes 0440.</summary>
    public static readonly PlannedFile Rule = new(
        $"/etc/sudoers.d/{NodePlan.Administrator}", Permissions.ReadOnly, "root:root", $"{NodePlan.Administrator} ALL=(ALL) NOPASSWD:ALL\n");
}
