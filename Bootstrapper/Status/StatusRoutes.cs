namespace Sextant.Status;

/// <summary>The status page and the API.</summary>
public sealed class StatusRoutes(ApiRoutes api)
{
    private static readonly string[] Read = ["GET", "HEAD"];

    /// <summary>Adds the routes.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        foreach (var (path, handler) in StatusPage.Files()) routes.MapMethods(path, Read, handler);
        routes.MapMethods("/healthz", Read, ApiAnswer.OkAsync);
        api.Map(routes);
    }
}
