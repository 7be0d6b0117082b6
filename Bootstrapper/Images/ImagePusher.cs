using System.Net;
using System.Net.Http.Headers;
using Sextant.Primitives;
using Sextant.Registry;

namespace Sextant.Images;

/// <summary>An image that another registry has now.</summary>
/// <param name="Name">Its name there.</param>
/// <param name="Digest">The digest it has there.</param>
/// <param name="Size">What it is in octets: what was sent and what was there already.</param>
/// <param name="Note">What is different there from here, for people; null when nothing is.</param>
public sealed record PushedImage(string Name, Digest Digest, long Size, string? Note);

/// <summary>How a push ended.</summary>
public abstract record PushOutcome
{
    private PushOutcome() { }

    /// <summary>The image is there.</summary>
    public sealed record Pushed(PushedImage Image) : PushOutcome;

    /// <summary>It is not.</summary>
    /// <param name="Problem">Why, and what to do.</param>
    public sealed record Refused(string Problem) : PushOutcome;
}

/// <summary>
/// Gives images from here to another registry. What is there already is not sent. Of an index, the images that are here go along; a registry that insists
/// on all of them gets the one image there is under the tag instead, and the outcome says so.
/// </summary>
/// <param name="store">The registry here.</param>
/// <param name="host">The other registry, <c>host[:port]</c>.</param>
/// <param name="prefix">What names there begin with, without slashes at the ends; empty for nothing.</param>
/// <param name="keepHost">Whether the name there has the host of the name here: <c>HOST/registry.k8s.io/pause</c> instead of <c>HOST/pause</c>.</param>
/// <param name="access">How the other one is reached.</param>
/// <param name="progress">How far each blob is, in octets.</param>
public sealed class ImagePusher(RegistryStore store, string host, string prefix, bool keepHost, RegistryAccess access, IProgress<WorkProgress> progress) : IDisposable
{
    private readonly RegistryClient client = new(access.EndpointOf(host), access);
    private readonly Dictionary<Digest, RepositoryName> sent = [];

    /// <summary>The name an image gets there.</summary>
    /// <param name="here">Its repository here.</param>
    /// <exception cref="ImageException">It has no name there.</exception>
    public RepositoryName NameOf(RepositoryName here)
    {
        var own = ImageReference.OfStored(here, TagName.Parse("any"), null) is { } reference && !keepHost ? reference.Name.ToString() : here.ToString();
        var text = prefix.Length == 0 ? own : $"{prefix}/{own}";
        return RepositoryName.TryParse(text, out var name) ? name : throw new ImageException($"'{text}' is no repository's name; choose another prefix");
    }

