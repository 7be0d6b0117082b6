namespace Sextant.Status;

/// <summary>The status page and the API.</summary>
public sealed class StatusRoutes(ApiRoutes api)
{
    private static readonly string[] Read = ["GET", "HEAD"];

    /// <summary>Adds the routes.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/", Read, StatusPage.Of("index.html", "text/html; charset=utf-8"));
        routes.MapMethods("/status.js", Read, StatusPage.Of("status.js", "text/javascript; charset=utf-8"));
        routes.MapMethods("/status.css", Read, StatusPage.Of("status.css", "text/css; charset=utf-8"));
        routes.MapMethods("/favicon.svg", Read, StatusPage.Of("favicon.svg", "image/svg+xml"));
        routes.MapMethods("/healthz", Read, ApiAnswer.OkAsync);
        api.Map(routes);
    }
}
