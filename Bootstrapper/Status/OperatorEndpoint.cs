using System.Text.Json.Serialization.Metadata;
using Sextant.Lifecycle;
using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Storage;

namespace Sextant.Status;

/// <summary>
/// <c>POST /api/v1/nodes/{mac}/reinstall|hold|release|approve</c>: the operator's word, over the operator's socket only. Each is an event of the
/// machine; saying it twice does no harm.
/// </summary>
public sealed partial class OperatorEndpoint(CurrentPlan plan, MachineStore machines, ClusterViews views, TimeProvider time, ILogger<OperatorEndpoint> log)
{
    /// <summary>The handler of one word.</summary>
    /// <param name="word">The verb, for the log.</param>
    /// <param name="toEvent">The event it is.</param>
    public RequestDelegate Of(string word, Func<MacAddress, DateTimeOffset, MachineEvent> toEvent) => async context =>
    {
        if (!LocalOperator.Is(context.Features))
        {
            await ApiAnswer.RefuseAsync(context, StatusCodes.Status403Forbidden,
                $"'{word}' is the operator's word and is taken over the operator's socket only (sextant serve --listen-unix PATH; curl --unix-socket PATH …).");
            return;
        }
        if (!MacAddress.TryParse(context.Request.RouteValues["mac"] as string, out var mac) || !IsKnown(mac))
        {
            await ApiAnswer.RefuseAsync(context, StatusCodes.Status404NotFound, "Neither the cluster description nor the records know this machine.");
            return;
        }
        await machines.RecordAsync(toEvent(mac, time.GetUtcNow()));
        LogOperator(mac, word);
        await ApiAnswer.WriteAsync(context, views.Node(mac, withStory: true)!, StatusJson.Default.NodeView);
    };

    private bool IsKnown(MacAddress mac) => plan.Value.Network.Reservations.ContainsKey(mac) || machines.Find(mac) is not null;

    [LoggerMessage(EventId = 1600, Level = LogLevel.Information, Message = "{Mac}: the operator says {Word}")]
    private partial void LogOperator(MacAddress mac, string word);
}

/// <summary>Answers of the API.</summary>
public static class ApiAnswer
{
    /// <summary>200 with a value.</summary>
    public static Task WriteAsync<T>(HttpContext context, T value, JsonTypeInfo<T> type) => WriteAsync(context, StatusCodes.Status200OK, value, type);

    /// <summary>200 with <c>ok</c>: the process answers.</summary>
    public static Task OkAsync(HttpContext context)
    {
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.ContentLength = 3;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync("ok\n"u8.ToArray()).AsTask();
    }

    /// <summary>A refusal with what was found and what to do.</summary>
    public static Task RefuseAsync(HttpContext context, int status, string error) =>
        WriteAsync(context, status, new ApiError(error), StatusJson.Default.ApiError);

    private static Task WriteAsync<T>(HttpContext context, int status, T value, JsonTypeInfo<T> type)
    {
        var octets = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(value, type);
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = octets.Length;
        context.Response.Headers.CacheControl = "no-store";
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(octets).AsTask();
    }
}
