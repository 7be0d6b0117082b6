using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Sextant.Files;
using Sextant.Primitives;

namespace Sextant.Assets;

/// <summary>One file to fetch.</summary>
/// <param name="Url">Its address.</param>
/// <param name="Part">Where it arrives.</param>
/// <param name="Size">Its size in octets; null when nobody knows.</param>
/// <param name="Sha256">Its digest, so that parts from different addresses may be joined; null when it is not known.</param>
/// <param name="Largest">More octets than this are not taken.</param>
internal sealed record DownloadRequest(Uri Url, PartialFile Part, long? Size, Digest? Sha256, long Largest);

/// <summary>How a download ended.</summary>
internal abstract record DownloadEnd
{
    private DownloadEnd() { }

    /// <summary>Everything the server has is in the partial file. Not verified.</summary>
    /// <param name="Resumed">Whether some of it is of an earlier attempt.</param>
    public sealed record Arrived(bool Resumed) : DownloadEnd;

    /// <summary>It cannot be had. What arrived is kept.</summary>
    /// <param name="Reason">Why, for people.</param>
    public sealed record GivenUp(string Reason) : DownloadEnd;
}

/// <summary>
/// Fetches one file over HTTP into a partial file: resumed where an earlier attempt broke (RFC 9110 section 14, with If-Range), repeated with
/// growing pauses as long as there is hope.
/// </summary>
internal sealed class Download(HttpClient http, PullPatience patience, TimeProvider time)
{
    private const int BufferSize = 128 * 1024;

    /// <summary>Fetches until the file is whole, or hope ends.</summary>
    /// <param name="request">What to fetch.</param>
    /// <param name="onProgress">Told octets that are there, and in all when that is known.</param>
    /// <param name="cancellation">Ends it; what arrived is kept.</param>
    public async Task<DownloadEnd> FetchAsync(DownloadRequest request, Action<long, long?> onProgress, CancellationToken cancellation)
    {
        var resumed = request.Part.Length > 0;
        for (var failures = 0; ;)
        {
            var before = request.Part.Length;
            var attempt = await TryAsync(request, onProgress, cancellation);
            switch (attempt)
            {
                case Attempt.Whole:
                    return new DownloadEnd.Arrived(resumed);
                case Attempt.Hopeless hopeless:
                    return new DownloadEnd.GivenUp(hopeless.Reason);
                case Attempt.Useless when before == 0:
                    return new DownloadEnd.GivenUp($"{request.Url}: the server answers with a part that was not asked for");
                case Attempt.Useless:
                    request.Part.Remove();
                    resumed = false;
                    break;
                case Attempt.Broken broken:
                    failures = request.Part.Length > before ? 1 : failures + 1;
                    resumed |= request.Part.Length > 0;
                    if (patience.PauseAfter(failures, broken.RetryAfter) is not { } pause)
                    {
                        return new DownloadEnd.GivenUp(broken.RetryAfter > patience.LongestPause
                            ? $"{broken.Reason}; it asks to wait {broken.RetryAfter.Value.TotalSeconds:f0} s"
                            : $"{broken.Reason}; given up after {failures} attempts in a row");
                    }
                    await Task.Delay(pause, time, cancellation);
                    break;
                default:
                    throw new InvalidOperationException($"{attempt} is no end of an attempt");
            }
        }
    }

