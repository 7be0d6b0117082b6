using Sextant.Lifecycle;

namespace Sextant.Power;

/// <summary>Which of a system's resets does what is asked. Pure: the kinds it has and how it is now decide.</summary>
internal static class ResetChoice
{
    /// <summary>The kinds of reset that would do, the best first (Redfish schema Resource, ResetType).</summary>
    private static IReadOnlyList<string> WouldDo(PowerAction action, PowerState? now) => action switch
    {
        PowerAction.On => ["On", "ForceOn"],
        PowerAction.Off => ["GracefulShutdown", "PushPowerButton"],
        PowerAction.ForceOff => ["ForceOff"],
        PowerAction.Cycle when now is PowerState.Off => ["On", "ForceOn"],
        PowerAction.Cycle => ["PowerCycle", "ForceRestart"],
        _ => throw new ArgumentOutOfRangeException(nameof(action)),
    };

    /// <summary>The reset for an action; null when the system has none for it.</summary>
    /// <param name="action">What is asked for.</param>
    /// <param name="now">How the system is.</param>
    /// <param name="allowed">The kinds it says it has; null when it does not say, and the best is tried.</param>
    public static string? Of(PowerAction action, PowerState? now, IReadOnlyList<string>? allowed) =>
        allowed is null ? WouldDo(action, now)[0] : WouldDo(action, now).FirstOrDefault(allowed.Contains);

    /// <summary>Whether the system is already as it is asked to be.</summary>
    public static bool IsDone(PowerAction action, PowerState? now) => (action, now) is (PowerAction.On, PowerState.On) or (PowerAction.Off or PowerAction.ForceOff, PowerState.Off);

    /// <summary>Whether the system has become what was asked for, or there is nothing to wait for.</summary>
    public static bool HasCome(PowerAction action, PowerState? now) => action switch
    {
        PowerAction.On or PowerAction.Cycle => now is PowerState.On,
        PowerAction.Off or PowerAction.ForceOff => now is PowerState.Off,
        _ => true,
    };

    /// <summary>What to ask for as the next boot: PXE where it is, else HTTP from UEFI; null when the system has neither.</summary>
    /// <param name="allowed">What it says it can; null when it does not say.</param>
    public static string? NetworkTarget(IReadOnlyList<string>? allowed) => allowed is null ? "Pxe" : ((string[])["Pxe", "UefiHttp"]).FirstOrDefault(allowed.Contains);

    /// <summary>A system's state as Redfish writes it; null when it does not say.</summary>
    public static PowerState? StateOf(string? word) => word switch
    {
        "On" => PowerState.On,
        "Off" => PowerState.Off,
        "PoweringOn" or "PoweringOff" or "Paused" => PowerState.Changing,
        _ => null,
    };
}
