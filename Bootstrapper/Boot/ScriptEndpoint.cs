using System.Text;
using Sextant.Lifecycle;
using Sextant.Planning;
using Sextant.Rendering;
using Sextant.Storage;

namespace Sextant.Boot;

/// <summary>
/// <c>GET /boot/{mac}/script.ipxe</c>, <c>GET /boot/{mac}/grub.cfg</c> and their like over TFTP: carries out the boot decision, in the loader's language. A script that begins an install or a wipe is on disk before the machine has it, because
/// the loop detector counts on it; a script that does not render counts nothing.
/// </summary>
public sealed class ScriptEndpoint(MachineStore machines)
{
    /// <summary>Answers one request in iPXE's language.</summary>
    public Task<Reply> ServeAsync(MachineRequest request) => ServeAsync(ScriptDialect.Ipxe, request);

    /// <summary>Answers one request in GRUB's language.</summary>
    public Task<Reply> ServeGrubAsync(MachineRequest request) => ServeAsync(ScriptDialect.Grub, request);

    /// <summary>What answers one request in a loader's language.</summary>
    public Func<MachineRequest, Task<Reply>> In(ScriptDialect dialect) => request => ServeAsync(dialect, request);

    private async Task<Reply> ServeAsync(ScriptDialect dialect, MachineRequest request)
    {
        var (mac, now) = (request.Mac, request.Now);
        switch (BootDecision.Decide(request.Machine, request.Plan.EntitlementOf(mac), now))
        {
            case BootDecision.Install install:
                return await ServeAsync(dialect, request, new ScriptAction.Install(PlanOf(request), install.Attempt), new ScriptServed(mac, now, BootAction.Install, install.Attempt));
            case BootDecision.Wipe:
                return await ServeAsync(dialect, request, new ScriptAction.Wipe(PlanOf(request)), new ScriptServed(mac, now, BootAction.Wipe, 0));
            case BootDecision.BootLocalDisk:
                return await ServeAsync(dialect, request, new ScriptAction.LocalDisk(), new ScriptServed(mac, now, BootAction.BootLocalDisk, 0));
            case BootDecision.Discover:
                return await ServeAsync(dialect, request, new ScriptAction.Discover(), new ScriptServed(mac, now, BootAction.Discover, 0));
            case BootDecision.Hold hold:
                if (request.Machine.HoldReason is null) await machines.RecordAsync(new Held(mac, now, hold.Reason));
                return await ServeAsync(dialect, request, new ScriptAction.Hold(Words.Of(hold.Reason)), new ScriptServed(mac, now, BootAction.Hold, 0));
            case BootDecision.Ignore:
                return new Reply.Refused(RefusalReason.UnknownMachine, "Add it to the cluster description, or set unknown_machines to discover or worker.");
            case var other:
                throw new InvalidOperationException($"no script for {other}");
        }
    }

    private static NodePlan PlanOf(MachineRequest request) =>
        request.Plan.For(request.Mac, request.Machine.Address) ?? throw new InvalidOperationException($"{request.Mac} is to start its live system and has no plan");

    private async Task<Reply> ServeAsync(ScriptDialect dialect, MachineRequest request, ScriptAction action, ScriptServed served)
    {
        var script = ServedText.Of(BootScript.Render(dialect, action, request.Mac, request.Plan.Network, request.Plan.Templates));
        if (!RepeatsWaiting(request.Machine, served)) await machines.RecordAsync(served with { Size = Encoding.UTF8.GetByteCount(script) });
        return Reply.Line(script.TrimEnd('\n'));
    }

    /// <summary>A waiting machine asks again every half minute; its history says so once.</summary>
    private static bool RepeatsWaiting(Machine machine, ScriptServed served) =>
        served.Action is BootAction.Discover or BootAction.Hold && machine.Timeline.LastOrDefault() is ScriptServed last && last.Action == served.Action;
}

/// <summary>Text that may be served.</summary>
internal static class ServedText
{
    /// <summary>The document's text. A document that fails its own parse-back is our failure and is never served.</summary>
    /// <exception cref="InvalidOperationException">The document is broken.</exception>
    public static string Of(RenderedDocument document) => document switch
    {
        RenderedDocument.Text text => text.Content,
        RenderedDocument.Broken broken => throw new InvalidOperationException(broken.Problem),
        _ => throw new InvalidOperationException($"no text of {document}"),
    };
}
