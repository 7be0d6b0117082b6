using System.Collections.Concurrent;
using Sextant.Primitives;
using Sextant.Registry;

namespace Sextant.Images;

/// <summary>Takes images from other registries. Safe for use by several threads.</summary>
/// <param name="store">The registry here.</param>
/// <param name="access">How the others are reached.</param>
/// <param name="parallel">How many blobs of an image are fetched at a time.</param>
/// <param name="progress">How far each blob is, in octets.</param>
public sealed class ImagePuller(RegistryStore store, RegistryAccess access, int parallel, IProgress<WorkProgress> progress) : IDisposable
{
    /// <summary>How many blobs at a time unless said otherwise.</summary>
    public const int DefaultParallel = 4;

    private readonly ConcurrentDictionary<string, Lazy<RegistryClient>> clients = new(StringComparer.Ordinal);

    /// <summary>Takes an image: all of it that the wanted platforms need. An index is kept as it is, with the digest it has there.</summary>
    /// <param name="reference">The image; with a digest, that one is taken, wherever the tag points now.</param>
    /// <param name="platforms">Which platforms are wanted.</param>
    /// <param name="cancellation">Ends it; what is complete stays, and the rest goes on from where it is.</param>
    public async Task<IntakeOutcome> PullAsync(ImageReference reference, PlatformChoice platforms, CancellationToken cancellation)
    {
        var outcome = await TryAsync(reference, platforms, cancellation);
        // A short name may be that of an image which the other bootstrapper has under just this name.
        if (outcome is null && access.Peer is not null)
            foreach (var own in reference.Own)
                if (await TryAsync(own, platforms, cancellation) is { } found) return found;
        return outcome ?? new IntakeOutcome.Refused($"{reference}: {ClientOf(reference.Host).Name} does not have it");
    }

    /// <summary>Every image with a tag that the other bootstrapper has.</summary>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="ImageException">It cannot be asked, or does not say.</exception>
    public Task<IReadOnlyList<ImageReference>> ListAsync(CancellationToken cancellation) => new PeerCatalog(ClientOf("")).ReadAsync(cancellation);

    /// <summary>The same; null when the registry does not have it.</summary>
    private async Task<IntakeOutcome?> TryAsync(ImageReference reference, PlatformChoice platforms, CancellationToken cancellation)
    {
        try
        {
            var content = new UpstreamContent(store, ClientOf(reference.Host), access.Peer is null ? reference.Name : reference.Here, progress);
            var manifest = reference.Digest is { } digest ? await content.ReadManifestAsync(digest, null, cancellation) : await content.FetchManifestAsync(reference.Asked, cancellation);
            if (manifest is null) return null;
            // Another bootstrapper has those images of an index that its machines need.
            var intake = new ImageIntake(store, content, platforms, mayLack: access.Peer is not null, parallel);
            var taken = await intake.TakeAsync(reference, manifest, cancellation);
            await intake.TagAsync(reference, manifest, cancellation);
            return new IntakeOutcome.Taken([taken]);
        }
        catch (ImageException wrong)
        {
            return new IntakeOutcome.Refused($"{reference}: {wrong.Message}");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or HttpRequestException)
        {
            return new IntakeOutcome.Refused($"{reference}: {failure.Message}");
        }
    }

    private RegistryClient ClientOf(string host) =>
        clients.GetOrAdd(access.Peer is null ? host : "", _ => new Lazy<RegistryClient>(() => new RegistryClient(access.EndpointOf(host), access))).Value;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var client in clients.Values)
            if (client.IsValueCreated) client.Value.Dispose();
    }
}
