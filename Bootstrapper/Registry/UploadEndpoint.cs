using System.Globalization;
using Microsoft.AspNetCore.Http.Features;
using Sextant.Files;
using Sextant.Primitives;

namespace Sextant.Registry;

/// <summary>
/// <c>/v2/{name}/blobs/uploads/</c> (end-4, 5, 6, 11, 13, 14): blobs on their way in. Whole in one request, in chunks, as one stream of unknown length, or mounted
/// from another repository. What has arrived stays when a connection breaks, and GET says how much it is.
/// </summary>
public sealed class UploadEndpoint(RegistryService service)
{
    private const string AlgorithmParameter = "digest-algorithm";

    /// <summary>POST: begins, mounts (<c>?mount=</c>) or takes all of it at once (<c>?digest=</c>).</summary>
    public async Task<RegistryError?> BeginAsync(HttpContext context, RepositoryName name)
    {
        var query = context.Request.Query;
        if (query["mount"] is [{ } mount])
        {
            if (!Digest.TryParse(mount, out var mounted)) return RegistryError.DigestInvalid(mount);
            RepositoryName? from = query["from"] is [{ Length: > 0 } text] && RepositoryName.TryParse(text, out var source) ? source : null;
            if (await service.Store.MountBlobAsync(name, mounted, from, context.RequestAborted)) return Created(context, name, mounted);
        }
        var algorithm = DigestAlgorithm.Sha256;
        if (query[AlgorithmParameter] is [{ } wanted] && !TryReadAlgorithm(wanted, out algorithm)) return RegistryError.DigestInvalid(wanted);
        if (query["digest"] is not [{ } announced])
        {
            using var begun = service.Store.BeginUpload(name);
            return Accepted(context, name, begun, algorithm);
        }
        if (!Digest.TryParse(announced, out var digest)) return RegistryError.DigestInvalid(announced);
        using var upload = service.Store.BeginUpload(name);
        try
        {
            upload.Expect(digest.Algorithm);
            await AppendAsync(context, upload, limit: null);
            return await FinishAsync(context, name, upload, digest);
        }
        catch
        {
            // Nobody knows its name, so nobody can resume it.
            upload.Cancel();
            throw;
        }
    }

    /// <summary>GET: how much has arrived.</summary>
    public Task<RegistryError?> StatusAsync(HttpContext context, RepositoryName name, string id)
    {
        using var upload = Resume(name, id, out var problem);
        if (upload is null) return Task.FromResult(problem);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        Describe(context, name, upload, AlgorithmOf(context));
        return Task.FromResult<RegistryError?>(null);
    }

    /// <summary>PATCH: the next chunk, or, without <c>Content-Range</c>, whatever comes.</summary>
    public async Task<RegistryError?> AppendAsync(HttpContext context, RepositoryName name, string id)
    {
        using var upload = Resume(name, id, out var problem);
        if (upload is null) return problem;
        var algorithm = AlgorithmOf(context);
        upload.Expect(algorithm);
        if (await TakeChunkAsync(context, upload) is { } refused)
        {
            Describe(context, name, upload, algorithm);
            return refused;
        }
        return Accepted(context, name, upload, algorithm);
    }

    /// <summary>PUT: the last chunk, if there is one more, and the digest of all.</summary>
    public async Task<RegistryError?> FinishAsync(HttpContext context, RepositoryName name, string id)
    {
        var announced = context.Request.Query["digest"];
        if (announced is not [{ } text] || !Digest.TryParse(text, out var digest)) return RegistryError.DigestInvalid(announced.FirstOrDefault());
        using var upload = Resume(name, id, out var problem);
        if (upload is null) return problem;
        upload.Expect(digest.Algorithm);
        if (await TakeChunkAsync(context, upload) is { } refused)
        {
            Describe(context, name, upload, digest.Algorithm);
            return refused;
        }
        return await FinishAsync(context, name, upload, digest);
    }

    /// <summary>DELETE: gives it up.</summary>
    public Task<RegistryError?> CancelAsync(HttpContext context, RepositoryName name, string id)
    {
        using var upload = Resume(name, id, out var problem);
        if (upload is null) return Task.FromResult(problem);
        upload.Cancel();
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.FromResult<RegistryError?>(null);
    }

