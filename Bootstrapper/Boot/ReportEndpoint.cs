using Sextant.Lifecycle;
using Sextant.Storage;

namespace Sextant.Boot;

/// <summary><c>POST /boot/{mac}/report</c>: the installer's progress becomes the machine's history. Durable before the answer.</summary>
public sealed class ReportEndpoint(MachineStore machines)
{
    /// <summary>Answers one report.</summary>
    public async Task<Reply> ServeAsync(MachineRequest request)
    {
        if (InstallReport.Parse(request.Body) is not { } report)
            return new Reply.Invalid("send a form with stage=installing, stage=failed or stage=installed, and detail=text.");
        if (IsRepetition(request.Machine, report)) return Reply.Line("recorded before");
        if (!request.Machine.IsInstalling)
            return new Reply.Refused(RefusalReason.NotInstalling, "Reports are taken from the boot script that starts an install until the install ends.");
        await machines.RecordAsync(report.ToEvent(request.Mac, request.Now));
        return Reply.Line("recorded");
    }

    /// <summary>The answer to "installed" may be lost on its way; the installer then says it again and must not be told that it failed.</summary>
    private static bool IsRepetition(Machine machine, InstallReport report) =>
        report.Stage is InstallStage.Installed && machine is { IsInstalled: true, IsEnrolled: false }
        && machine.Timeline.OfType<Installed>().LastOrDefault() is { } before && report.ToEvent(machine.Mac, before.At) == before;
}
