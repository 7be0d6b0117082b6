using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Sextant.Files;
using Sextant.Primitives;
using Sextant.Registry;

namespace Sextant.Images;

/// <summary>
/// Sends one blob (OCI distribution specification, "Pushing blobs"): mounted from another repository there when that is possible, else in one piece; when
/// that breaks off, the registry is asked what it has, and the rest follows.
/// </summary>
internal sealed class BlobPush(RegistryStore store, RegistryClient client, IProgress<WorkProgress> progress)
{
    private const int BufferSize = 256 * 1024;

    /// <summary>Sends it.</summary>
    /// <param name="here">The repository that has it here.</param>
    /// <param name="there">The repository that gets it there.</param>
    /// <param name="blob">Which.</param>
    /// <param name="mountFrom">A repository there that has it; null when none is known.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="ImageException">It is not here, or the registry does not take it.</exception>
    public async Task RunAsync(RepositoryName here, RepositoryName there, Descriptor blob, RepositoryName? mountFrom, CancellationToken cancellation)
    {
        if (await store.OpenBlobAsync(here, blob.Digest, cancellation) is not VerifiedFile.Good good) throw new ImageException($"{blob.Digest} is not here, or damaged; see 'sextant images verify'");
        using var file = good.Handle;
        var item = $"{there} {blob.Digest.Hex[..12]}";
        var place = await BeginAsync(there, blob, mountFrom, cancellation);
        long from = 0;
        for (var fruitless = 0; place is { } at && from < good.Length;)
        {
            var before = from;
            string why;
            try
            {
                var start = from;
                using var response = await client.SendAsync(there, isPush: true, () =>
                {
                    var request = new HttpRequestMessage(HttpMethod.Patch, at) { Content = new FileContent(file, start, good.Length, done => progress.Report(new WorkProgress(item, done, good.Length))) };
                    request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
                    request.Content.Headers.TryAddWithoutValidation("Content-Range", string.Create(CultureInfo.InvariantCulture, $"{start}-{good.Length - 1}"));
                    return request;
                }, cancellation, attempts: 1);
                if (response.IsSuccessStatusCode)
                {
                    place = LocationOf(response) ?? at;
                    from = good.Length;
                    break;
                }
                if ((int)response.StatusCode is < 500 and not (404 or 416 or 429)) throw await client.RefusalAsync(response, cancellation);
                why = $"it answers {(int)response.StatusCode}";
            }
            catch (ImageException broken) when (broken.InnerException is not null)
            {
                why = broken.Message;
            }
            await Task.Delay(client.Retry.After(fruitless + 1, null, Random.Shared.NextDouble()), cancellation);
            (place, from) = await StatusAsync(there, blob, at, cancellation);
            fruitless = from > before ? 0 : fruitless + 1;
            if (fruitless == client.Retry.Attempts) throw new ImageException($"{client.Name} does not take {blob.Digest}: {why}");
        }
        if (place is null) return;
        using var end = await client.SendAsync(there, isPush: true, () => new HttpRequestMessage(HttpMethod.Put, With(place, $"digest={Uri.EscapeDataString(blob.Digest.ToString())}")), cancellation);
        if (!end.IsSuccessStatusCode) throw await client.RefusalAsync(end, cancellation);
        progress.Report(new WorkProgress(item, good.Length, good.Length));
    }

    /// <returns>Where the content goes; null when the blob is there now.</returns>
    private async Task<Uri?> BeginAsync(RepositoryName there, Descriptor blob, RepositoryName? mountFrom, CancellationToken cancellation)
    {
        var mount = mountFrom is { } from ? $"?mount={Uri.EscapeDataString(blob.Digest.ToString())}&from={Uri.EscapeDataString(from.ToString())}" : "";
        using var response = await client.SendAsync(there, isPush: true, () => new HttpRequestMessage(HttpMethod.Post, client.AddressOf(there, $"blobs/uploads/{mount}")), cancellation);
        if (response.StatusCode == HttpStatusCode.Created) return null;
        if (!response.IsSuccessStatusCode) throw await client.RefusalAsync(response, cancellation);
        return LocationOf(response) ?? throw new ImageException($"{client.Name} does not say where {blob.Digest} should go");
    }

    /// <summary>What the registry has of it; a new upload when it has forgotten the one there was.</summary>
    private async Task<(Uri? Place, long From)> StatusAsync(RepositoryName there, Descriptor blob, Uri place, CancellationToken cancellation)
    {
        using var response = await client.SendAsync(there, isPush: true, () => new HttpRequestMessage(HttpMethod.Get, place), cancellation);
        if (!response.IsSuccessStatusCode) return (await BeginAsync(there, blob, null, cancellation), 0);
        // Range: 0-N, the last octet that is there; 0-0 is said of nothing, too, and one octet more costs nothing.
        var range = response.Headers.TryGetValues("Range", out var values) ? values.First().Split('-') : [];
        var has = range.Length == 2 && long.TryParse(range[1], NumberStyles.None, CultureInfo.InvariantCulture, out var last) && last > 0 ? last + 1 : 0;
        if (has <= blob.Size) return (LocationOf(response) ?? place, has);
        return (await BeginAsync(there, blob, null, cancellation), 0);
    }

    private static Uri? LocationOf(HttpResponseMessage response) =>
        response.Headers.Location is { } location ? new Uri(response.RequestMessage!.RequestUri!, location) : null;

    private static Uri With(Uri address, string query) => new(address + (address.Query.Length > 0 ? "&" : "?") + query);

    /// <summary>A part of a file as a request's body.</summary>
    private sealed class FileContent(Microsoft.Win32.SafeHandles.SafeFileHandle file, long from, long to, Action<long> onSent) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            var buffer = new byte[BufferSize];
            for (var at = from; at < to;)
            {
                var read = await RandomAccess.ReadAsync(file, buffer.AsMemory(0, (int)Math.Min(buffer.Length, to - at)), at, cancellationToken);
                if (read == 0) throw new IOException("the blob became shorter while it was sent");
                await stream.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                at += read;
                onSent(at);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = to - from;
            return true;
        }
    }
}
