using System.CommandLine;
using Sextant.Assets;
using Sextant.Cluster;
using Sextant.Images;

namespace Sextant.Cli;

/// <summary>An image that the cluster needs here.</summary>
/// <param name="Reference">Its name, with the digest when one is pinned.</param>
/// <param name="Reason">Why.</param>
public sealed record WantedImage(ImageReference Reference, string Reason);

/// <summary>What a cluster needs of container images: those of the manifest and those its description asks for.</summary>
public static class WantedImages
{
    /// <summary>The images, in the order of the manifest, then of the description; each once.</summary>
    /// <param name="cluster">The description.</param>
    /// <param name="manifest">The manifest.</param>
    public static IReadOnlyList<WantedImage> Of(ClusterDescription cluster, AssetManifest manifest)
    {
        var wanted = SiteNeeds.Of(cluster, manifest).Images.Select(image => new WantedImage(Pinned(ImageReference.Parse(image.Reference), image.Digest), image.Reason))
            .Concat(cluster.Registry.Images.Select(image => new WantedImage(ImageReference.Parse(image), "registry.images")));
        return [.. wanted.DistinctBy(image => image.Reference.ToString(), StringComparer.Ordinal)];
    }

    /// <summary>The images that the service may fetch when a machine asks for one it lacks; none unless <c>registry.pull_through</c> is on.</summary>
    /// <param name="cluster">The description in force.</param>
    /// <param name="assets">The asset folder with the manifest.</param>
    public static IReadOnlyList<ImageReference> ForPullThrough(ClusterDescription cluster, string assets) =>
        cluster.Registry.PullThrough ? [.. Of(cluster, AssetManifest.Load(assets)).Select(image => image.Reference)] : [];

    private static ImageReference Pinned(ImageReference reference, Primitives.Digest? digest) => digest is { } pin ? reference.Pinned(pin) : reference;
}

/// <summary>The options that say which cluster is meant.</summary>
internal sealed class WantedImagesOptions
{
    /// <summary><c>--file</c></summary>
    public Option<string?> File { get; } = new("--file") { Description = "The cluster description: every image it needs." };

    /// <summary><c>--assets</c></summary>
    public Option<DirectoryInfo> Assets { get; } = new("--assets")
    {
        Description = "Folder with the manifest that pins images.",
        DefaultValueFactory = _ => new DirectoryInfo(AssetsCommand.DefaultFolder()),
    };

    /// <summary>Reads the description that was named.</summary>
    /// <returns>Null when it is unusable; the problems say why.</returns>
    public IReadOnlyList<WantedImage>? Read(ParseResult arguments, out IReadOnlyList<string> problems)
    {
        var read = ClusterFile.Load(arguments.GetValue(File)!);
        problems = [.. read.Problems.Select(problem => problem.ToString())];
        if (read.Description is not { } cluster) return null;
        try
        {
            return WantedImages.Of(cluster, AssetManifest.Load(arguments.GetRequiredValue(Assets).FullName));
        }
        catch (FormatException wrong)
        {
            problems = [wrong.Message];
            return null;
        }
    }
}
