using System.Net;
using Microsoft.AspNetCore.Http.Features;
using Sextant.Files;

namespace Sextant.Registry;

/// <summary>
/// The registry over HTTP: the endpoints of the OCI distribution specification 1.1, one line each. Whatever arrives on the registry's listener comes here.
/// Reading is open to everybody, anything else needs the push token.
/// </summary>
public sealed partial class RegistryRoutes(
    RegistryService service, AccessEndpoint access, BlobEndpoint blobs, UploadEndpoint uploads, ManifestEndpoint manifests, TagEndpoint tags,
    ReferrerEndpoint referrers, CatalogEndpoint catalog, ILogger<RegistryRoutes> log)
{
    /// <summary>Answers one request.</summary>
    public async Task ServeAsync(HttpContext context)
    {
        context.Response.Headers["Docker-Distribution-Api-Version"] = "registry/2.0";
        try
        {
            var path = RegistryPath.Parse(context.Request.Path.Value ?? "");
            var refusal = await AnswerAsync(context, path);
            RegistryMetrics.Counted(path, context.Request.Method, refusal);
            if (refusal is not { } refused) return;
            // What a refused client still sends is read over, for a while, so that it gets to read the answer.
            if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = null;
            await refused.WriteAsync(context);
        }
        catch (IOException failure) when (Durable.IsDiskFull(failure) && !context.Response.HasStarted)
        {
            var free = DiskRoom.Free(service.Store.Folder);
            LogDiskFull(context.Connection.RemoteIpAddress, context.Request.Method, context.Request.Path, service.Store.Folder, free);
            context.Response.Clear();
            await RegistryError.DiskFull(free).WriteAsync(context);
        }
    }

    /// <summary>The methods of an endpoint.</summary>
    public static IReadOnlyList<string> MethodsOf(RegistryPath path) => path switch
    {
        RegistryPath.Base or RegistryPath.Catalog or RegistryPath.Tags or RegistryPath.Referrers => ["GET", "HEAD"],
        RegistryPath.Token => ["GET", "POST"],
        RegistryPath.Blob => ["GET", "HEAD", "DELETE"],
        RegistryPath.Uploads => ["POST"],
        RegistryPath.Upload => ["GET", "PATCH", "PUT", "DELETE"],
        RegistryPath.Manifest => ["GET", "HEAD", "PUT", "DELETE"],
        RegistryPath.Unknown => [],
        _ => throw new InvalidOperationException($"no methods for {path}"),
    };

    private async Task<RegistryError?> AnswerAsync(HttpContext context, RegistryPath path)
    {
        var method = context.Request.Method;
        var methods = MethodsOf(path);
        if (methods.Count == 0) return RegistryError.Of(StatusCodes.Status404NotFound, "There is nothing here but the registry, under /v2/.");
        if (!methods.Contains(method))
        {
            context.Response.Headers.Allow = string.Join(", ", methods);
            return RegistryError.NotAllowed(method);
        }
        return path switch
        {
            RegistryPath.Base => await access.ServeBaseAsync(context),
            RegistryPath.Token => await access.ServeTokenAsync(context),
            RegistryPath.Catalog => await catalog.ServeAsync(context),
            RegistryPath.Blob(var text, var digest) => await InAsync(context, text, name => method == "DELETE" ? blobs.DeleteAsync(context, name, digest) : blobs.ServeAsync(context, name, digest)),
            RegistryPath.Uploads(var text) => await InAsync(context, text, name => uploads.BeginAsync(context, name)),
            RegistryPath.Upload(var text, var id) => await InAsync(context, text, name => method switch
            {
                "GET" => uploads.StatusAsync(context, name, id),
                "PATCH" => uploads.AppendAsync(context, name, id),
                "PUT" => uploads.FinishAsync(context, name, id),
                _ => uploads.CancelAsync(context, name, id),
            }),
            RegistryPath.Manifest(var text, var reference) => await InAsync(context, text, name => method switch
            {
                "PUT" => manifests.StoreAsync(context, name, reference),
                "DELETE" => manifests.DeleteAsync(context, name, reference),
                _ => manifests.ServeAsync(context, name, reference),
            }),
            RegistryPath.Tags(var text) => await InAsync(context, text, name => tags.ServeAsync(context, name)),
            RegistryPath.Referrers(var text, var digest) => await InAsync(context, text, name => referrers.ServeAsync(context, name, digest)),
            _ => throw new InvalidOperationException($"no answer for {path}"),
        };
    }

    /// <summary>Lets in who may, and finds the repository that is meant.</summary>
    private async Task<RegistryError?> InAsync(HttpContext context, string text, Func<RepositoryName, Task<RegistryError?>> answer)
    {
        if (!RepositoryName.TryParse(text, out var name)) return RegistryError.NameInvalid(text);
        if (context.Request.Method is not ("GET" or "HEAD") && access.Refuse(context, text) is { } refused)
        {
            LogRefused(context.Connection.RemoteIpAddress, context.Request.Method, name, refused.Code);
            return refused;
        }
        if (context.Request.Query["ns"] is [{ Length: > 0 } host] && !IsOwn(context, host))
        {
            if (!RepositoryName.TryMirror(host, name, out var mirrored)) return RegistryError.NameInvalid($"{host}/{text}");
            context.Response.Headers["OCI-Namespace"] = host.ToLowerInvariant();
            name = mirrored;
        }
        return await answer(name);
    }

    /// <summary>Whether the registry that a mirror's client has in mind (<c>?ns=</c>) is this one.</summary>
    private bool IsOwn(HttpContext context, string host)
    {
        if (string.Equals(host, context.Request.Host.Value, StringComparison.OrdinalIgnoreCase)) return true;
        var meant = new HostString(host);
        return meant.Port is not { } port || port == service.Port
            ? service.OwnNames().Contains(meant.Host.ToLowerInvariant())
            : false;
    }

    [LoggerMessage(EventId = 1900, Level = LogLevel.Error, Message = "{Peer}: {Method} {Path}: the disk of {Folder} is full, {Free} octets are free; 'sextant images gc' removes what no image needs")]
    private partial void LogDiskFull(IPAddress? peer, string method, PathString path, string folder, long free);

    [LoggerMessage(EventId = 1902, Level = LogLevel.Debug, Message = "{Peer}: {Method} on {Repository} refused: {Reason}")]
    private partial void LogRefused(IPAddress? peer, string method, RepositoryName repository, string reason);
}
