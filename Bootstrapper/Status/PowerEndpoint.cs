using System.Text.Json;
using Sextant.Lifecycle;
using Sextant.Power;
using Sextant.Primitives;

namespace Sextant.Status;

/// <summary>What to do with a machine's power.</summary>
/// <param name="Action"><c>on</c>, <c>off</c>, <c>cycle</c> or <c>network-boot</c>.</param>
/// <param name="Force">With <c>off</c>: takes the power away without asking the operating system.</param>
public sealed record PowerRequest(string? Action, bool Force);

/// <summary>What a management controller said.</summary>
/// <param name="Power"><c>on</c>, <c>off</c>, <c>changing</c>; absent when it does not say.</param>
public sealed record PowerView(string? Power)
{
    /// <summary>The state in the words of the API.</summary>
    public static string? WordOf(PowerState? state) => state?.ToString().ToLowerInvariant();
}

/// <summary><c>GET</c> and <c>POST /api/v1/nodes/{mac}/power</c>: asks a machine's management controller, over the operator's socket only.</summary>
public sealed class PowerEndpoint(PowerControl control, ClusterViews views)
{
    private const int LongestBody = 1024;

    /// <summary>Asks how the machine is.</summary>
    public Task StatusAsync(HttpContext context) => ServeAsync(context, () => Task.FromResult<PowerAction?>(PowerAction.Status));

    /// <summary>Has something done.</summary>
    public Task ChangeAsync(HttpContext context) => ServeAsync(context, () => ReadAsync(context));

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

    private async Task ServeAsync(HttpContext context, Func<Task<PowerAction?>> read)
    {
        if (!LocalOperator.Is(context.Features))
        {
            await ApiAnswer.RefuseAsync(context, StatusCodes.Status403Forbidden,
                "'power' is the operator's word and is taken over the operator's socket only (sextant serve --listen-unix PATH; curl --unix-socket PATH …).");
            return;
        }
        if (!MacAddress.TryParse(context.Request.RouteValues["mac"] as string, out var mac) || views.Node(mac, withTimeline: false) is null)
        {
            await ApiAnswer.RefuseAsync(context, StatusCodes.Status404NotFound, "Neither the cluster description nor the records know this machine.");
            return;
        }
        if (await read() is not { } action)
        {
            await ApiAnswer.RefuseAsync(context, StatusCodes.Status400BadRequest, "Send {\"action\":\"on\"}, \"off\" (with \"force\":true to pull the plug), \"cycle\" or \"network-boot\".");
            return;
        }
        await (await control.DoAsync(mac, action, context.RequestAborted) switch
        {
            PowerOutcome.Done done => ApiAnswer.WriteAsync(context, new PowerView(PowerView.WordOf(done.State)), StatusJson.Default.PowerView),
            PowerOutcome.Failed failed => ApiAnswer.RefuseAsync(context, StatusOf(failed.Reason), failed.Explanation),
            var other => throw new InvalidOperationException($"no answer for {other}"),
        });
    }

    private static async Task<PowerAction?> ReadAsync(HttpContext context)
    {
        var body = new byte[LongestBody];
        var length = await context.Request.Body.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, context.RequestAborted);
        try
        {
            return JsonSerializer.Deserialize(body.AsSpan(0, length), StatusJson.Default.PowerRequest) is { } request ? ActionOf(request) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>409 where the description or the controller cannot do it, 502 where the controller does not answer as it should.</summary>
    private static int StatusOf(PowerFailure reason) => reason switch
    {
        PowerFailure.NoController or PowerFailure.NoCredentials or PowerFailure.Unsupported => StatusCodes.Status409Conflict,
        PowerFailure.Unreachable or PowerFailure.Untrusted or PowerFailure.Unauthorized or PowerFailure.Refused or PowerFailure.Malformed => StatusCodes.Status502BadGateway,
        _ => throw new ArgumentOutOfRangeException(nameof(reason)),
    };
}
