using Sextant.Files;
using Sextant.Primitives;

namespace Sextant.Registry;

/// <summary>What a collection is to remove.</summary>
/// <param name="Grace">What is younger than this, or was promised to a pusher within it, stays whether anybody needs it or not: a push in progress needs it.</param>
/// <param name="Untagged">Also remove manifests that no tag leads to.</param>
/// <param name="DryRun">Only say what would be removed.</param>
public sealed record CollectionRequest(TimeSpan Grace, bool Untagged, bool DryRun)
{
    /// <summary>The grace unless said otherwise: longer than any push takes.</summary>
    public static readonly TimeSpan DefaultGrace = TimeSpan.FromHours(24);
}

/// <summary>How a collection ended.</summary>
public abstract record CollectionOutcome
{
    private CollectionOutcome() { }

    /// <summary>What was (or, in a dry run, would be) removed.</summary>
    /// <param name="Manifests">Untagged manifests, as <c>repository@digest</c>.</param>
    /// <param name="Blobs">Blobs nobody needs.</param>
    /// <param name="Octets">What the blobs took on the disk.</param>
    /// <param name="Uploads">Uploads and temporary files that nobody came back for.</param>
    public sealed record Collected(IReadOnlyList<string> Manifests, IReadOnlyList<Digest> Blobs, long Octets, int Uploads) : CollectionOutcome;

    /// <summary>Nothing was removed: what some manifests need cannot be known.</summary>
    /// <param name="Problems">Which and what to do, one line each.</param>
    public sealed record Refused(IReadOnlyList<string> Problems) : CollectionOutcome;
}

/// <summary>
/// Removes what no manifest needs. Safe while pushes run: content is linked under the lock that this holds alone, and what was uploaded, mounted or
/// promised (answered to HEAD) within the grace stays although no manifest needs it yet.
/// </summary>
public static class GarbageCollection
{
    /// <summary>Collects. Pushes wait for its end; reading goes on.</summary>
    /// <param name="store">The registry.</param>
    /// <param name="request">What to remove.</param>
    /// <param name="now">The time.</param>
    /// <param name="cancellation">Ends the wait for the lock, or the work: what is removed by then is removed.</param>
    /// <exception cref="IOException">The disk fails.</exception>
    public static async Task<CollectionOutcome> RunAsync(RegistryStore store, CollectionRequest request, DateTimeOffset now, CancellationToken cancellation)
    {
        using var alone = await FileLock.OwnAsync(store.Paths.Lock, cancellation);
        var problems = new List<string>();
        var repositories = new List<Marked>();
        foreach (var name in store.Repositories()) repositories.Add(await MarkAsync(store, name, request, now, problems, cancellation));
        if (problems.Count > 0) return new CollectionOutcome.Refused(problems);

        var manifests = new List<string>();
        foreach (var repository in repositories)
            foreach (var unreached in repository.Unreached)
            {
                manifests.Add($"{repository.Name}@{unreached}");
                if (!request.DryRun) await store.DeleteManifestAsync(repository.Name, unreached, cancellation);
            }
        // What an interrupted push or removal left: nothing reads it, as the manifest is not there.
        if (!request.DryRun)
            foreach (var repository in repositories)
                foreach (var (digest, path) in store.Paths.AllReferrers(repository.Name))
                    if (!store.HasManifest(repository.Name, digest)) File.Delete(path);
        var needed = repositories.SelectMany(repository => repository.Needed).ToHashSet();
        foreach (var repository in repositories)
            foreach (var (digest, link) in RegistryPaths.DigestsIn(store.Paths.BlobLinks(repository.Name)))
            {
                if (repository.Needed.Contains(digest)) continue;
                if (IsYoung(link)) needed.Add(digest);
                else if (!request.DryRun) File.Delete(link);
            }
        var blobs = new List<Digest>();
        long octets = 0;
        foreach (var (digest, path) in store.Paths.AllBlobs())
        {
            cancellation.ThrowIfCancellationRequested();
            if (needed.Contains(digest) || IsYoung(path)) continue;
            blobs.Add(digest);
            octets += new FileInfo(path).Length;
            if (!request.DryRun) File.Delete(path);
        }
        return new CollectionOutcome.Collected(manifests, blobs, octets, RemoveLeftovers());

        bool IsYoung(string path) => File.GetLastWriteTimeUtc(path) > now.UtcDateTime - request.Grace;

        int RemoveLeftovers()
        {
            var leftovers = 0;
            foreach (var upload in RegistryPaths.Files(store.Paths.Uploads))
            {
                if (upload.EndsWith(RegistryStore.UploadLockSuffix, StringComparison.Ordinal) ? File.Exists(upload[..^RegistryStore.UploadLockSuffix.Length]) : IsYoung(upload)) continue;
                var lockPath = upload.EndsWith(RegistryStore.UploadLockSuffix, StringComparison.Ordinal) ? upload : upload + RegistryStore.UploadLockSuffix;
                using var held = FileLock.TryOwn(lockPath);
                if (held is null) continue;
                if (upload != lockPath) leftovers++;
                if (request.DryRun) continue;
                File.Delete(upload);
                File.Delete(lockPath);
            }
            foreach (var root in (string[])[store.Paths.Blobs, store.Paths.Repositories])
                foreach (var temporary in Directory.EnumerateFiles(root, ".*", SearchOption.AllDirectories))
                {
                    if (IsYoung(temporary)) continue;
                    leftovers++;
                    if (!request.DryRun) File.Delete(temporary);
                }
            return leftovers;
        }
    }

