using System.Security.Cryptography;

namespace Sextant.Status;

/// <summary>The status page: files inside the executable, no other origin, nothing inline.</summary>
public static class StatusPage
{
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

    private const string Resources = "page/";

    /// <summary>Every file of the page: <c>/</c>, <c>/favicon.svg</c>, and the others below <c>/page/</c>.</summary>
    public static IEnumerable<(string Path, RequestDelegate Handler)> Files() =>
        from resource in typeof(StatusPage).Assembly.GetManifestResourceNames()
        where resource.StartsWith(Resources, StringComparison.Ordinal)
        let name = resource[Resources.Length..]
        select (name switch { "index.html" => "/", "favicon.svg" => "/favicon.svg", _ => "/" + resource }, Of(name, TypeOf(name)));

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".svg" => "image/svg+xml",
        var other => throw new InvalidOperationException($"the page has a file {name}, and no media type is known for {other}"),
    };

    private static RequestDelegate Of(string name, string contentType)
    {
        using var resource = typeof(StatusPage).Assembly.GetManifestResourceStream(Resources + name) ?? throw new InvalidOperationException($"{Resources}{name} is not embedded");
        var octets = new byte[resource.Length];
        resource.ReadExactly(octets);
        var tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(octets))}\"";
        return context =>
        {
            var headers = context.Response.Headers;
            headers.ContentSecurityPolicy = Policy;
            headers.XContentTypeOptions = "nosniff";
            headers["Referrer-Policy"] = "no-referrer";
            headers["Cross-Origin-Resource-Policy"] = "same-origin";
            headers.CacheControl = "no-cache";
            headers.ETag = tag;
            if (context.Request.Headers.IfNoneMatch == tag)
            {
                context.Response.StatusCode = StatusCodes.Status304NotModified;
                return Task.CompletedTask;
            }
            context.Response.ContentType = contentType;
            context.Response.ContentLength = octets.Length;
            return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(octets).AsTask();
        };
    }
}
