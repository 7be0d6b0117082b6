using System.ComponentModel;
using System.Text.RegularExpressions;
using Sextant.Assets;
using Sextant.Files;
using Sextant.Images;
using Sextant.Primitives;
using Sextant.Registry;

namespace Sextant.Builds;

/// <summary>
/// Takes programs that somebody built into a site: files and archives into the asset folder, images of one layer into the registry, and what they are
/// into <see cref="LocalManifest"/>, by which plans name them and nobody fetches them from elsewhere. Images come first and the manifest before the
/// files; whatever is interrupted is put right by doing the same again.
/// </summary>
public sealed partial class LocalBuild
{
    /// <summary>How long a program may take to say its version: a hundred megabytes from a slow disk on a busy machine.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly BuildRequest request;
    private readonly BuildSet set;
    private readonly string folder;
    private readonly IProgress<WorkProgress> progress;
    private readonly CancellationToken cancellation;

    private LocalBuild(BuildRequest request, BuildSet set, IProgress<WorkProgress> progress, CancellationToken cancellation)
    {
        (this.request, this.set, this.progress, this.cancellation) = (request, set, progress, cancellation);
        folder = Path.GetFullPath(request.Folder);
    }

    /// <summary>The names of the sets.</summary>
    public static IReadOnlyList<string> Sets => [.. BuildSets.All.Select(set => set.Name)];

    /// <summary>Takes one in.</summary>
    /// <param name="request">What.</param>
    /// <param name="progress">Told octets of each file and image.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="IOException">The disk fails.</exception>
    public static async Task<AddOutcome> RunAsync(BuildRequest request, IProgress<WorkProgress> progress, CancellationToken cancellation)
    {
        if (BuildSets.Find(request.Set) is not { } set) return new AddOutcome.Refused([$"there is no set '{request.Set}'; there are {string.Join(", ", Sets)}"]);
        return await new LocalBuild(request, set, progress, cancellation).RunAsync();
    }

    private string PathOf(string program) => Path.Combine(folder, program);

    private bool IsThere(string program) => File.Exists(PathOf(program));

    private async Task<AddOutcome> RunAsync()
    {
        if (!Directory.Exists(folder)) return new AddOutcome.Refused([$"{folder}: there is no such folder"]);
        var missing = set.Members.Where(member => !member.IsOptional).SelectMany(member => member.Programs).Distinct().Where(program => !IsThere(program)).ToArray();
        if (missing.Length > 0) return new AddOutcome.Refused([.. missing.Select(program => $"{PathOf(program)} is missing; {set.Name} needs it")]);
        var manifest = AssetManifest.Parse(AssetManifest.TextOf(request.AssetFolder));
        var local = LocalManifest.Load(request.AssetFolder);
        if (manifest.Problems.Concat(local.Content.Problems).ToArray() is { Length: > 0 } wrong) return new AddOutcome.Refused([.. wrong.Select(problem => problem.ToString())]);

        var said = await SaidVersionAsync();
        var (plan, problems) = BuildPlan.Of(set, IsThere, manifest, said, request.Version?.TrimStart('v'));
        if (plan is null) return new AddOutcome.Refused(problems);
        var used = plan.Files.SelectMany(file => file.Programs).Concat(plan.Images.SelectMany(image => image.Companions.Prepend(image.Program))).Distinct().ToArray();
        var kinds = used.ToDictionary(program => program, program => ElfProgram.Read(PathOf(program)), StringComparer.Ordinal);
        var foreign = kinds.Where(one => one.Value is null).Select(one => $"{PathOf(one.Key)} is no program for linux/amd64").ToArray();
        if (foreign.Length > 0) return new AddOutcome.Refused(foreign);
        string[] linked = [.. plan.Files.SelectMany(file => file.Programs).Where(program => kinds[program]!.IsDynamic).Select(program =>
            $"note: {program} is linked to libraries, which every machine must have; build it with CGO_ENABLED=0 or -static to be sure")];

        var closures = new Dictionary<ImageToMake, ToolClosure>();
        foreach (var image in plan.Images)
            closures[image] = await ToolClosure.CollectAsync(
                image.Shape.Tools, [.. image.Companions.Prepend(image.Program).Where(program => kinds[program]!.IsDynamic).Select(PathOf)], folder, cancellation);
        if (closures.SelectMany(one => one.Value.Problems.Select(problem => $"the image {one.Key.Entry.Repository}: {problem}")).ToArray() is { Length: > 0 } lacking)
            return new AddOutcome.Refused(lacking);

        using var alone = AssetBuild.TryBegin(request.AssetFolder);
        if (alone is null) return new AddOutcome.Refused([$"another build, pull or load is at work in {Path.GetFullPath(request.AssetFolder)}; wait for its end"]);
        return await TakeAsync(alone, plan, closures, manifest, local, said, linked);
    }

