using System.Text.Json;
using System.Text.Json.Serialization;
using Sextant.Lifecycle;

namespace Sextant.Status;

/// <summary>The stations of a machine's way, in their order. A machine is at the first one it has not passed.</summary>
[JsonConverter(typeof(StationConverter))]
public enum Station
{
    /// <summary>It is to be powered on.</summary>
    Power,
    /// <summary>Its firmware asks for an address and loads the boot loader.</summary>
    Loader,
    /// <summary>The boot loader fetches its script.</summary>
    Script,
    /// <summary>Kernel and live system are loaded and start.</summary>
    System,
    /// <summary>The operating system is written to its disk.</summary>
    Disk,
    /// <summary>It starts from its disk and gets its certificates.</summary>
    Keys,
    /// <summary>Its services start: etcd, the kubelet.</summary>
    Services,
    /// <summary>It is all that its roles promise.</summary>
    Done,
}

/// <summary>Writes a station as <c>loader</c>.</summary>
public sealed class StationConverter() : JsonStringEnumConverter<Station>(JsonNamingPolicy.KebabCaseLower);

/// <summary>Where on its way a machine is.</summary>
public static class Stations
{
    /// <summary>The station of a record; null for a machine that was never seen.</summary>
    /// <param name="machine">Its record.</param>
    /// <param name="isEtcdMember">Whether it is to be a member of etcd.</param>
    public static Station Of(Machine? machine, bool isEtcdMember) => machine switch
    {
        null => Station.Power,
        { EtcdHealthy: true } => Station.Done,
        { EtcdHealthy: false } => Station.Services,
        { IsEnrolled: true } => isEtcdMember ? Station.Services : Station.Done,
        { IsInstalled: true } => Station.Keys,
        { Stage: MachineStage.Failed } => Station.Disk,
        { Stage: MachineStage.Wiping } => Station.System,
        { Stage: MachineStage.Installing } => HasConfiguration(machine) ? Station.Disk : Station.System,
        { Stage: MachineStage.Booting } => Station.Script,
        _ => Station.Loader,
    };

    private static bool HasConfiguration(Machine machine)
    {
        for (var at = machine.Timeline.Count - 1; at >= 0 && machine.Timeline[at].At >= machine.InstallBegan; at--)
            if (machine.Timeline[at] is ConfigServed or Installing) return true;
        return false;
    }
}
