using System.Text;
using Sextant.Assets;
using Sextant.Cluster;
using Sextant.Files;
using Sextant.Images;
using Sextant.Primitives;
using Sextant.Registry;

namespace Sextant.Bundle;

/// <summary>What to bundle.</summary>
/// <param name="AssetFolder">The asset folder.</param>
/// <param name="StateFolder">The state folder, with the registry and the keys.</param>
/// <param name="Cluster">Whose needs it covers; null for nobody's in particular.</param>
/// <param name="Everything">Also whatever else the asset folder and the registry have.</param>
/// <param name="EvenIncomplete">Make it although something needed is missing.</param>
public sealed record BundleRequest(string AssetFolder, string StateFolder, ClusterDescription? Cluster, bool Everything, bool EvenIncomplete);

/// <summary>Where an entry's content is.</summary>
internal abstract record EntrySource
{
    private EntrySource() { }

    /// <summary>Here.</summary>
    public sealed record Octets(ReadOnlyMemory<byte> Content) : EntrySource;

    /// <summary>In a file.</summary>
    /// <param name="Path">The file.</param>
    /// <param name="Name">What people call it.</param>
    public sealed record InFile(string Path, string Name) : EntrySource;
}

/// <summary>An entry to be written.</summary>
internal sealed record PlannedEntry(BundleEntry Entry, EntrySource Source);

/// <summary>An asset to be written, with what the manifest says of it.</summary>
internal sealed record PlannedAsset(AssetEntry Rule, AssetFile File, BundledAsset Listed)
{
    /// <summary>Its version; null when it has none.</summary>
    public string? Version => File.Entry?.Version ?? Rule.Version;
}

/// <summary>An image to be written.</summary>
/// <param name="Reference">Its name.</param>
/// <param name="Closure">Everything it needs.</param>
/// <param name="Licence">SPDX expression, or <c>NOASSERTION</c>.</param>
/// <param name="Description">One sentence for people; empty for none.</param>
internal sealed record PlannedImage(ImageReference Reference, ImageClosure.Whole Closure, string Licence, string Description);

/// <summary>
/// What goes into a bundle, collected before the first octet is written: small files in memory, large ones by name with the digest they must have.
/// </summary>
internal sealed record BundlePlan(BundlePurpose Purpose, IReadOnlyList<PlannedAsset> Assets, IReadOnlyList<PlannedImage> Images, IReadOnlyList<PlannedEntry> Entries)
{
    /// <summary>The list, with the key it will be signed with.</summary>
    public BundleDocument List(BundleSigner signer) => new(
        BundleDocument.CurrentFormat, signer.Pem, Purpose, [.. Assets.Select(asset => asset.Listed)], [.. Images.Select(image => image.Closure.Image)],
        [.. Entries.Select(entry => entry.Entry)]);

    /// <summary>Collects.</summary>
    /// <returns>The plan, or why there is none, one line each.</returns>
    public static async Task<(BundlePlan? Plan, IReadOnlyList<string> Problems)> MakeAsync(BundleRequest request, CancellationToken cancellation)
    {
        var folder = Path.GetFullPath(request.AssetFolder);
        var manifestText = AssetManifest.TextOf(folder);
        var local = LocalManifest.Load(folder);
        var manifest = local.Over(AssetManifest.Parse(manifestText));
        if (manifest.Problems.Count > 0) return (null, [.. manifest.Problems.Select(problem => problem.ToString())]);
        var needs = request.Cluster is { } cluster ? BundleNeeds.Of(cluster, manifest) : BundleNeeds.None;
        var missing = new List<string>(needs.Unpinned);
        var assets = AssetsOf(AssetFolder.Load(folder), manifest, needs, request.Everything, missing);
        var images = await ImagesOfAsync(RegistryStore.Open(Path.Combine(request.StateFolder, "registry")), manifest, needs, request.Everything, missing, cancellation);
        if (missing.Count > 0 && !request.EvenIncomplete) return (null, missing);

        var entries = new SortedDictionary<string, PlannedEntry>(Comparer<string>.Create(BundleLayout.Compare));
        Add(BundleLayout.Manifest, Encoding.UTF8.GetBytes(manifestText), "Apache-2.0");
        // What is not in the bundle must not be pinned where it is loaded.
        var builds = local.Only(
            entry => assets.Any(asset => asset.File.Path == entry.Path),
            image => images.Any(one => ImageReference.TryParse(image.Reference, out var listed, out _) && listed.Here == one.Reference.Here && listed.Tag == one.Reference.Tag));
        if (!builds.IsEmpty) Add(BundleLayout.Local, Encoding.UTF8.GetBytes(builds.ToYaml()), "CC0-1.0");
        foreach (var key in manifest.Keys)
            if (AssetManifest.LoadKey(folder, key) is { } armoured) Add(BundleLayout.Asset(key.File), Encoding.UTF8.GetBytes(armoured), NoAssertion);
        foreach (var asset in assets)
            entries[BundleLayout.Asset(asset.File.Path)] = new PlannedEntry(
                new BundleEntry(BundleLayout.Asset(asset.File.Path), asset.File.Length, asset.File.Sha256, asset.Rule.Licence, asset.Version),
                new EntrySource.InFile(asset.File.FullPath, $"the asset {asset.File.Path}"));
        var licences = LicencesOf(images);
        var paths = RegistryStore.Open(Path.Combine(request.StateFolder, "registry")).Paths;
        foreach (var image in images)
        {
            foreach (var (digest, content) in image.Closure.Manifests) AddBlob(digest, content.Length, new EntrySource.Octets(content), image);
            foreach (var (digest, size) in image.Closure.Blobs) AddBlob(digest, size, new EntrySource.InFile(paths.Blob(digest), $"the blob {digest} of {image.Reference}"), image);
        }
        Add(BundleLayout.OciLayout, "{\"imageLayoutVersion\":\"1.0.0\"}"u8.ToArray(), NoAssertion);
        Add(BundleLayout.OciIndex, OciIndex.Of(images), NoAssertion);
        Add(BundleLayout.Sbom, Sbom.Of(request.Cluster?.Name, assets, images, [.. entries.Values.Select(entry => entry.Entry)]), "CC0-1.0");
        var purpose = new BundlePurpose(request.Cluster?.Name, [.. needs.Assets.Select(asset => asset.Entry.Path)], [.. needs.Images.Select(image => image.Reference.ToString())], missing);
        return (new BundlePlan(purpose, assets, images, [.. entries.Values]), []);

        void Add(string path, byte[] content, string licence) =>
            entries[path] = new PlannedEntry(new BundleEntry(path, content.Length, Digest.Sha256Of(content).Hex, licence, null), new EntrySource.Octets(content));

        void AddBlob(Digest digest, long size, EntrySource source, PlannedImage image)
        {
            var path = BundleLayout.Blob(digest);
            var sha256 = digest.Algorithm == DigestAlgorithm.Sha256 ? digest.Hex : VerifiedFiles.DigestOf(paths.Blob(digest), DigestAlgorithm.Sha256).Hex;
            entries.TryAdd(path, new PlannedEntry(new BundleEntry(path, size, sha256, licences[digest], null), source));
        }
    }

