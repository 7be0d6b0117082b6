using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.DependencyInjection;
using Sextant.Images;
using Sextant.Primitives;

namespace Sextant.Tests.Images;

/// <summary>A registry that answers pulls, and fails in the ways registries do when it is told to.</summary>
internal sealed class StandInRegistry : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentDictionary<string, (string Type, byte[] Content)> manifests = new();
    private readonly ConcurrentDictionary<Digest, byte[]> blobs = new();

    private StandInRegistry(WebApplication app) => this.app = app;

    /// <summary>Host and port.</summary>
    public string Host { get; private set; } = "";

    /// <summary>Every request: method, path, query, range and authorization.</summary>
    public ConcurrentQueue<(string Method, string Path, string? Range, string? Authorization)> Requests { get; } = new();

    /// <summary>Answers a request instead of the registry; false lets the registry answer.</summary>
    public Func<HttpContext, Task<bool>> Fault { get; set; } = _ => Task.FromResult(false);

    /// <summary>Whether a part of a blob is given to who asks for it.</summary>
    public bool KnowsRanges { get; set; } = true;

    public static async Task<StandInRegistry> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var registry = new StandInRegistry(builder.Build());
        registry.app.Run(registry.AnswerAsync);
        await registry.app.StartAsync();
        registry.Host = new Uri(registry.app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Authority;
        return registry;
    }

    /// <summary>Has an image from now on; returns its name.</summary>
    public ImageReference Add(string repository, string tag, ImageSamples.Sample image)
    {
        manifests[$"{repository}/{tag}"] = (image.MediaType, image.Manifest);
        manifests[$"{repository}/{image.Digest}"] = (image.MediaType, image.Manifest);
        foreach (var (digest, content) in image.Blobs)
        {
            blobs[digest] = content;
            // The manifests of an index are asked for as manifests.
            if (content.AsSpan().StartsWith("{\"schemaVersion\""u8)) manifests[$"{repository}/{digest}"] = (Sextant.Registry.MediaTypes.OciManifest, content);
        }
        return ImageReference.Parse($"{Host}/{repository}:{tag}");
    }

    /// <summary>Forgets a blob.</summary>
    public void Remove(Digest digest) => blobs.TryRemove(digest, out _);

    /// <summary>Has another content under a digest.</summary>
    public void Falsify(Digest digest, byte[] content) => blobs[digest] = content;

    public async ValueTask DisposeAsync() => await app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var request = context.Request;
        Requests.Enqueue((request.Method, request.Path + request.QueryString.Value, request.Headers.Range, request.Headers.Authorization));
        if (await Fault(context)) return;
        var path = request.Path.Value!;
        if (path.IndexOf("/manifests/", StringComparison.Ordinal) is > 0 and var at && manifests.TryGetValue($"{path["/v2/".Length..at]}/{path[(at + 11)..]}", out var manifest))
        {
            context.Response.ContentType = manifest.Type;
            context.Response.ContentLength = manifest.Content.Length;
            await context.Response.Body.WriteAsync(manifest.Content);
        }
        else if (Digest.TryParse(path.Split('/')[^1], out var digest) && blobs.TryGetValue(digest, out var blob)) await SendAsync(context, blob);
        else context.Response.StatusCode = 404;
    }

    private async Task SendAsync(HttpContext context, byte[] blob)
    {
        var from = 0;
        if (KnowsRanges && context.Request.GetTypedHeaders().Range?.Ranges.Single().From is { } start)
        {
            if (start >= blob.Length)
            {
                context.Response.StatusCode = 416;
                return;
            }
            from = (int)start;
            context.Response.StatusCode = 206;
            context.Response.Headers.ContentRange = $"bytes {from}-{blob.Length - 1}/{blob.Length}";
        }
        context.Response.ContentLength = blob.Length - from;
        await context.Response.Body.WriteAsync(blob.AsMemory(from));
    }

    /// <summary>Sends the beginning of a blob and breaks the connection.</summary>
    public async Task<bool> CutAsync(HttpContext context, Digest digest, int after)
    {
        var blob = blobs[digest];
        var from = (int)(context.Request.GetTypedHeaders().Range?.Ranges.Single().From ?? 0);
        if (from > 0)
        {
            context.Response.StatusCode = 206;
            context.Response.Headers.ContentRange = $"bytes {from}-{blob.Length - 1}/{blob.Length}";
        }
        context.Response.ContentLength = blob.Length - from;
        await context.Response.Body.WriteAsync(blob.AsMemory(from, Math.Min(after, blob.Length - from)));
        await context.Response.Body.FlushAsync();
        // A reset takes along what the other side has not read yet.
        await Task.Delay(100);
        context.Abort();
        return true;
    }
}