    /// <summary>Pushes one image.</summary>
    /// <param name="here">Its repository here.</param>
    /// <param name="tag">The tag it gets; null for one that only its digest leads to.</param>
    /// <param name="digest">Its manifest.</param>
    /// <param name="cancellation">Ends it; what is complete there stays there.</param>
    public async Task<PushOutcome> PushAsync(RepositoryName here, TagName? tag, Digest digest, CancellationToken cancellation)
    {
        var label = $"{here}{(tag is { } named ? $":{named}" : $"@{digest}")}";
        try
        {
            var there = NameOf(here);
            var sizes = new Dictionary<Digest, long>();
            var (document, manifest) = await ReadAsync(here, digest, cancellation) ?? throw new ImageException($"{digest} is not here, or damaged; see 'sextant images verify'");
            var reference = tag?.ToString() ?? digest.ToString();
            var (final, note) = MediaTypes.IsIndex(document.MediaType)
                ? await PushIndexAsync(here, there, reference, document, manifest, sizes, cancellation)
                : (await PushImageAsync(here, there, reference, document, manifest, sizes, cancellation), null);
            return new PushOutcome.Pushed(new PushedImage($"{host}/{there}{(tag is { } shown ? $":{shown}" : $"@{final}")}", final, sizes.Values.Sum(), note));
        }
        catch (ImageException wrong)
        {
            return new PushOutcome.Refused($"{label}: {wrong.Message}");
        }
        catch (Exception failure) when (failure is IOException or HttpRequestException)
        {
            return new PushOutcome.Refused($"{label}: {failure.Message}");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    private async Task<(Digest Digest, string? Note)> PushIndexAsync(
        RepositoryName here, RepositoryName there, string reference, ManifestDocument index, StoredManifest manifest, Dictionary<Digest, long> sizes, CancellationToken cancellation)
    {
        var present = new List<(Descriptor Descriptor, ManifestDocument Document, StoredManifest Manifest)>();
        foreach (var child in index.Manifests)
            if (await ReadAsync(here, child.Digest, cancellation) is var (document, stored) && !MediaTypes.IsIndex(document.MediaType)) present.Add((child, document, stored));
        foreach (var (descriptor, document, stored) in present) await PushImageAsync(here, there, descriptor.Digest.ToString(), document, stored, sizes, cancellation);
        var absent = index.Manifests.Where(child => present.All(one => one.Descriptor.Digest != child.Digest)).Select(child => child.Platform?.ToString() ?? child.Digest.ToString()).Distinct().ToArray();
        sizes[manifest.Digest] = manifest.Content.Length;
        if (await TryPutManifestAsync(there, reference, manifest, cancellation) is not { } refusal)
            return (manifest.Digest, absent.Length == 0 ? null : $"not pullable there, because not here: {string.Join(", ", absent)}");
        if (absent.Length == 0) throw refusal;
        var images = present.Where(one => one.Descriptor.Platform is { Architecture: not ImageIntake.UnknownArchitecture }).ToArray();
        if (images.Length != 1) throw new ImageException($"{refusal.Message}; {string.Join(", ", absent)} are not here: pull the image with --platform all");
        var only = images[0];
        if (await TryPutManifestAsync(there, reference, only.Manifest, cancellation) is { } again) throw again;
        sizes.Remove(manifest.Digest);
        return (only.Manifest.Digest,
            $"that registry takes no index of which images are missing; the tag is the image for {only.Descriptor.Platform} there, so its digest is not {manifest.Digest}");
    }

    private async Task<Digest> PushImageAsync(
        RepositoryName here, RepositoryName there, string reference, ManifestDocument document, StoredManifest manifest, Dictionary<Digest, long> sizes, CancellationToken cancellation)
    {
        foreach (var blob in document.Blobs.Where(blob => !blob.IsElsewhere).DistinctBy(blob => blob.Digest))
        {
            await PushBlobAsync(here, there, blob, cancellation);
            sizes[blob.Digest] = blob.Size;
        }
        if (await TryPutManifestAsync(there, reference, manifest, cancellation) is { } refusal) throw refusal;
        sizes[manifest.Digest] = manifest.Content.Length;
        return manifest.Digest;
    }

    /// <returns>Null when the registry took it, else what it said.</returns>
    private async Task<ImageException?> TryPutManifestAsync(RepositoryName there, string reference, StoredManifest manifest, CancellationToken cancellation)
    {
        using var response = await client.SendAsync(there, isPush: true, () =>
        {
            var request = new HttpRequestMessage(HttpMethod.Put, client.AddressOf(there, $"manifests/{reference}")) { Content = new ReadOnlyMemoryContent(manifest.Content) };
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(manifest.MediaType);
            return request;
        }, cancellation);
        return response.IsSuccessStatusCode ? null : await client.RefusalAsync(response, cancellation);
    }

    private async Task PushBlobAsync(RepositoryName here, RepositoryName there, Descriptor blob, CancellationToken cancellation)
    {
        if (sent.TryGetValue(blob.Digest, out var before) && before == there) return;
        using (var head = await client.SendAsync(there, isPush: true, () => new HttpRequestMessage(HttpMethod.Head, client.AddressOf(there, $"blobs/{blob.Digest}")), cancellation))
        {
            if (!head.IsSuccessStatusCode && head.StatusCode != HttpStatusCode.NotFound) throw await client.RefusalAsync(head, cancellation);
            if (!head.IsSuccessStatusCode) await new BlobPush(store, client, progress).RunAsync(here, there, blob, sent.TryGetValue(blob.Digest, out var other) ? other : null, cancellation);
        }
        sent[blob.Digest] = there;
    }

    private async Task<(ManifestDocument Document, StoredManifest Manifest)?> ReadAsync(RepositoryName here, Digest digest, CancellationToken cancellation) =>
        await store.FindManifestAsync(here, new ManifestReference.ByDigest(digest), cancellation) is { } manifest
        && ManifestDocument.TryParse(manifest.Content, manifest.MediaType, out var document, out _) ? (document, manifest) : null;
}
