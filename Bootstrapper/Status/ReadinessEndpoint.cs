using System.Text;

namespace Sextant.Status;

/// <summary>A part of the service that has to be there.</summary>
/// <param name="Name">What people call it, <c>DHCP</c>.</param>
/// <param name="IsServing">Whether it answers at this moment.</param>
public sealed record ReadinessCheck(string Name, Func<bool> IsServing);

/// <summary><c>GET /readyz</c>: 200 when the whole service answers; else 503 with what does not, a line each.</summary>
/// <param name="checks">Gives the parts.</param>
/// <param name="lifetime">Tells that the service starts or stops.</param>
public sealed class ReadinessEndpoint(Func<IReadOnlyList<ReadinessCheck>> checks, IHostApplicationLifetime lifetime)
{
    /// <summary>Answers one request.</summary>
    public Task ServeAsync(HttpContext context)
    {
        var reasons = Reasons();
        var octets = Encoding.UTF8.GetBytes(reasons.Count == 0 ? "ok\n" : string.Concat(reasons.Select(reason => reason + "\n")));
        context.Response.StatusCode = reasons.Count == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.ContentLength = octets.Length;
        context.Response.Headers.CacheControl = "no-store";
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(octets).AsTask();
    }

    private IReadOnlyList<string> Reasons()
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested) return ["the service stops"];
        if (!lifetime.ApplicationStarted.IsCancellationRequested) return ["the service starts"];
        return [.. checks().Where(check => !check.IsServing()).Select(check => $"{check.Name} does not answer: the log has the reason; restart the service")];
    }
}
