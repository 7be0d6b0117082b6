using System.Text;
using Sextant.Assets;
using Sextant.Files;
using Sextant.Images;
using Sextant.Primitives;
using Sextant.Registry;

namespace Sextant.Bundle;

/// <summary>
/// Loads a bundle: first the question whether it may and should be loaded, then every content into the staging, and only after the last octet was
/// verified the publication – blobs, manifests and tags of images, then the manifest of the asset folder, then all assets at once.
/// </summary>
public sealed class BundleLoader
{
    /// <summary>Its content is the digest of the <c>manifest.yaml</c> that the last load put beside it.</summary>
    private const string InstalledManifestName = ".bundle-manifest";

    private const long LargestManifest = 16 * 1024 * 1024;

    private readonly LoadRequest request;
    private readonly string folder;
    private readonly BundleReader reader;
    private readonly RegistryStore store;
    private readonly IProgress<WorkProgress> progress;
    private readonly CancellationToken cancellation;
    private readonly Dictionary<string, BundleEntry> entries;
    private readonly List<string> notes = [];

    private BundleLoader(LoadRequest request, BundleReader reader, RegistryStore store, IProgress<WorkProgress> progress, CancellationToken cancellation)
    {
        (this.request, this.reader, this.store, this.progress, this.cancellation) = (request, reader, store, progress, cancellation);
        folder = Path.GetFullPath(request.AssetFolder);
        entries = reader.List.Entries.ToDictionary(entry => entry.Path, StringComparer.Ordinal);
    }

    private BundleDocument List => reader.List;

    /// <summary>Loads a bundle.</summary>
    /// <param name="bundle">Its octets; read once, to the end.</param>
    /// <param name="request">Where to.</param>
    /// <param name="progress">Told of each entry.</param>
    /// <param name="cancellation">Ends it; what has been staged is kept for the next load of the same bundle.</param>
    /// <exception cref="IOException">The disk fails (see <see cref="Durable.IsDiskFull"/>); as above.</exception>
    public static async Task<LoadOutcome> LoadAsync(Stream bundle, LoadRequest request, IProgress<WorkProgress> progress, CancellationToken cancellation)
    {
        try
        {
            using var reader = await BundleReader.OpenAsync(bundle, cancellation);
            if (BundleTrust.Refusal(new BundleKeyFolder(request.StateFolder), reader.Signer, request.TrustFingerprint, request.TrustKey) is { } refusal) return new LoadOutcome.Refused([refusal]);
            using var alone = AssetBuild.TryBegin(request.AssetFolder);
            if (alone is null) return new LoadOutcome.Refused([$"another build or load is at work in {Path.GetFullPath(request.AssetFolder)}; wait for its end"]);
            var store = RegistryStore.Open(Path.Combine(request.StateFolder, "registry"));
            return await new BundleLoader(request, reader, store, progress, cancellation).RunAsync(alone);
        }
        catch (BundleException fault)
        {
            return new LoadOutcome.Refused([$"the bundle {fault.Message}"]);
        }
    }

