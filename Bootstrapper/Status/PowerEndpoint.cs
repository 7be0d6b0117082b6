using Sextant.Lifecycle;
using Sextant.Operators;
using Sextant.Power;

namespace Sextant.Status;

/// <summary>What to do with a machine's power.</summary>
/// <param name="Action"><c>on</c>, <c>off</c>, <c>cycle</c> or <c>network-boot</c>.</param>
/// <param name="Force">With <c>off</c>: takes the power away without asking the operating system.</param>
public sealed record PowerRequest(string? Action = null, bool Force = false) : IApiRequest;

/// <summary>What a management controller said.</summary>
/// <param name="Power"><c>on</c>, <c>off</c>, <c>changing</c>; absent when it does not say.</param>
public sealed record PowerView(string? Power)
{
    /// <summary>The state in the words of the API.</summary>
    public static string? WordOf(PowerState? state) => state?.ToString().ToLowerInvariant();
}

/// <summary><c>GET</c> and <c>POST /api/v1/nodes/{mac}/power</c>: asks a machine's management controller, for the operator.</summary>
public sealed class PowerEndpoint(PowerControl control, ClusterViews views, AuditLog audit, TimeProvider time)
{
    /// <summary>Asks how the machine is.</summary>
    public Task ShowAsync(HttpContext context) => ServeAsync(context, PowerAction.Status, entry: null);

    /// <summary>Has something done.</summary>
    public async Task ChangeAsync(HttpContext context)
    {
        var known = OperatorGate.Of(context);
        var body = await ApiBody.ReadAsync(context, StatusJson.Default.PowerRequest, new PowerRequest(), mustBeJson: known.Means is OperatorMeans.Session);
        if (body is not ApiBody<PowerRequest>.Read(var request))
        {
            var (kind, detail) = (ApiBody<PowerRequest>.Unread)body;
            await ApiAnswer.RefuseAsync(context, kind, detail);
        }
        else if (ActionOf(request) is { } action)
        {
            await ServeAsync(context, action, new AuditEntry(time.GetUtcNow(), known.Who, $"power {request.Action}", AuditEntry.Done) { Peer = known.Peer, Forced = request.Force ? true : null });
        }
        else
        {
            await ApiAnswer.RefuseAsync(context, ApiProblemKind.Malformed, "Send {\"action\":\"on\"}, \"off\" (with \"force\":true to pull the plug), \"cycle\" or \"network-boot\".");
        }
    }

    /// <summary>The word of a request; null when it is none.</summary>
    internal static PowerAction? ActionOf(PowerRequest request) => request switch
    {
        { Action: "on", Force: false } => PowerAction.On,
        { Action: "off", Force: false } => PowerAction.Off,
        { Action: "off", Force: true } => PowerAction.ForceOff,
        { Action: "cycle", Force: false } => PowerAction.Cycle,
        { Action: "network-boot", Force: false } => PowerAction.NetworkBoot,
        _ => null,
    };

    private async Task ServeAsync(HttpContext context, PowerAction action, AuditEntry? entry)
    {
        if (ApiAnswer.MacOf(context) is not { } mac || views.Node(mac, withStory: false) is null)
        {
            await ApiAnswer.RefuseUnknownAsync(context);
            return;
        }
        switch (await control.DoAsync(mac, action, context.RequestAborted))
        {
            case PowerOutcome.Done done:
                if (entry is not null) audit.Add(entry with { Mac = mac });
                await ApiAnswer.WriteAsync(context, new PowerView(PowerView.WordOf(done.State)), StatusJson.Default.PowerView);
                break;
            case PowerOutcome.Failed failed:
                var kind = KindOf(failed.Reason);
                if (entry is not null) audit.Add(entry with { Mac = mac, Outcome = AuditEntry.Refused, Code = kind.Code });
                await ApiAnswer.RefuseAsync(context, ApiProblem.Of(kind, failed.Explanation, context.Request) with { Mac = mac });
                break;
            case var other:
                throw new InvalidOperationException($"no answer for {other}");
        }
    }

    private static ApiProblemKind KindOf(PowerFailure reason) => reason switch
    {
        PowerFailure.NoController or PowerFailure.NoCredentials or PowerFailure.Unsupported => ApiProblemKind.NoController,
        PowerFailure.Unreachable or PowerFailure.Untrusted or PowerFailure.Unauthorized or PowerFailure.Refused or PowerFailure.Malformed => ApiProblemKind.ControllerFailed,
        _ => throw new ArgumentOutOfRangeException(nameof(reason)),
    };
}
