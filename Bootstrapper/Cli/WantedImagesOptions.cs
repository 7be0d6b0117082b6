using System.CommandLine;
using Sextant.Assets;
using Sextant.Cluster;
using Sextant.Images;

namespace Sextant.Cli;

/// <summary>The options that say which cluster's images are meant.</summary>
internal sealed class WantedImagesOptions
{
    /// <summary><c>--file</c></summary>
    public Option<string?> File { get; } = new("--file") { Description = $"The cluster description, for the images it needs; without it, {SiteArgument.DefaultFile} of this folder when there is one.", HelpName = "FILE" };

    /// <summary><c>--assets</c></summary>
    public Option<DirectoryInfo> Assets { get; } = new("--assets")
    {
        Description = "Folder with the manifest that pins images.",
        DefaultValueFactory = _ => new DirectoryInfo(AssetsCommand.DefaultFolder()),
    };

    /// <summary>Whether a description was named.</summary>
    public bool IsNamed(ParseResult arguments) => arguments.GetValue(File) is not null;

    /// <summary>The description that was named, or the one of this folder; null when there is neither.</summary>
    public string? FileOf(ParseResult arguments) => SiteArgument.FileOf(arguments.GetValue(File));

    /// <summary>Reads <see cref="FileOf"/>, which must not be null.</summary>
    /// <returns>Null when it, or a name in it or in the manifest, is unusable; the problems say why.</returns>
    public IReadOnlyList<WantedImage>? Read(ParseResult arguments, out IReadOnlyList<string> problems)
    {
        var read = ClusterFile.Load(FileOf(arguments)!);
        problems = [.. read.Problems.Select(problem => problem.ToString())];
        if (read.Description is not { } cluster) return null;
        var wanted = WantedImages.Of(SiteNeeds.Of(cluster, AssetManifest.Load(arguments.GetRequiredValue(Assets).FullName)));
        if (wanted.Faults.Count == 0) return wanted.Images;
        problems = wanted.Faults;
        return null;
    }
}
