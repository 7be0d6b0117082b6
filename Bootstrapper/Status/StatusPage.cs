using System.Security.Cryptography;

namespace Sextant.Status;

/// <summary>The status page: three files inside the executable, no other origin, nothing inline.</summary>
public static class StatusPage
{
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>The handler of one file of the page.</summary>
    /// <param name="name">File name in <c>Status/Page</c>.</param>
    /// <param name="contentType">Its media type.</param>
    public static RequestDelegate Of(string name, string contentType)
    {
        using var resource = typeof(StatusPage).Assembly.GetManifestResourceStream("page/" + name) ?? throw new InvalidOperationException($"page/{name} is not embedded");
        var octets = new byte[resource.Length];
        resource.ReadExactly(octets);
        var tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(octets))}\"";
        return context =>
        {
            var headers = context.Response.Headers;
            headers.ContentSecurityPolicy = Policy;
            headers.XContentTypeOptions = "nosniff";
            headers["Referrer-Policy"] = "no-referrer";
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
