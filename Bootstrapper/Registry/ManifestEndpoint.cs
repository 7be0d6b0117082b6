using Microsoft.AspNetCore.Http.Features;
using Sextant.Primitives;
using Sextant.Transfers;

namespace Sextant.Registry;

/// <summary><c>/v2/{name}/manifests/{tag or digest}</c> (end-3, 7, 9): manifests of any type, octet by octet as they were pushed.</summary>
public sealed class ManifestEndpoint(RegistryService service, TransferGate gate, IMissingImages elsewhere, BlobEndpoint blobs)
{
    /// <summary>GET and HEAD. What is not here is asked for elsewhere once, before the answer is no.</summary>
    public async Task<RegistryError?> ServeAsync(HttpContext context, RepositoryName name, string text)
    {
        if (!ManifestReference.TryParse(text, out var reference)) return RegistryError.ManifestUnknown(name, text);
        var opened = await service.Store.OpenManifestAsync(name, reference, context.RequestAborted);
        if (opened is not OpenedManifest.Good && await elsewhere.TryFetchAsync(name, reference, context.RequestAborted))
            opened = await service.Store.OpenManifestAsync(name, reference, context.RequestAborted);
        switch (opened)
        {
            case OpenedManifest.Good good:
                using (good.File.Handle) return await ContentResponse.SendAsync(context, good.Digest, good.MediaType, good.File, gate);
            case OpenedManifest.Corrupt corrupt:
                blobs.Tell(corrupt.Path);
                return RegistryError.Damaged("MANIFEST_UNKNOWN", name, corrupt.Digest);
            case OpenedManifest.Absent:
                return service.Store.HasRepository(name) ? RegistryError.ManifestUnknown(name, text) : RegistryError.NameUnknown(name);
            default:
                throw new InvalidOperationException($"no response for {opened}");
        }
    }

    /// <summary>PUT: by tag, or by digest with tags beside it (<c>?tag=</c>, end-7b).</summary>
    public async Task<RegistryError?> StoreAsync(HttpContext context, RepositoryName name, string text)
    {
        if (!ManifestReference.TryParse(text, out var reference))
            return text.Contains(':', StringComparison.Ordinal) ? RegistryError.DigestInvalid(text) : RegistryError.ManifestInvalid($"cannot have the tag '{text[..Math.Min(text.Length, TagName.MaximumLength)]}'");
        var tags = new List<TagName>();
        if (reference is ManifestReference.ByTag(var own)) tags.Add(own);
        foreach (var beside in context.Request.Query["tag"])
        {
            if (!TagName.TryParse(beside, out var tag)) return RegistryError.ManifestInvalid($"cannot have the tag '{beside?[..Math.Min(beside.Length, TagName.MaximumLength)]}'");
            tags.Add(tag);
        }
        if (await ReadAsync(context) is not { } content) return RegistryError.ManifestTooLarge();
        var expected = reference is ManifestReference.ByDigest(var named) ? named : Digest.Sha256Of(content.Span);
        if (Digest.Of(expected.Algorithm, content.Span) is var actual && actual != expected) return RegistryError.DigestDiffers(expected, actual);
        var contentType = context.Request.ContentType?.Split(';')[0].Trim();
        switch (await service.Store.PutManifestAsync(name, content, contentType is { Length: > 0 } ? contentType : null, expected.Algorithm, tags, context.RequestAborted))
        {
            case ManifestPut.Stored stored:
                var response = context.Response;
                response.StatusCode = StatusCodes.Status201Created;
                response.ContentLength = 0;
                response.Headers.Location = $"/v2/{name}/manifests/{(reference is ManifestReference.ByDigest ? stored.Digest : text)}";
                response.Headers["Docker-Content-Digest"] = stored.Digest.ToString();
                if (stored.Subject is { } subject) response.Headers["OCI-Subject"] = subject.ToString();
                if (context.Request.Query["tag"].Count > 0) response.Headers["OCI-Tag"] = string.Join(", ", tags);
                return null;
            case ManifestPut.Invalid invalid:
                return RegistryError.ManifestInvalid(invalid.Problem);
            case ManifestPut.BlobsMissing blobsMissing:
                return RegistryError.BlobsMissing(name, blobsMissing.Missing);
            case var other:
                throw new InvalidOperationException($"no response for {other}");
        }
    }

    /// <summary>DELETE: a tag alone, or by digest the manifest with all its tags.</summary>
    public async Task<RegistryError?> DeleteAsync(HttpContext context, RepositoryName name, string text)
    {
        if (!ManifestReference.TryParse(text, out var reference)) return RegistryError.ManifestUnknown(name, text);
        var wasThere = reference switch
        {
            ManifestReference.ByTag(var tag) => service.Store.DeleteTag(name, tag),
            ManifestReference.ByDigest(var digest) => await service.Store.DeleteManifestAsync(name, digest, context.RequestAborted),
            _ => throw new InvalidOperationException($"no removal for {reference}"),
        };
        if (!wasThere) return service.Store.HasRepository(name) ? RegistryError.ManifestUnknown(name, text) : RegistryError.NameUnknown(name);
        context.Response.StatusCode = StatusCodes.Status202Accepted;
        context.Response.ContentLength = 0;
        return null;
    }

    /// <summary>The body; null when it is larger than any manifest.</summary>
    private static async Task<ReadOnlyMemory<byte>?> ReadAsync(HttpContext context)
    {
        if (context.Request.ContentLength > ManifestDocument.MaximumLength) return null;
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = null;
        using var content = new MemoryStream((int)(context.Request.ContentLength ?? 0));
        var buffer = new byte[16 << 10];
        while (await context.Request.Body.ReadAsync(buffer, context.RequestAborted) is var read and > 0)
        {
            if (content.Length + read > ManifestDocument.MaximumLength) return null;
            content.Write(buffer, 0, read);
        }
        return content.GetBuffer().AsMemory(0, (int)content.Length);
    }
}