    private async Task<Attempt> TryAsync(DownloadRequest request, Action<long, long?> onProgress, CancellationToken cancellation)
    {
        var have = request.Part.Length;
        if (have > 0 && have == request.Size) return new Attempt.Whole();
        if (have > request.Size) return new Attempt.Useless();
        using var message = new HttpRequestMessage(HttpMethod.Get, request.Url);
        if (have > 0 && !AskForRest(message, request, have)) return new Attempt.Useless();
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        silence.CancelAfter(patience.Silence);
        try
        {
            using var response = await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, silence.Token);
            return await TakeAsync(request, response, have, onProgress, silence, cancellation);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new Attempt.Broken($"{request.Url}: silent for {patience.Silence.TotalSeconds:f0} s", null);
        }
        catch (HttpRequestException failure) when (failure.HttpRequestError == HttpRequestError.SecureConnectionError)
        {
            return new Attempt.Hopeless($"{request.Url}: {failure.InnerException?.Message ?? failure.Message}");
        }
        catch (HttpRequestException failure)
        {
            return new Attempt.Broken($"{request.Url}: {failure.Message}", null);
        }
    }

    /// <summary>Asks for what is missing; false when nobody can say that it would fit to what is there.</summary>
    private static bool AskForRest(HttpRequestMessage message, DownloadRequest request, long have)
    {
        if (request.Part.Origin() is not { } origin) return false;
        var sameAddress = origin.Url == request.Url.AbsoluteUri;
        if (sameAddress && origin.Validator is { } validator) message.Headers.TryAddWithoutValidation("If-Range", validator);
        else if (origin.Sha256 is null || origin.Sha256 != request.Sha256?.Hex) return false;
        message.Headers.Range = new RangeHeaderValue(have, null);
        return true;
    }

    private async Task<Attempt> TakeAsync(
        DownloadRequest request, HttpResponseMessage response, long have, Action<long, long?> onProgress, CancellationTokenSource silence, CancellationToken cancellation)
    {
        var headers = response.Content.Headers;
        long? total;
        switch (response.StatusCode)
        {
            case HttpStatusCode.OK:
                have = 0; // It ignores ranges, or has another file now.
                total = headers.ContentLength;
                break;
            case HttpStatusCode.PartialContent when headers.ContentRange is { Unit: "bytes", HasRange: true } range && range.From == have && (range.Length is null || range.Length == range.To + 1):
                total = range.To + 1;
                break;
            case HttpStatusCode.PartialContent:
                return new Attempt.Useless();
            case HttpStatusCode.RequestedRangeNotSatisfiable when have > 0:
                return headers.ContentRange?.Length == have ? new Attempt.Whole() : new Attempt.Useless();
            case HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or HttpStatusCode.InternalServerError
                or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout:
                return new Attempt.Broken($"{request.Url}: {Said(response)}", RetryAfter(response));
            default:
                return new Attempt.Hopeless($"{request.Url}: {Said(response)}");
        }
        if (request.Size is { } size && total is { } announced && announced != size)
            return new Attempt.Hopeless($"{request.Url}: the server has {announced} octets instead of {size}");
        total ??= request.Size;
        if (total > request.Largest) return new Attempt.Hopeless($"{request.Url}: {total} octets are more than the {request.Largest} that are taken");
        if (have == 0) request.Part.Remove();
        if (total - have > DiskRoom.Free(Path.GetDirectoryName(request.Part.Path)!)) return Full(request, total, have);
        request.Part.Note(new PartialOrigin(request.Url.AbsoluteUri, ValidatorOf(response), request.Sha256?.Hex));
        return await CopyAsync(request, response, have, total, onProgress, silence, cancellation);
    }

    private async Task<Attempt> CopyAsync(
        DownloadRequest request, HttpResponseMessage response, long have, long? total, Action<long, long?> onProgress, CancellationTokenSource silence, CancellationToken cancellation)
    {
        var most = Math.Min(total ?? long.MaxValue, request.Largest);
        await using var body = await response.Content.ReadAsStreamAsync(silence.Token);
        await using var file = new FileStream(request.Part.Path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, bufferSize: 0);
        if (have == 0) file.SetLength(0);
        file.Position = have;
        var buffer = new byte[BufferSize];
        for (onProgress(have, total); ;)
        {
            silence.CancelAfter(patience.Silence);
            int read;
            try
            {
                read = await body.ReadAsync(buffer, silence.Token);
            }
            catch (IOException failure)
            {
                return new Attempt.Broken($"{request.Url}: {failure.Message}", null);
            }
            if (read == 0) return total is null || have == total ? new Attempt.Whole() : new Attempt.Broken($"{request.Url}: ended after {have} of {total} octets", null);
            if (have + read > most) return new Attempt.Hopeless($"{request.Url}: the server sends more than {most} octets");
            try
            {
                await file.WriteAsync(buffer.AsMemory(0, read), cancellation);
            }
            catch (IOException failure) when (Durable.IsDiskFull(failure))
            {
                return Full(request, total, file.Length);
            }
            onProgress(have += read, total);
        }
    }

    private static Attempt.Hopeless Full(DownloadRequest request, long? total, long have)
    {
        var lack = DiskRoom.Full(Path.GetDirectoryName(request.Part.Path)!, "this file", total - have);
        return new Attempt.Hopeless($"{lack}; what arrived is kept, make room and run the command again");
    }

    /// <summary>What If-Range may hold: a strong entity tag, else the modification date; a weak tag says nothing about octets (RFC 9110 section 13.1.5).</summary>
    private static string? ValidatorOf(HttpResponseMessage response) => response.Headers.ETag switch
    {
        { IsWeak: false } tag => tag.ToString(),
        _ => response.Content.Headers.LastModified?.ToString("R", CultureInfo.InvariantCulture),
    };

    private TimeSpan? RetryAfter(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date > time.GetUtcNow() ? date - time.GetUtcNow() : TimeSpan.Zero,
        _ => null,
    };

    private static string Said(HttpResponseMessage response) => $"the server says {(int)response.StatusCode} {response.ReasonPhrase}".TrimEnd();

    private abstract record Attempt
    {
        private Attempt() { }

        /// <summary>The file is whole.</summary>
        public sealed record Whole : Attempt;

        /// <summary>What is there does not fit to what the server has; begin anew.</summary>
        public sealed record Useless : Attempt;

        /// <summary>It broke; another attempt may do better.</summary>
        public sealed record Broken(string Reason, TimeSpan? RetryAfter) : Attempt;

        /// <summary>Another attempt would end the same.</summary>
        public sealed record Hopeless(string Reason) : Attempt;
    }
}