    /// <summary>
    /// What a repository's manifests need, and which manifests nothing leads to. A tag leads to its manifest, an index to those it lists, a manifest to
    /// those about it; a young manifest leads to itself.
    /// </summary>
    private static async Task<Marked> MarkAsync(
        RegistryStore store, RepositoryName name, CollectionRequest request, DateTimeOffset now, List<string> problems, CancellationToken cancellation)
    {
        var documents = new Dictionary<Digest, ManifestDocument>();
        var roots = store.Tags(name).Select(tag => store.FindTag(name, tag)).OfType<Digest>().ToHashSet();
        foreach (var (digest, link) in RegistryPaths.DigestsIn(store.Paths.ManifestLinks(name)))
        {
            if (!request.Untagged || File.GetLastWriteTimeUtc(link) > now.UtcDateTime - request.Grace) roots.Add(digest);
            if (await store.FindManifestAsync(name, new ManifestReference.ByDigest(digest), cancellation) is { } manifest
                && ManifestDocument.TryParse(manifest.Content, manifest.MediaType, out var document, out _)) documents[digest] = document;
            else problems.Add($"{name}@{digest} is damaged, so what it needs is unknown: push or load the image again, or remove it with 'sextant images remove {name}@{digest}'");
        }
        // Otherwise the image of a damaged tag would go as one that no tag leads to.
        if (request.Untagged)
            problems.AddRange(store.Tags(name).Where(tag => !store.LeadsSomewhere(name, tag)).Select(tag =>
                $"{name}:{tag} points at no manifest, so which images it protects is unknown: push or load the image again, or remove the tag with 'sextant images remove {name}:{tag}'"));
        var reached = new HashSet<Digest>();
        var open = new Stack<Digest>(roots);
        while (open.TryPop(out var digest))
        {
            if (!documents.TryGetValue(digest, out var document) || !reached.Add(digest)) continue;
            foreach (var child in document.Manifests) open.Push(child.Digest);
            foreach (var (about, _) in documents.Where(other => other.Value.Subject?.Digest == digest)) open.Push(about);
        }
        var needed = reached.Concat(reached.SelectMany(digest => documents[digest].Blobs.Select(blob => blob.Digest))).ToHashSet();
        return new Marked(name, needed, [.. documents.Keys.Where(digest => !reached.Contains(digest)).Order()]);
    }

    private sealed record Marked(RepositoryName Name, HashSet<Digest> Needed, IReadOnlyList<Digest> Unreached);
}
