using System.Collections.Concurrent;
using Sextant.Primitives;
using Sextant.Registry;

namespace Sextant.Images;

/// <summary>
/// Fetches an image that a machine asks for and the registry lacks from where its name says, for a site that has a way out. Only images that the cluster
/// needs, each once at a time however many machines ask, and after a failure not again for a while, so that machines fall back quickly.
/// </summary>
public sealed partial class PulledImages : IMissingImages, IDisposable
{
    /// <summary>Short patience: a machine waits for the answer.</summary>
    public static readonly RegistryAccess DefaultAccess = new()
    {
        ConnectTimeout = TimeSpan.FromSeconds(3),
        Retry = new RetryPolicy(2, TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(2)) { Within = TimeSpan.FromSeconds(2.5) },
    };

    /// <summary>How long a failure is remembered.</summary>
    public static readonly TimeSpan Forgetting = TimeSpan.FromSeconds(60);

    private readonly Func<IReadOnlyList<ImageReference>> allowed;
    private readonly TimeProvider time;
    private readonly ILogger<PulledImages> log;
    private readonly ImagePuller puller;
    private readonly CancellationTokenSource life = new();
    private readonly ConcurrentDictionary<string, Lazy<Task<bool>>> running = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, DateTimeOffset> failed = new(StringComparer.Ordinal);

    /// <summary>For a registry.</summary>
    /// <param name="store">Where the images go.</param>
    /// <param name="allowed">The images that may be fetched now; none when the site does not want it.</param>
    /// <param name="access">How other registries are reached.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">What was fetched and what could not be.</param>
    public PulledImages(RegistryStore store, Func<IReadOnlyList<ImageReference>> allowed, RegistryAccess access, TimeProvider time, ILogger<PulledImages> log)
    {
        (this.allowed, this.time, this.log) = (allowed, time, log);
        puller = new ImagePuller(store, access, ImagePuller.DefaultParallel, new Unwatched());
    }

    /// <inheritdoc/>
    /// <remarks>A machine that leaves does not end the fetching: the next one asks for the same.</remarks>
    public async Task<bool> TryFetchAsync(RepositoryName repository, ManifestReference reference, CancellationToken cancellation)
    {
        if (allowed().FirstOrDefault(image => IsThat(image, repository, reference)) is not { } image) return false;
        var key = image.ToString();
        if (failed.TryGetValue(key, out var since) && time.GetUtcNow() - since < Forgetting) return false;
        var fetch = running.GetOrAdd(key, _ => new Lazy<Task<bool>>(() => Task.Run(() => FetchAsync(image, key), CancellationToken.None)));
        return await fetch.Value.WaitAsync(cancellation);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        life.Cancel();
        puller.Dispose();
        life.Dispose();
    }

    private static bool IsThat(ImageReference image, RepositoryName repository, ManifestReference reference) => image.Here == repository && reference switch
    {
        ManifestReference.ByTag(var tag) => image.Tag == tag,
        ManifestReference.ByDigest(var digest) => image.Digest == digest,
        _ => throw new InvalidOperationException($"no such reference: {reference}"),
    };

    private async Task<bool> FetchAsync(ImageReference image, string key)
    {
        try
        {
            switch (await puller.PullAsync(image, PlatformChoice.Default, life.Token))
            {
                case IntakeOutcome.Taken(var images):
                    failed.TryRemove(key, out _);
                    LogFetched(key, images[0].Digest.ToString(), images[0].Size);
                    return true;
                case IntakeOutcome.Refused(var problem):
                    failed[key] = time.GetUtcNow();
                    LogNotFetched(key, problem);
                    return false;
                case var other:
                    throw new InvalidOperationException($"no such end of an intake: {other}");
            }
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        finally
        {
            running.TryRemove(key, out _);
        }
    }

    private sealed class Unwatched : IProgress<WorkProgress>
    {
        public void Report(WorkProgress value) { }
    }

    [LoggerMessage(1950, LogLevel.Information, "fetched {Image}, {Digest}, {Octets} octets, because a machine asked for it")]
    private partial void LogFetched(string image, string digest, long octets);

    [LoggerMessage(1951, LogLevel.Warning, "a machine asked for {Image}, which is not here and cannot be fetched: {Problem}")]
    private partial void LogNotFetched(string image, string problem);
}
