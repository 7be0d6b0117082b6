using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Sextant.Primitives;

namespace Sextant.Status;

/// <summary>Answers of the API.</summary>
public static class ApiAnswer
{
    /// <summary>200 with a value.</summary>
    public static Task WriteAsync<T>(HttpContext context, T value, JsonTypeInfo<T> type) => WriteAsync(context, StatusCodes.Status200OK, "application/json", value, type);

    /// <summary>200 with JSON that is written already.</summary>
    public static Task WriteAsync(HttpContext context, byte[] json) => WriteAsync(context, StatusCodes.Status200OK, "application/json", json);

    /// <summary>200 with <c>ok</c>: the process answers.</summary>
    public static Task OkAsync(HttpContext context)
    {
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.ContentLength = 3;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync("ok\n"u8.ToArray()).AsTask();
    }

    /// <summary>A refusal with what was found and what to do.</summary>
    public static Task RefuseAsync(HttpContext context, ApiProblemKind kind, string detail) => RefuseAsync(context, ApiProblem.Of(kind, detail, context.Request));

    /// <summary>A refusal with everything there is to say.</summary>
    public static Task RefuseAsync(HttpContext context, ApiProblem problem) =>
        WriteAsync(context, problem.Status, ApiProblem.MediaType, problem, StatusJson.Default.ApiProblem);

    /// <summary>The refusal of a request that names no machine, or one that nobody knows.</summary>
    public static Task RefuseUnknownAsync(HttpContext context) => RefuseAsync(context, ApiProblem.Of(
        ApiProblemKind.MachineUnknown, "Neither the cluster description nor the records know this machine.", context.Request) with { Mac = MacOf(context) });

    /// <summary>The machine that the path names; null when it names none.</summary>
    public static MacAddress? MacOf(HttpContext context) => MacAddress.TryParse(context.Request.RouteValues["mac"] as string, out var mac) ? mac : null;

    private static Task WriteAsync<T>(HttpContext context, int status, string mediaType, T value, JsonTypeInfo<T> type) =>
        WriteAsync(context, status, mediaType, JsonSerializer.SerializeToUtf8Bytes(value, type));

    private static Task WriteAsync(HttpContext context, int status, string mediaType, byte[] octets)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = mediaType;
        context.Response.ContentLength = octets.Length;
        context.Response.Headers.CacheControl = "no-store";
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(octets).AsTask();
    }
}