    private async Task<AddOutcome> TakeAsync(
        AssetBuild alone, BuildPlan plan, Dictionary<ImageToMake, ToolClosure> closures, AssetManifest manifest, LocalManifest local, string? said, IReadOnlyList<string> notes)
    {
        var (images, entries) = (new List<AddedImage>(), new List<ImageEntry>());
        var store = RegistryStore.Open(RegistryService.FolderIn(request.StateFolder));
        foreach (var image in plan.Images)
        {
            var layout = Path.Combine(alone.WorkFolder, $"image-{images.Count}");
            var closure = closures[image].Entries;
            var layer = BuiltImage.LayerOf(image.Shape, PathOf(image.Program), [.. image.Companions.Select(PathOf)], closure);
            var digest = await WatchedAsync(image.Entry.Reference, layer, onRead => BuiltImage.WriteAsync(layout, image.Shape, layer, said, request.Modified, onRead, cancellation));
            switch (await new ImageLoader(store, new Unwatched()).LoadAsync(layout, ImageReference.Parse(image.Entry.Reference), cancellation))
            {
                case IntakeOutcome.Taken(var taken):
                    images.Add(new AddedImage(image.Entry.Reference, taken[0].Size, digest));
                    break;
                case IntakeOutcome.Refused(var problem):
                    return new AddOutcome.Refused([problem]);
                case var other:
                    throw new InvalidOperationException($"no such end of an intake: {other}");
            }
            Directory.Delete(layout, recursive: true);
            entries.Add(image.Entry with
            {
                Digest = digest, LocalSet = set.Name, Description = Described(image.Entry.Description, said),
                Licence = closure.Count == 0 ? image.Entry.Licence : $"{image.Entry.Licence} AND LicenseRef-Debian-main",
            });
        }
        var (built, assets) = (new List<BuiltAsset>(), new List<AssetEntry>());
        foreach (var file in plan.Files)
        {
            var path = Path.Combine(alone.WorkFolder, $"file-{built.Count}");
            LayerEntry[] programs = [.. file.Programs.Select(program => new LayerEntry.Copied("/" + program, PathOf(program), IsProgram: true))];
            if (file.IsArchive) await WatchedAsync(file.Entry.Path, programs, onRead => BuiltImage.PackAsync(path, programs, request.Modified, onRead, cancellation));
            else File.Copy(PathOf(file.Programs[0]), path);
            built.Add(new BuiltAsset(file.Entry.Path, path, "", new Dictionary<string, string>()) { Version = file.Entry.Version, Source = $"local build{(said is null ? "" : $" of {said}")}" });
            assets.Add(file.Entry with
            {
                Source = new AssetSource.Local(set.Name, VerifiedFiles.DigestOf(path, DigestAlgorithm.Sha256)), Size = new FileInfo(path).Length,
                Description = Described(file.Entry.Description, said),
            });
        }
        var merged = local.With(assets, entries);
        merged.Save(alone.Folder);
        if (built.Count > 0) _ = alone.Publish(built);
        return new AddOutcome.Added(said, [.. assets.Select(asset => new AddedAsset(asset.Path, asset.Size!.Value, asset.Source.Pinned!.Value.Hex))], images, [.. notes, .. plan.Notes, .. Lacking()]);

        IEnumerable<string> Lacking() =>
            assets.Where(asset => asset.Path.StartsWith("kubernetes/", StringComparison.Ordinal)).Select(asset => asset.Version!).Distinct()
                .Select(version => (version, lacking: BuildPlan.LackingFor(merged.Over(manifest), version))).Where(one => one.lacking.Count > 0)
                .Select(one => $"nothing is pinned for Kubernetes {one.version} of {string.Join(", ", one.lacking)}: say in {AssetManifest.FileName}, with 'for', what that release has");
    }

    private async Task<T> WatchedAsync<T>(string name, IReadOnlyList<LayerEntry> content, Func<Action<long>, Task<T>> work)
    {
        var total = content.OfType<LayerEntry.Copied>().Sum(one => new FileInfo(one.Source).Length);
        var done = 0L;
        progress.Report(new WorkProgress(name, 0, total));
        var result = await work(read => progress.Report(new WorkProgress(name, Math.Min(done += read, total - 1), total)));
        progress.Report(new WorkProgress(name, total, total));
        return result;
    }

    /// <summary>What the program of the set that knows says; null when it says nothing or cannot be run here.</summary>
    private async Task<string?> SaidVersionAsync()
    {
        if (ElfProgram.Read(PathOf(set.Version.Program)) is null) return null;
        string? version = null;
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limited.CancelAfter(Patience);
        try
        {
            _ = await HostPrograms.RunAsync(PathOf(set.Version.Program), [set.Version.Argument], new Dictionary<string, string>(), folder, line =>
            {
                if (version is null && VersionPattern().Match(line) is { Success: true } match) version = match.Value;
            }, limited.Token);
        }
        catch (Exception failure) when (failure is Win32Exception || failure is OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            // A file without the right to be run, or a program that does not end: the operator can say the version.
        }
        return version;
    }

    private static string Described(string description, string? said) => $"{description} Local build{(said is null ? "" : $" of {said}")}.";

    [GeneratedRegex(@"[0-9]+\.[0-9]+\.[0-9]+", RegexOptions.CultureInvariant)]
    private static partial Regex VersionPattern();

    private sealed class Unwatched : IProgress<WorkProgress>
    {
        public void Report(WorkProgress value) { }
    }
}
