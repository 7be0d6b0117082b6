using System.Text;

namespace Sextant.Status.Metrics;

/// <summary><c>GET /metrics</c>: everything that is measured, for Prometheus. For whoever may look at the status page: nothing secret is measured.</summary>
public sealed class MetricsEndpoint(MetricCollector collector)
{
    /// <summary>Answers one request.</summary>
    public Task ServeAsync(HttpContext context)
    {
        var octets = Encoding.UTF8.GetBytes(MetricText.Write(collector.Collect()));
        context.Response.ContentType = MetricText.ContentType;
        context.Response.ContentLength = octets.Length;
        context.Response.Headers.CacheControl = "no-store";
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(octets).AsTask();
    }
}