    private async Task<LoadOutcome> RunAsync(AssetBuild alone)
    {
        _ = await reader.NextAsync(cancellation);
        var manifestText = await ReadTextAsync(BundleLayout.Manifest);
        var builds = entries.ContainsKey(BundleLayout.Local) ? LocalManifest.Parse(await ReadTextAsync(BundleLayout.Local)) : LocalManifest.None;
        var manifestPath = Path.Combine(folder, AssetManifest.FileName);
        var markPath = Path.Combine(folder, InstalledManifestName);
        var choice = ManifestChoice.Of(
            File.Exists(manifestPath) ? await File.ReadAllTextAsync(manifestPath, cancellation) : null,
            File.Exists(markPath) && Digest.TryParse((await File.ReadAllTextAsync(markPath, cancellation)).Trim(), out var mark) ? mark : null,
            LocalManifest.Load(folder), AssetIndex.Load(folder), manifestText, builds, List);
        if (choice is ManifestChoice.Conflict(var conflicts)) return new LoadOutcome.Refused(conflicts);
        var manifest = choice switch
        {
            ManifestChoice.Install(var offered) => offered,
            ManifestChoice.Keep(var present, _) => present,
            _ => throw new InvalidOperationException($"no case for {choice}"),
        };
        if (choice is ManifestChoice.Keep { IsTheSame: false }) notes.Add($"{manifestPath} is kept: it is another one than the bundle's and agrees with it about everything in it");
        if (await MissingAsync(manifest) is { Count: > 0 } missing) return new LoadOutcome.Refused(missing);
        if (request.Cluster is null) notes.AddRange(List.Purpose.Missing.Select(line => $"the bundle is incomplete: {line}"));

        var staging = BundleStaging.Open(folder, store, reader.Identity);
        var wanted = await WantedAsync(staging);
        if (DiskRoom.Lack([(folder, wanted.FileOctets), (store.Folder, wanted.BlobOctets)]) is { } lack) return new LoadOutcome.Refused([lack]);
        if (await TakeAsync(staging, wanted) is { } problem) return new LoadOutcome.Refused([problem]);
        return await new BundlePublication(List, entries, staging, store, cancellation).RunAsync(alone, wanted.Assets, InstallManifest) is { } failure
            ? new LoadOutcome.Refused([failure])
            : new LoadOutcome.Loaded(List, reader.Signer, notes);

        void InstallManifest()
        {
            if (!builds.IsEmpty) LocalManifest.Load(folder).With(builds.Content.Entries, builds.Content.Images).Save(folder);
            if (choice is not ManifestChoice.Install) return;
            foreach (var key in entries.Values.Where(entry => entry.Path.StartsWith(BundleLayout.KeysPrefix, StringComparison.Ordinal)))
            {
                var path = AssetPath.FullPath(folder, key.Path[BundleLayout.AssetsPrefix.Length..]);
                Durable.CreateFolder(Path.GetDirectoryName(path)!);
                Durable.Write(path, File.ReadAllBytes(staging.PathOf(key)));
            }
            // The mark first: with it and another manifest, nothing follows from it.
            Durable.Write(markPath, Encoding.ASCII.GetBytes($"{Digest.Sha256Of(Encoding.UTF8.GetBytes(manifestText))}\n"));
            Durable.Write(manifestPath, Encoding.UTF8.GetBytes(manifestText));
        }
    }

    /// <summary>What the cluster needs and neither the bundle nor the site has.</summary>
    private async Task<IReadOnlyList<string>> MissingAsync(AssetManifest manifest)
    {
        if (request.Cluster is not { } cluster) return [];
        var needs = BundleNeeds.Of(cluster, manifest);
        var missing = new List<string>(needs.Unpinned);
        var catalog = AssetFolder.Load(folder);
        var bundled = List.Assets.Select(asset => asset.Path).ToHashSet(StringComparer.Ordinal);
        foreach (var needed in needs.Assets)
            if (!bundled.Contains(needed.Entry.Path) && catalog.Find(needed.Entry.Path) is null)
                missing.Add($"asset {needed.Entry.Path} ({needed.Reason}) is neither in the bundle nor in {folder}: {Again}");
        foreach (var needed in needs.Images)
            if (!List.Images.Any(image => Answers(image, needed.Reference)) && await ImageClosure.FollowAsync(store, needed.Reference, cancellation) is not ImageClosure.Whole)
                missing.Add($"image {needed.Reference} ({needed.Reason}) is neither in the bundle nor in the registry: {Again}");
        return missing;
    }

    private string Again => $"make the bundle again with the cluster description of {request.Cluster?.Name}";

    private static bool Answers(BundledImage image, ImageReference wanted) =>
        ImageReference.TryParse(image.Reference, out var bundled, out _) && bundled.Here == wanted.Here
        && (wanted.Tag is null || bundled.Tag == wanted.Tag) && (wanted.Digest is null || wanted.Digest == image.Digest);

