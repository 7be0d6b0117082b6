using System.Globalization;
using Sextant.Files;
using Sextant.Primitives;
using Sextant.Transfers;

namespace Sextant.Registry;

/// <summary>Sends a content with what clients of registries rely on: its digest, its size even to HEAD, ranges, and never another encoding than its own.</summary>
internal static class ContentResponse
{
    /// <summary>Answers GET and HEAD.</summary>
    /// <param name="context">The request.</param>
    /// <param name="digest">The content's digest.</param>
    /// <param name="contentType">Its type.</param>
    /// <param name="file">Its file; stays open.</param>
    /// <param name="gate">Where long transfers wait for their turn.</param>
    public static async Task<RegistryError?> SendAsync(HttpContext context, Digest digest, string contentType, VerifiedFile.Good file, TransferGate gate)
    {
        var (request, response) = (context.Request, context.Response);
        var isGet = HttpMethods.IsGet(request.Method);
        response.Headers["Docker-Content-Digest"] = digest.ToString();
        response.Headers.ETag = ContentAnswer.EntityTagOf(digest);
        response.Headers.AcceptRanges = "bytes";
        var answer = ContentAnswer.Decide(digest, file.Length, isGet, request.Headers.IfNoneMatch, request.Headers.IfRange, request.Headers.Range);
        switch (answer)
        {
            case ContentAnswer.NotModified:
                response.StatusCode = StatusCodes.Status304NotModified;
                return null;
            case ContentAnswer.Unsatisfiable:
                response.Headers.ContentRange = $"bytes */{file.Length}";
                return RegistryError.RangeOutside(digest, file.Length);
            case ContentAnswer.Whole:
                return await SendAsync(0, file.Length);
            case ContentAnswer.Part part:
                response.StatusCode = StatusCodes.Status206PartialContent;
                response.Headers.ContentRange = $"bytes {part.First}-{part.Last}/{file.Length}";
                return await SendAsync(part.First, part.Last - part.First + 1);
            default:
                throw new InvalidOperationException($"no response for {answer}");
        }

        async Task<RegistryError?> SendAsync(long first, long count)
        {
            using var place = await gate.EnterAsync(context, isGet ? count : 0);
            if (place is null)
            {
                response.Headers.RetryAfter = TransferGate.RetryAfter.TotalSeconds.ToString(CultureInfo.InvariantCulture);
                return RegistryError.TooManyTransfers();
            }
            response.ContentType = contentType;
            response.ContentLength = count;
            if (isGet && count > 0) await FileTransfer.SendAsync(context, file.Handle, first, count, TransferService.Registry, progress: null);
            return null;
        }
    }
}
