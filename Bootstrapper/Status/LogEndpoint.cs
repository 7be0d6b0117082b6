using System.Globalization;
using System.Text;
using Sextant.Primitives;
using Sextant.Storage;

namespace Sextant.Status;

/// <summary><c>GET /api/v1/nodes/{mac}/log?lines=N</c>: the last lines that a machine logged, as text, the newest last.</summary>
public sealed class LogEndpoint(ClusterViews views, MachineLogs logs)
{
    /// <summary>Lines unless it is said how many.</summary>
    public const int DefaultLines = 200;

    /// <summary>Lines at most.</summary>
    public const int LongestAnswer = 10_000;

    /// <summary>Answers one request.</summary>
    public Task ServeAsync(HttpContext context)
    {
        if (!MacAddress.TryParse(context.Request.RouteValues["mac"] as string, out var mac) || views.Node(mac, withTimeline: false) is null)
            return ApiAnswer.RefuseAsync(context, StatusCodes.Status404NotFound, "Neither the cluster description nor the records know this machine.");
        var wanted = DefaultLines;
        if (context.Request.Query["lines"] is [{ } given]
            && !(int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out wanted) && wanted is >= 1 and <= LongestAnswer))
            return ApiAnswer.RefuseAsync(context, StatusCodes.Status400BadRequest, $"'lines' is a number from 1 to {LongestAnswer}.");
        var octets = Encoding.UTF8.GetBytes(string.Concat(logs.Tail(mac, wanted).Select(line => line + "\n")));
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.ContentLength = octets.Length;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(octets).AsTask();
    }
}
