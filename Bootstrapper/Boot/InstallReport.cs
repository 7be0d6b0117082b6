using Microsoft.AspNetCore.WebUtilities;
using Sextant.Lifecycle;
using Sextant.Primitives;

namespace Sextant.Boot;

/// <summary>What an installer on a machine reports: <c>stage=installing|failed|installed</c> and <c>detail=</c> free text.</summary>
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
                _ => null,
            };
            return stage is { } known ? new InstallReport(known, PrintableText.Bounded(fields.GetValueOrDefault("detail").ToString(), DetailLimit)) : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>The event the report is.</summary>
    public MachineEvent ToEvent(MacAddress mac, DateTimeOffset now) => Stage switch
    {
        InstallStage.Installing => new Installing(mac, now, Detail),
        InstallStage.Failed => new InstallFailed(mac, now, Detail.Length == 0 ? "the installer gave no reason" : Detail),
        InstallStage.Installed => new Installed(mac, now, Detail.Length == 0 ? "an unnamed disk" : Detail),
        _ => throw new InvalidOperationException($"no event for {Stage}"),
    };
}

/// <summary>How far an installer is.</summary>
public enum InstallStage
{
    /// <summary>At work.</summary>
    Installing,
    /// <summary>It gave up.</summary>
    Failed,
    /// <summary>Done.</summary>
    Installed,
}