    private BlobUpload? Resume(RepositoryName name, string id, out RegistryError? problem)
    {
        var upload = service.Store.ResumeUpload(name, id);
        problem = upload is not null ? null : service.Store.HasUpload(id) ? RegistryError.UploadBusy(id) : RegistryError.UploadUnknown(id);
        return upload;
    }

    /// <summary>Adds the body. When it is not what its headers said, or the disk is full, the upload is as long as before: the sender sends the same chunk again.</summary>
    private static async Task<RegistryError?> TakeChunkAsync(HttpContext context, BlobUpload upload)
    {
        var before = upload.Length;
        ChunkRange? chunk = null;
        if (context.Request.Headers.ContentRange is [{ } header])
        {
            if (!ChunkRange.TryParse(header, out var range)) return RegistryError.RangeInvalid(header);
            if (range.First != before) return RegistryError.OutOfOrder(before, range.First);
            if (context.Request.ContentLength is { } said && said != range.Length)
                return RegistryError.SizeInvalid($"Content-Range {header} has {range.Length} octets and Content-Length says {said}. Send one chunk with both the same.");
            chunk = range;
        }
        try
        {
            await AppendAsync(context, upload, chunk is { } limited ? limited.Length + 1 : null);
        }
        catch (IOException failure) when (Durable.IsDiskFull(failure))
        {
            upload.Truncate(before);
            throw;
        }
        if (chunk is not { } expected || upload.Length - before == expected.Length) return null;
        upload.Truncate(before);
        return RegistryError.SizeInvalid($"The chunk is not the {expected.Length} octets that Content-Range {context.Request.Headers.ContentRange} says. Send it again.");
    }

    private static async Task AppendAsync(HttpContext context, BlobUpload upload, long? limit)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = null;
        await upload.AppendAsync(context.Request.Body, limit, context.RequestAborted);
    }

    private static async Task<RegistryError?> FinishAsync(HttpContext context, RepositoryName name, BlobUpload upload, Digest digest) =>
        await upload.CommitAsync(digest, context.RequestAborted) switch
        {
            UploadEnd.Stored stored => Created(context, name, stored.Digest),
            UploadEnd.WrongDigest wrong => RegistryError.DigestDiffers(digest, wrong.Actual),
            var other => throw new InvalidOperationException($"no response for {other}"),
        };

    private static RegistryError? Created(HttpContext context, RepositoryName name, Digest digest)
    {
        context.Response.StatusCode = StatusCodes.Status201Created;
        context.Response.ContentLength = 0;
        context.Response.Headers.Location = $"/v2/{name}/blobs/{digest}";
        context.Response.Headers["Docker-Content-Digest"] = digest.ToString();
        return null;
    }

    private static RegistryError? Accepted(HttpContext context, RepositoryName name, BlobUpload upload, DigestAlgorithm algorithm)
    {
        context.Response.StatusCode = StatusCodes.Status202Accepted;
        context.Response.ContentLength = 0;
        Describe(context, name, upload, algorithm);
        return null;
    }

    private static void Describe(HttpContext context, RepositoryName name, BlobUpload upload, DigestAlgorithm algorithm)
    {
        var parameter = algorithm == DigestAlgorithm.Sha256 ? "" : $"?{AlgorithmParameter}=sha512";
        context.Response.Headers.Location = $"/v2/{name}/blobs/uploads/{upload.Id}{parameter}";
        // The form has no word for nothing; every registry says 0-0.
        context.Response.Headers.Range = string.Create(CultureInfo.InvariantCulture, $"0-{Math.Max(0, upload.Length - 1)}");
        context.Response.Headers["Docker-Upload-UUID"] = upload.Id;
    }

    private static DigestAlgorithm AlgorithmOf(HttpContext context) =>
        context.Request.Query[AlgorithmParameter] is [{ } text] && TryReadAlgorithm(text, out var algorithm) ? algorithm : DigestAlgorithm.Sha256;

    private static bool TryReadAlgorithm(string text, out DigestAlgorithm algorithm)
    {
        algorithm = text == "sha512" ? DigestAlgorithm.Sha512 : DigestAlgorithm.Sha256;
        return text is "sha256" or "sha512";
    }
}
