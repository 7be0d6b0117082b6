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
            return new Reply.Invalid("send a form with stage=installing, failed, installed, wiping or wiped, and detail=text.");
        if (IsRepetition(request.Machine, report)) return Reply.Line("recorded before");
        if (!report.IsExpectedOf(request.Machine))
            return new Reply.Refused(RefusalReason.NotInstalling, "Reports are taken from the boot script that starts an install or a wipe until that ends.");
        await machines.RecordAsync(report.ToEvent(request.Machine, request.Now));
        return Reply.Line("recorded");
    }

    /// <summary>The answer to the last report may be lost on its way; the live system then says it again and must not be told that it failed.</summary>
    private static bool IsRepetition(Machine machine, InstallReport report)
    {
        MachineEvent? before = report.Stage switch
        {
            InstallStage.Installed when machine is { IsInstalled: true, IsEnrolled: false } => machine.Timeline.OfType<Installed>().LastOrDefault(),
            InstallStage.Wiped when machine.HoldReason is HoldReason.Wiped => machine.Timeline.OfType<Wiped>().LastOrDefault(),
            _ => null,
        };
        return before is not null && report.ToEvent(machine, before.At) == before;
    }
}
