using Sextant.Assets;

namespace Sextant.Boot;

/// <summary>
/// <c>GET /assets/.index</c>: path, size, SHA-256, version and source of every file that is served, as JSON. Another bootstrapper fills its asset folder
/// by it (<c>sextant assets pull --from</c>). No asset has a name that begins with a dot.
/// </summary>
public sealed class AssetIndexEndpoint(CurrentAssets assets)
{
    /// <summary>Answers one request.</summary>
    public async Task ServeAsync(HttpContext context)
    {
        var json = assets.Value.Index.ToJson();
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = json.Length;
        context.Response.Headers.CacheControl = "no-cache";
        if (HttpMethods.IsGet(context.Request.Method)) await context.Response.Body.WriteAsync(json, context.RequestAborted);
    }
}