    private async Task<WantedContent> WantedAsync(BundleStaging staging)
    {
        var wanted = new WantedContent();
        var catalog = AssetFolder.Load(folder);
        foreach (var asset in List.Assets)
        {
            var entry = entries[BundleLayout.Asset(asset.Path)];
            if (catalog.Find(asset.Path) is { } present && present.Sha256 == entry.Sha256 && present.Length == entry.Size
                && await Task.Run(() => VerifiedFiles.DigestOf(present.FullPath, DigestAlgorithm.Sha256).Hex == entry.Sha256, cancellation)) continue;
            wanted.Assets.Add(asset);
            AddFile(entry);
        }
        foreach (var key in entries.Values.Where(entry => entry.Path.StartsWith(BundleLayout.KeysPrefix, StringComparison.Ordinal))) AddFile(key);
        foreach (var image in List.Images)
        {
            var repository = ImageReference.Parse(image.Reference).Here;
            foreach (var manifest in image.Manifests) AddFile(entries[BundleLayout.Blob(manifest.Digest)]);
            foreach (var blob in image.Blobs.Except(image.Manifests.Select(manifest => manifest.Digest)))
            {
                var entry = entries[BundleLayout.Blob(blob)];
                if (wanted.Blobs.ContainsKey(entry.Path) || await IsInStoreAsync(blob)) continue;
                wanted.Blobs[entry.Path] = (repository, blob);
                wanted.BlobOctets += Math.Max(0, entry.Size - staging.LengthOf(blob));
            }
        }
        return wanted;

        void AddFile(BundleEntry entry)
        {
            if (staging.Has(entry) || !wanted.Files.Add(entry.Path)) return;
            wanted.FileOctets += entry.Size;
        }
    }

    private async Task<bool> IsInStoreAsync(Digest blob)
    {
        if (await store.OpenBlobAsync(blob, cancellation) is not VerifiedFile.Good good) return false;
        good.Handle.Dispose();
        return true;
    }

    /// <summary>Reads the rest of the bundle to its end; takes what is wanted and verifies everything.</summary>
    private async Task<string?> TakeAsync(BundleStaging staging, WantedContent wanted)
    {
        while (await reader.NextAsync(cancellation) is var (entry, content))
        {
            progress.Report(new WorkProgress(entry.Path, 0, entry.Size));
            if (wanted.Files.Contains(entry.Path)) await staging.TakeFileAsync(entry, content, reader, Report, cancellation);
            if (wanted.Blobs.TryGetValue(entry.Path, out var blob) && await staging.TakeBlobAsync(entry, blob.Repository, blob.Digest, content, reader, Report, cancellation) is { } problem) return problem;
            await reader.FinishEntryAsync(cancellation);
            progress.Report(new WorkProgress(entry.Path, entry.Size, entry.Size));

            void Report(long done)
            {
                if (done < entry.Size) progress.Report(new WorkProgress(entry.Path, done, entry.Size));
            }
        }
        return null;
    }

    private async Task<string> ReadTextAsync(string path)
    {
        if (await reader.NextAsync(cancellation) is not var (entry, content) || entry.Path != path || entry.Size > LargestManifest) throw new BundleException($"has no usable '{path}'");
        var text = new byte[entry.Size];
        await content.ReadExactlyAsync(text, cancellation);
        await reader.FinishEntryAsync(cancellation);
        return Encoding.UTF8.GetString(text);
    }

    /// <summary>What is neither here nor staged.</summary>
    private sealed class WantedContent
    {
        /// <summary>Assets to publish, staged already or not.</summary>
        public List<BundledAsset> Assets { get; } = [];
        public HashSet<string> Files { get; } = new(StringComparer.Ordinal);
        public Dictionary<string, (RepositoryName Repository, Digest Digest)> Blobs { get; } = new(StringComparer.Ordinal);
        public long FileOctets { get; set; }
        public long BlobOctets { get; set; }
    }
}
