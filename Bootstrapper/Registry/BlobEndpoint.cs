using System.Collections.Concurrent;
using Sextant.Files;
using Sextant.Primitives;
using Sextant.Transfers;

namespace Sextant.Registry;

/// <summary><c>/v2/{name}/blobs/{digest}</c> (end-2, end-10): content by its digest, from disk to socket, verified before it is served.</summary>
public sealed partial class BlobEndpoint(RegistryService service, TransferGate gate, ILogger<BlobEndpoint> log)
{
    private readonly ConcurrentDictionary<string, bool> told = new(StringComparer.Ordinal);

    /// <summary>GET and HEAD. HEAD is also a pusher's question whether the blob need be sent: yes keeps it from the next collection of garbage.</summary>
    public async Task<RegistryError?> ServeAsync(HttpContext context, RepositoryName name, string text)
    {
        if (!Digest.TryParse(text, out var digest)) return RegistryError.BlobUnknown(name, text);
        if (HttpMethods.IsHead(context.Request.Method)) await service.Store.PromiseBlobAsync(name, digest, context.RequestAborted);
        switch (await service.Store.OpenBlobAsync(name, digest, context.RequestAborted))
        {
            case VerifiedFile.Good good:
                using (good.Handle) return await ContentResponse.SendAsync(context, digest, "application/octet-stream", good, gate);
            case VerifiedFile.Absent:
                return RegistryError.BlobUnknown(name, text);
            case VerifiedFile.Corrupt corrupt:
                Tell(corrupt.Path);
                return RegistryError.Damaged("BLOB_UNKNOWN", name, digest);
            case var other:
                throw new InvalidOperationException($"no response for {other}");
        }
    }

    /// <summary>DELETE: the repository does not have it any more; the content goes with the next collection of garbage.</summary>
    public Task<RegistryError?> DeleteAsync(HttpContext context, RepositoryName name, string text)
    {
        if (!Digest.TryParse(text, out var digest) || !service.Store.DeleteBlob(name, digest)) return Task.FromResult<RegistryError?>(RegistryError.BlobUnknown(name, text));
        context.Response.StatusCode = StatusCodes.Status202Accepted;
        context.Response.ContentLength = 0;
        return Task.FromResult<RegistryError?>(null);
    }

    /// <summary>Logs damage once for each file: a thousand machines may ask for it.</summary>
    internal void Tell(string path)
    {
        if (told.TryAdd(path, true)) LogDamaged(path);
    }

    [LoggerMessage(EventId = 1901, Level = LogLevel.Error, Message = "{Path} is damaged and not served: push or load an image that has it again")]
    private partial void LogDamaged(string path);
}
