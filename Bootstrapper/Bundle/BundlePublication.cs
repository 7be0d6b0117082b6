using Sextant.Assets;
using Sextant.Images;
using Sextant.Registry;

namespace Sextant.Bundle;

/// <summary>
/// Makes visible what was staged and verified: the images' blobs, their manifests, their tags, then the assets, all of them in one step. Breaking off
/// anywhere leaves whole images and the earlier assets; the next load of the bundle does the rest.
/// </summary>
internal sealed class BundlePublication(
    BundleDocument list, IReadOnlyDictionary<string, BundleEntry> entries, BundleStaging staging, RegistryStore store, CancellationToken cancellation)
{
    /// <summary>Publishes.</summary>
    /// <param name="alone">The asset folder, to which nobody else publishes now.</param>
    /// <param name="assets">The assets that are not there yet.</param>
    /// <param name="installManifest">Puts the manifest into the folder.</param>
    /// <returns>What is wrong, or null.</returns>
    public async Task<string?> RunAsync(AssetBuild alone, IReadOnlyList<BundledAsset> assets, Action installManifest)
    {
        foreach (var image in list.Images)
        {
            var repository = ImageReference.Parse(image.Reference).Here;
            foreach (var blob in image.Blobs.Except(image.Manifests.Select(manifest => manifest.Digest)))
                if (await staging.CommitBlobAsync(repository, blob, cancellation) is { } problem) return $"image {image.Reference}: {problem}";
        }
        foreach (var image in list.Images)
            foreach (var manifest in image.Manifests)
                if (await PutAsync(image, manifest, tag: null) is { } problem) return problem;
        foreach (var image in list.Images)
            if (ImageReference.Parse(image.Reference).Tag is { } tag && await PutAsync(image, image.Manifests[^1], tag) is { } problem) return problem;
        installManifest();
        if (assets.Count > 0) _ = alone.Publish([.. assets.Select(ToPublish)]);
        staging.Remove(list.Images.SelectMany(image => image.Blobs).Distinct());
        return null;
    }

    private BuiltAsset ToPublish(BundledAsset asset)
    {
        var entry = entries[BundleLayout.Asset(asset.Path)];
        return new BuiltAsset(asset.Path, staging.PathOf(entry), asset.Recipe, asset.BuiltFrom) { Version = entry.Version, Source = asset.Source };
    }

    private async Task<string?> PutAsync(BundledImage image, BundledManifest manifest, TagName? tag)
    {
        var content = await File.ReadAllBytesAsync(staging.PathOf(entries[BundleLayout.Blob(manifest.Digest)]), cancellation);
        var put = await store.PutManifestAsync(
            ImageReference.Parse(image.Reference).Here, content, manifest.MediaType, manifest.Digest.Algorithm, tag is { } name ? [name] : [], cancellation);
        return put switch
        {
            ManifestPut.Stored => null,
            ManifestPut.Invalid(var problem) => $"image {image.Reference}: its manifest {manifest.Digest} {problem}; make the bundle again",
            ManifestPut.BlobsMissing(var missing) => $"image {image.Reference}: its blobs {string.Join(", ", missing)} are neither in the bundle nor in the registry; make the bundle again",
            _ => throw new InvalidOperationException($"no case for {put}"),
        };
    }
}
