using Sextant.Status.Metrics;

namespace Sextant.Status;

/// <summary>The status page and the API.</summary>
public sealed class StatusRoutes(ApiRoutes api, ReadingGate reading, ReadinessEndpoint readiness, MetricsEndpoint metrics)
{
    private static readonly string[] Read = ["GET", "HEAD"];

    /// <summary>Adds the routes.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        foreach (var (path, handler) in StatusPage.Files()) routes.MapMethods(path, Read, handler);
        routes.MapMethods("/healthz", Read, ApiAnswer.OkAsync);
        routes.MapMethods("/readyz", Read, readiness.ServeAsync);
        routes.MapMethods("/metrics", Read, reading.Guard("metrics", metrics.ServeAsync));
        api.Map(routes);
    }
}
