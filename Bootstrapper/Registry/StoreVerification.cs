using Sextant.Primitives;

namespace Sextant.Registry;

/// <summary>Something in the registry's folder that is not as it should be.</summary>
/// <param name="Where">The blob, manifest or tag: a digest, <c>repository@digest</c> or <c>repository:tag</c>.</param>
/// <param name="Problem">What is wrong and what to do.</param>
public sealed record StoreProblem(string Where, string Problem)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Where}: {Problem}";
}

/// <summary>
/// Reads everything again: each blob against its digest, each manifest against the blobs it needs and the lists it belongs in, each tag against its manifest.
/// </summary>
public static class StoreVerification
{
    /// <summary>Verifies a registry's folder while it is in use.</summary>
    /// <returns>Every problem; none when all is well.</returns>
    public static async Task<IReadOnlyList<StoreProblem>> RunAsync(RegistryStore store, IProgress<WorkProgress> progress, CancellationToken cancellation)
    {
        var problems = new List<StoreProblem>();
        var damaged = new HashSet<Digest>();
        var blobs = store.Paths.AllBlobs().Select(blob => (blob.Digest, blob.Path, new FileInfo(blob.Path).Length)).ToArray();
        var total = blobs.Sum(blob => blob.Length);
        long done = 0;
        foreach (var (digest, path, length) in blobs)
        {
            progress.Report(new WorkProgress("images", done, total));
            if (await store.Verified.CheckAsync(path, digest, cancellation) is false)
            {
                damaged.Add(digest);
                problems.Add(new StoreProblem(digest.ToString(), $"is damaged and not served; push or load an image that has it again: {path}"));
            }
            done += length;
        }
        foreach (var repository in store.Repositories())
        {
            foreach (var digest in store.Manifests(repository).Where(digest => !damaged.Contains(digest)))
            {
                var manifest = await store.FindManifestAsync(repository, new ManifestReference.ByDigest(digest), cancellation);
                if (manifest is null || !ManifestDocument.TryParse(manifest.Content, manifest.MediaType, out var document, out _))
                {
                    problems.Add(new StoreProblem($"{repository}@{digest}", $"has no readable manifest; push or load it again, or remove it: {store.Paths.ManifestLink(repository, digest)}"));
                    continue;
                }
                problems.AddRange(document.Blobs.Where(blob => !blob.IsElsewhere && !store.HasBlob(repository, blob.Digest))
                    .Select(blob => new StoreProblem($"{repository}@{digest}", $"needs {blob.Digest}, which is not there; push or load the image again")));
                if (document.Subject is { } subject && !File.Exists(store.Paths.Referrer(repository, subject.Digest, digest)))
                    problems.Add(new StoreProblem($"{repository}@{digest}", $"is missing among the referrers of {subject.Digest}; push or load it again"));
            }
            foreach (var tag in store.Tags(repository))
                if (!store.LeadsSomewhere(repository, tag))
                    problems.Add(new StoreProblem($"{repository}:{tag}", $"points at no manifest; push or load the image again, or remove the tag: {store.Paths.Tag(repository, tag)}"));
        }
        progress.Report(new WorkProgress("images", total, total));
        return problems;
    }
}
