using System.Net;
using System.Net.Http.Headers;
using Sextant.Files;
using Sextant.Primitives;
using Sextant.Registry;

namespace Sextant.Images;

/// <summary>The parts of an image in another registry. What is here already is not fetched; what broke off goes on where it broke off.</summary>
/// <param name="store">The registry here.</param>
/// <param name="client">The other registry.</param>
/// <param name="name">The repository there.</param>
/// <param name="progress">How far each blob is, in octets.</param>
internal sealed class UpstreamContent(RegistryStore store, RegistryClient client, RepositoryName name, IProgress<WorkProgress> progress) : IImageContent
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private static readonly string[] Manifests = [MediaTypes.OciIndex, MediaTypes.DockerManifestList, MediaTypes.OciManifest, MediaTypes.DockerManifest];

    /// <inheritdoc/>
    public async Task<SourceManifest?> ReadManifestAsync(Digest digest, string? mediaType, CancellationToken cancellation) =>
        await StoredContent.ReadAsync(store, digest, ManifestDocument.MaximumLength, cancellation) is { } here
            ? new SourceManifest(digest, mediaType, here)
            : await FetchManifestAsync(new ManifestReference.ByDigest(digest), cancellation);

    /// <summary>A manifest as the other registry has it now.</summary>
    /// <returns>Null when it has none of that reference.</returns>
    /// <exception cref="ImageException">It fails, or gives something else than its digest says.</exception>
    public async Task<SourceManifest?> FetchManifestAsync(ManifestReference reference, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            using var response = await client.SendAsync(name, isPush: false, () =>
            {
                var request = new HttpRequestMessage(HttpMethod.Get, client.AddressOf(name, $"manifests/{reference}"));
                foreach (var type in Manifests) request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(type));
                return request;
            }, cancellation);
            if (response.StatusCode == HttpStatusCode.NotFound) return null;
            if (!response.IsSuccessStatusCode) throw await client.RefusalAsync(response, cancellation);
            try
            {
                return Checked(reference, response, await BodyAsync(response, cancellation));
            }
            catch (BrokenTransferException broken)
            {
                if (attempt == client.Retry.Attempts) throw new ImageException($"{client.Name}: the manifest {reference} breaks off again and again: {broken.Message}", broken);
                await Task.Delay(client.Retry.After(attempt, null, 0.5), cancellation);
            }
        }
    }

    /// <inheritdoc/>
    public async Task<bool> GiveBlobAsync(RepositoryName to, Descriptor blob, CancellationToken cancellation)
    {
        if (await store.MountBlobAsync(to, blob.Digest, from: null, cancellation)) return true;
        BlobUpload? upload;
        while ((upload = store.BeginUpload(to, blob.Digest)) is null)
        {
            // Somebody else fetches the same blob; it may be ours then, or theirs to leave.
            await Task.Delay(Pause, cancellation);
            if (await store.MountBlobAsync(to, blob.Digest, from: null, cancellation)) return true;
        }
        using (upload)
        {
            upload.Expect(blob.Digest.Algorithm);
            if (upload.Length > blob.Size) upload.Truncate(0);
            var wasResumed = upload.Length > 0;
            if (!await FillAsync(upload, blob, cancellation)) return false;
            if (await upload.CommitAsync(blob.Digest, cancellation) is UploadEnd.Stored) return true;
            if (!wasResumed) throw Wrong(blob);
        }
        // What an earlier run had left may have been damaged: once more, from the beginning.
        using var anew = store.BeginUpload(to, blob.Digest) ?? store.BeginUpload(to);
        anew.Truncate(0);
        anew.Expect(blob.Digest.Algorithm);
        if (!await FillAsync(anew, blob, cancellation)) return false;
        return await anew.CommitAsync(blob.Digest, cancellation) is UploadEnd.Stored ? true : throw Wrong(blob);
    }

    /// <summary>Fetches what is not here of a blob, until it is whole; attempts count only as long as none of them brings anything.</summary>
    private async Task<bool> FillAsync(BlobUpload upload, Descriptor blob, CancellationToken cancellation)
    {
        if (blob.Size - upload.Length > DiskRoom.Free(store.Folder)) throw new ImageException(DiskRoom.Full(store.Folder, $"{blob.Digest}", blob.Size - upload.Length));
        var item = $"{name} {blob.Digest.Hex[..12]}";
        for (var fruitless = 0; upload.Length < blob.Size || blob.Size == 0;)
        {
            var before = upload.Length;
            string why;
            try
            {
                if (await FetchAsync(upload, blob, item, cancellation) is not { } broken) return false;
                if (upload.Length == blob.Size) break;
                why = broken;
            }
            catch (IOException full) when (Durable.IsDiskFull(full))
            {
                var lacking = new ImageException(DiskRoom.Full(store.Folder, $"{blob.Digest}", blob.Size - upload.Length), full);
                upload.Cancel();
                throw lacking;
            }
            fruitless = upload.Length > before ? 0 : fruitless + 1;
            if (fruitless == client.Retry.Attempts) throw new ImageException($"{client.Name}: {blob.Digest} breaks off after {upload.Length} of {blob.Size} octets again and again: {why}");
            await Task.Delay(client.Retry.After(fruitless + 1, null, Random.Shared.NextDouble()), cancellation);
        }
        progress.Report(new WorkProgress(item, blob.Size, blob.Size));
        return true;
    }

    /// <summary>One request for the rest of a blob.</summary>
    /// <returns>Null when the registry does not have it; else why it ended.</returns>
    private async Task<string?> FetchAsync(BlobUpload upload, Descriptor blob, string item, CancellationToken cancellation)
    {
        var from = upload.Length;
        using var response = await client.SendAsync(name, isPush: false, () =>
        {
            var request = new HttpRequestMessage(HttpMethod.Get, client.AddressOf(name, $"blobs/{blob.Digest}"));
            if (from > 0) request.Headers.Range = new RangeHeaderValue(from, null);
            return request;
        }, cancellation);
        if (response.StatusCode == HttpStatusCode.NotFound) return null;
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable && from > 0)
        {
            upload.Truncate(0);
            return "the registry has less of it than is here";
        }
        if (!response.IsSuccessStatusCode) throw await client.RefusalAsync(response, cancellation);
        // Who does not know ranges sends everything; who sends another part than was asked for is not believed.
        if (response.StatusCode != HttpStatusCode.PartialContent) upload.Truncate(0);
        else if (response.Content.Headers.ContentRange?.From != from)
        {
            upload.Truncate(0);
            return $"the registry sends from {response.Content.Headers.ContentRange?.From} when it is asked from {from}";
        }
        var done = upload.Length;
        using var body = await response.Content.ReadAsStreamAsync(cancellation);
        var patient = new PatientStream(body, client.IdleTimeout, read => progress.Report(new WorkProgress(item, Math.Min(done += read, blob.Size), blob.Size)));
        try
        {
            // One octet more than announced, so that a longer body is noticed.
            await upload.AppendAsync(patient, blob.Size - upload.Length + 1, cancellation);
        }
        catch (BrokenTransferException broken)
        {
            return broken.Message;
        }
        if (upload.Length > blob.Size)
        {
            upload.Cancel();
            throw new ImageException($"{client.Name}: {blob.Digest} is longer than the {blob.Size} octets its manifest says");
        }
        return "the registry ended it";
    }

    private async Task<byte[]> BodyAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        using var body = new PatientStream(await response.Content.ReadAsStreamAsync(cancellation), client.IdleTimeout, _ => { });
        using var content = new MemoryStream();
        var buffer = new byte[64 * 1024];
        while (await body.ReadAsync(buffer, cancellation) is > 0 and var read)
        {
            content.Write(buffer, 0, read);
            if (content.Length > ManifestDocument.MaximumLength) throw new ImageException($"{client.Name} sends a manifest of more than {ManifestDocument.MaximumLength} octets");
        }
        if (response.Content.Headers.ContentLength is { } announced && announced != content.Length) throw new BrokenTransferException("it is shorter than announced", null);
        return content.ToArray();
    }

    private SourceManifest Checked(ManifestReference reference, HttpResponseMessage response, byte[] content)
    {
        var expected = reference is ManifestReference.ByDigest(var named) ? named
            : response.Headers.TryGetValues("Docker-Content-Digest", out var values) && Digest.TryParse(values.First(), out var told) ? told
            : Digest.Sha256Of(content);
        if (Digest.Of(expected.Algorithm, content) != expected)
            throw new ImageException($"{client.Name} sends for {name}, manifest {reference}, another content than the digest {expected} says; do not trust it");
        return new SourceManifest(expected, response.Content.Headers.ContentType?.MediaType is { } type && type.Contains("json", StringComparison.Ordinal) && type != "application/json" ? type : null, content);
    }

    private ImageException Wrong(Descriptor blob) => new($"{client.Name} sends for {name} another content than the digest {blob.Digest} says; do not trust it");
}
