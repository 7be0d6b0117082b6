using Microsoft.AspNetCore.WebUtilities;
using Sextant.Lifecycle;
using Sextant.Primitives;

namespace Sextant.Boot;

/// <summary>What a live system on a machine reports: <c>stage=installing|failed|installed|wiping|wiped</c> and <c>detail=</c> free text.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Detail">The step, the failure's reason, or the disk; at most <see cref="DetailLimit"/> printable characters.</param>
public sealed record InstallReport(InstallStage Stage, string Detail)
{
    /// <summary>Characters of detail that are kept.</summary>
    public const int DetailLimit = 500;

    /// <summary>Reads a form (<c>application/x-www-form-urlencoded</c>); null when it names no known stage.</summary>
    public static InstallReport? Parse(string form)
    {
        using var reader = new FormReader(form) { ValueCountLimit = 16 };
        try
        {
            var fields = reader.ReadForm();
            InstallStage? stage = fields.GetValueOrDefault("stage").ToString() switch
            {
                "installing" => InstallStage.Installing,
                "failed" => InstallStage.Failed,
                "installed" => InstallStage.Installed,
                "wiping" => InstallStage.Wiping,
                "wiped" => InstallStage.Wiped,
                _ => null,
            };
            return stage is { } known ? new InstallReport(known, PrintableText.Bounded(fields.GetValueOrDefault("detail").ToString(), DetailLimit)) : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>Whether the machine as it is recorded may report this.</summary>
    public bool IsExpectedOf(Machine machine) => Stage switch
    {
        InstallStage.Installing or InstallStage.Installed => machine.IsInstalling,
        InstallStage.Wiping or InstallStage.Wiped => machine.IsWiping,
        InstallStage.Failed => machine.IsInstalling || machine.IsWiping,
        _ => throw new InvalidOperationException($"nobody reports {Stage}"),
    };

    /// <summary>The event the report is.</summary>
    public MachineEvent ToEvent(Machine machine, DateTimeOffset now) => ToEvent(machine.Mac, now) switch
    {
        InstallFailed failed when machine.IsWiping => new WipeFailed(failed.Mac, failed.At, failed.Reason),
        var happened => happened,
    };

    private MachineEvent ToEvent(MacAddress mac, DateTimeOffset now) => Stage switch
    {
        InstallStage.Installing => new Installing(mac, now, Detail),
        InstallStage.Failed => new InstallFailed(mac, now, Detail.Length == 0 ? "the installer gave no reason" : Detail),
        InstallStage.Installed => new Installed(mac, now, Detail.Length == 0 ? "an unnamed disk" : Detail),
        InstallStage.Wiping => new Wiping(mac, now, Detail),
        InstallStage.Wiped => new Wiped(mac, now, Detail.Length == 0 ? "unnamed disks" : Detail),
        _ => throw new InvalidOperationException($"no event for {Stage}"),
    };
}

/// <summary>How far a live system is.</summary>
public enum InstallStage
{
    /// <summary>At work.</summary>
    Installing,
    /// <summary>It gave up.</summary>
    Failed,
    /// <summary>Done.</summary>
    Installed,
    /// <summary>Erasing disks.</summary>
    Wiping,
    /// <summary>They are erased.</summary>
    Wiped,
}
