using Sextant.Primitives;
using Sextant.Registry;

namespace Sextant.Images;

/// <summary>How taking images from an archive, a folder, or another registry ended.</summary>
public abstract record IntakeOutcome
{
    private IntakeOutcome() { }

    /// <summary>They are here.</summary>
    /// <param name="Images">Which, in the order of the source.</param>
    public sealed record Taken(IReadOnlyList<TakenImage> Images) : IntakeOutcome;

    /// <summary>They are not; what was here before is unharmed.</summary>
    /// <param name="Problem">What is wrong, where, and what to do.</param>
    public sealed record Refused(string Problem) : IntakeOutcome;
}

/// <summary>
/// Takes images out of archives: those of <c>docker save</c> and <c>podman save</c>, OCI archives and OCI layouts. All names are known before the first
/// manifest is stored, so that an archive that is wrong leaves no image behind; its blobs go with the next collection of garbage.
/// </summary>
/// <param name="store">The registry.</param>
/// <param name="progress">How far the reading is, in octets of the archive.</param>
public sealed class ImageLoader(RegistryStore store, IProgress<WorkProgress> progress)
{
    /// <summary>Loads the archive or the OCI layout at a path.</summary>
    /// <param name="path">A file or a folder.</param>
    /// <param name="name">What its one image is called; null for the names it has.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<IntakeOutcome> LoadAsync(string path, ImageReference? name, CancellationToken cancellation)
    {
        if (Directory.Exists(path)) return await GuardAsync(path, () => LoadFolderAsync(path, name, cancellation));
        if (!File.Exists(path)) return new IntakeOutcome.Refused($"{path}: there is no such file or folder");
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1, FileOptions.SequentialScan);
            return await LoadAsync(path, file, file.Length, name, cancellation);
        }
        catch (UnauthorizedAccessException refused)
        {
            return new IntakeOutcome.Refused($"{path}: {refused.Message}");
        }
    }

    /// <summary>Loads an archive that comes from somewhere, once.</summary>
    /// <param name="label">What people know it by.</param>
    /// <param name="archive">The octets; not disposed.</param>
    /// <param name="length">How many they are; null when nobody knows.</param>
    /// <param name="name">What its one image is called; null for the names it has.</param>
    /// <param name="cancellation">Ends it.</param>
    public Task<IntakeOutcome> LoadAsync(string label, Stream archive, long? length, ImageReference? name, CancellationToken cancellation) => GuardAsync(label, async () =>
    {
        var spool = await ArchiveSpool.ReadAsync(store, archive, read => progress.Report(new WorkProgress(label, read, length)), cancellation);
        var taken = spool.Document(ArchiveSpool.OciIndex) is { } index && spool.Document(ArchiveSpool.OciLayout) is not null
            ? await TakeLayoutAsync(index, new SpooledContent(store), name, cancellation)
            : spool.Document(ArchiveSpool.DockerManifest) is { } manifest
                ? await TakeDockerAsync(manifest, spool, name, cancellation)
                : throw new ImageException($"is no archive of images: it has neither {ArchiveSpool.DockerManifest} nor {ArchiveSpool.OciIndex} with {ArchiveSpool.OciLayout}");
        if (length is { } all) progress.Report(new WorkProgress(label, all, all));
        return taken;
    });

    private async Task<IReadOnlyList<TakenImage>> LoadFolderAsync(string folder, ImageReference? name, CancellationToken cancellation)
    {
        var index = Path.Combine(folder, ArchiveSpool.OciIndex);
        if (!File.Exists(index) || !File.Exists(Path.Combine(folder, ArchiveSpool.OciLayout)))
            throw new ImageException($"is no OCI layout: it has no {ArchiveSpool.OciIndex} with {ArchiveSpool.OciLayout}");
        var done = 0L;
        var content = new FolderContent(store, folder, read => progress.Report(new WorkProgress(folder, done = read, null)));
        var taken = await TakeLayoutAsync(await File.ReadAllBytesAsync(index, cancellation), content, name, cancellation);
        progress.Report(new WorkProgress(folder, done, done));
        return taken;
    }

    private async Task<IReadOnlyList<TakenImage>> TakeLayoutAsync(byte[] index, IImageContent content, ImageReference? name, CancellationToken cancellation)
    {
        var named = new List<(ImageReference, SourceManifest)>();
        foreach (var (image, reference) in LayoutIndex.Name(LayoutIndex.Read(index), name))
        {
            var manifest = await content.ReadManifestAsync(image.Digest, image.MediaType, cancellation) ?? throw new ImageException($"{image.Digest}, the manifest of {reference}, is missing");
            named.Add((reference, manifest));
        }
        return await TakeAsync(content, named, cancellation);
    }

    private async Task<IReadOnlyList<TakenImage>> TakeDockerAsync(byte[] contents, ArchiveSpool spool, ImageReference? name, CancellationToken cancellation)
    {
        var named = new List<(ImageReference, SourceManifest)>();
        foreach (var (image, reference) in DockerArchive.Name(DockerArchive.Read(contents), name))
            named.Add((reference, await DockerArchive.MakeManifestAsync(store, spool, image, cancellation)));
        return await TakeAsync(new SpooledContent(store), named, cancellation);
    }

    /// <summary>Takes them all, and only then lets their tags point at them.</summary>
    private async Task<IReadOnlyList<TakenImage>> TakeAsync(IImageContent content, IReadOnlyList<(ImageReference Reference, SourceManifest Manifest)> images, CancellationToken cancellation)
    {
        var taken = new List<TakenImage>();
        foreach (var (reference, manifest) in images) taken.Add(await Intake(content).TakeAsync(reference, manifest, cancellation));
        foreach (var (reference, manifest) in images) await Intake(content).TagAsync(reference, manifest, cancellation);
        return taken;
    }

    private ImageIntake Intake(IImageContent content) => new(store, content, PlatformChoice.All, mayLack: true, parallel: 1);

    private static async Task<IntakeOutcome> GuardAsync(string label, Func<Task<IReadOnlyList<TakenImage>>> take)
    {
        try
        {
            return new IntakeOutcome.Taken(await take());
        }
        catch (ImageException wrong)
        {
            return new IntakeOutcome.Refused($"{label}: {wrong.Message}");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return new IntakeOutcome.Refused($"{label}: {failure.Message}");
        }
    }
}