    /// <summary>What SPDX writes where nobody says anything.</summary>
    internal const string NoAssertion = "NOASSERTION";

    private static List<PlannedAsset> AssetsOf(AssetCatalog catalog, AssetManifest manifest, BundleNeeds needs, bool everything, List<string> missing)
    {
        var planned = new SortedDictionary<string, PlannedAsset>(StringComparer.Ordinal);
        foreach (var needed in needs.Assets)
        {
            var fault = catalog.Find(needed.Entry.Path) is not { } file
                ? catalog.Problems.FirstOrDefault(problem => problem.Path == needed.Entry.Path)?.Message ?? "is not there"
                : Add(file, needed.Entry);
            if (fault is not null) missing.Add($"asset {needed.Entry.Path} ({needed.Reason}) {fault}: run '{AssetFolder.CommandFor(needed.Entry)}'");
        }
        if (!everything) return [.. planned.Values];
        foreach (var file in catalog.Files)
            if (!planned.ContainsKey(file.Path) && Add(file, manifest.Entries.First(entry => entry.Path == file.Path)) is { } fault) missing.Add($"asset {file.Path} {fault}: run '{AssetFolder.CommandFor(manifest.Entries.First(entry => entry.Path == file.Path))}'");
        return [.. planned.Values];

        string? Add(AssetFile file, AssetEntry rule)
        {
            if (rule.Source.Pinned is { } pinned && pinned.Hex != file.Sha256) return $"is another file than {AssetManifest.FileName} pins";
            var indexed = file.Entry;
            planned[file.Path] = new PlannedAsset(rule, file, new BundledAsset(file.Path, indexed?.Recipe ?? "", indexed?.Source ?? rule.Source.ToString()!, indexed?.BuiltFrom ?? new(StringComparer.Ordinal)));
            return null;
        }
    }

    private static async Task<IReadOnlyList<PlannedImage>> ImagesOfAsync(
        RegistryStore store, AssetManifest manifest, BundleNeeds needs, bool everything, List<string> missing, CancellationToken cancellation)
    {
        var planned = new SortedDictionary<string, PlannedImage>(StringComparer.Ordinal);
        foreach (var needed in needs.Images) await AddAsync(needed.Reference, $" ({needed.Reason})");
        if (everything)
            foreach (var repository in store.Repositories())
                foreach (var tag in store.Tags(repository))
                    if (ImageReference.OfStored(repository, tag, null) is { } reference && !planned.Keys.Any(known => known == reference.ToString() || known.StartsWith(reference + "@", StringComparison.Ordinal)))
                        await AddAsync(reference, "");
        return [.. planned.Values];

        async Task AddAsync(ImageReference reference, string reason)
        {
            var known = manifest.Images.FirstOrDefault(image => ImageReference.TryParse(image.Reference, out var listed, out _) && listed.Here == reference.Here && listed.Tag == reference.Tag);
            switch (await ImageClosure.FollowAsync(store, reference, cancellation))
            {
                case ImageClosure.Whole whole:
                    planned[reference.ToString()] = new PlannedImage(reference, whole, known?.Licence ?? NoAssertion, known?.Description ?? "");
                    break;
                case ImageClosure.Broken(var problem):
                    missing.Add($"image {reference}{reason} {problem}: run '{(known?.LocalSet is { } set ? $"sextant assets add {set} DIR" : $"sextant images pull {reference}")}'");
                    break;
                case var other:
                    throw new InvalidOperationException($"no case for {other}");
            }
        }
    }

    /// <summary>A layer may be part of several images: all their licences may apply.</summary>
    private static Dictionary<Digest, string> LicencesOf(IReadOnlyList<PlannedImage> images) => images
        .SelectMany(image => image.Closure.Manifests.Keys.Concat(image.Closure.Blobs.Keys).Select(digest => (Digest: digest, image.Licence)))
        .GroupBy(one => one.Digest)
        .ToDictionary(one => one.Key, one =>
        {
            var licences = one.Select(pair => pair.Licence).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
            return licences.Length == 1 ? licences[0]
                : licences.Contains(NoAssertion) ? NoAssertion
                : string.Join(" AND ", licences.Select(licence => licence.Contains(' ', StringComparison.Ordinal) ? $"({licence})" : licence));
        });
}
