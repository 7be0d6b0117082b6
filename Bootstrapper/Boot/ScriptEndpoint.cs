using Sextant.Lifecycle;
using Sextant.Planning;
using Sextant.Rendering;
using Sextant.Storage;

namespace Sextant.Boot;

/// <summary>
/// <c>GET /boot/{mac}/script.ipxe</c>: carries out the boot decision. A script that begins an install or a wipe is on disk before the machine has it, because
/// the loop detector counts on it; a script that does not render counts nothing.
/// </summary>
public sealed class ScriptEndpoint(MachineStore machines)
{
    /// <summary>Answers one request.</summary>
    public async Task<Reply> ServeAsync(MachineRequest request)
    {
        var (mac, now) = (request.Mac, request.Now);
        switch (BootDecision.Decide(request.Machine, request.Plan.EntitlementOf(mac), now))
        {
            case BootDecision.Install install:
                return await ServeAsync(request, new IpxeAction.Install(PlanOf(request), install.Attempt), new ScriptServed(mac, now, BootAction.Install, install.Attempt));
            case BootDecision.Wipe:
                return await ServeAsync(request, new IpxeAction.Wipe(PlanOf(request)), new ScriptServed(mac, now, BootAction.Wipe, 0));
            case BootDecision.BootLocalDisk:
                return await ServeAsync(request, new IpxeAction.LocalDisk(), new ScriptServed(mac, now, BootAction.BootLocalDisk, 0));
            case BootDecision.Discover:
                return await ServeAsync(request, new IpxeAction.Discover(), new ScriptServed(mac, now, BootAction.Discover, 0));
            case BootDecision.Hold hold:
                if (request.Machine.HoldReason is null) await machines.RecordAsync(new Held(mac, now, hold.Reason));
                return await ServeAsync(request, new IpxeAction.Hold(Words.Of(hold.Reason)), new ScriptServed(mac, now, BootAction.Hold, 0));
            case BootDecision.Ignore:
                return new Reply.Refused(RefusalReason.UnknownMachine, "Add it to the cluster description, or set unknown_machines to discover or worker.");
            case var other:
                throw new InvalidOperationException($"no script for {other}");
        }
    }

    private static NodePlan PlanOf(MachineRequest request) =>
        request.Plan.For(request.Mac, request.Machine.Address) ?? throw new InvalidOperationException($"{request.Mac} is to start its live system and has no plan");

    private async Task<Reply> ServeAsync(MachineRequest request, IpxeAction action, ScriptServed served)
    {
        var script = ServedText.Of(IpxeScript.Render(action, request.Mac, request.Plan.Network, request.Plan.Templates));
        if (!RepeatsWaiting(request.Machine, served)) await machines.RecordAsync(served);
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
