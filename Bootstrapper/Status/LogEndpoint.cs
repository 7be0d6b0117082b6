using System.Globalization;
using System.Text;
using Sextant.Storage;

namespace Sextant.Status;

/// <summary><c>GET /api/v1/nodes/{mac}/log?lines=N</c>: the last lines that a machine logged, as text, the newest last.</summary>
public sealed class LogEndpoint(ClusterViews views, MachineLogs logs)
{
    /// <summary>What it answers in.</summary>
    public const string MediaType = "text/plain; charset=utf-8";

    /// <summary>Lines unless it is said how many.</summary>
    public const int DefaultLines = 200;

    /// <summary>Lines at most.</summary>
    public const int LongestAnswer = 10_000;

    /// <summary>Answers one request.</summary>
    public Task ServeAsync(HttpContext context)
    {
        if (ApiAnswer.MacOf(context) is not { } mac || views.Node(mac, withStory: false) is null) return ApiAnswer.RefuseUnknownAsync(context);
        var wanted = DefaultLines;
        if (context.Request.Query["lines"] is [{ } given]
            && !(int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out wanted) && wanted is >= 1 and <= LongestAnswer))
            return ApiAnswer.RefuseAsync(context, ApiProblemKind.Malformed, $"'lines' is a number from 1 to {LongestAnswer}.");
        var octets = Encoding.UTF8.GetBytes(string.Concat(logs.Tail(mac, wanted).Select(line => line + "\n")));
        context.Response.ContentType = MediaType;
        context.Response.ContentLength = octets.Length;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(octets).AsTask();
    }
}
