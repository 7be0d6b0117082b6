using Sextant.Assets;
using Sextant.Cluster;
using Sextant.Planning;

namespace Sextant.Cli;

/// <summary>The state of the files a plan is made from.</summary>
/// <param name="File">The cluster description.</param>
/// <param name="Manifest">The asset manifest.</param>
/// <param name="Local">The local builds.</param>
public readonly record struct PlanStamp((DateTime Written, long Length)? File, (DateTime Written, long Length)? Manifest, (DateTime Written, long Length)? Local);

/// <summary>Reads the cluster description and the templates, and tries the plan on every machine before anybody relies on it.</summary>
/// <param name="file">The cluster description.</param>
/// <param name="templatesFolder">The templates folder.</param>
/// <param name="assetsFolder">The asset folder, whose manifest pins what plans name.</param>
public sealed class PlanReader(string file, string templatesFolder, string assetsFolder)
{
    /// <summary>The cluster description's path.</summary>
    public string File { get; } = file;

    /// <summary>
    /// When and how large the file is, and what pins what plans name, to notice that one of them changed; null for one that is not there.
    /// </summary>
    public PlanStamp Stamp() => new(
        StampOf(File), StampOf(Path.Combine(assetsFolder, AssetManifest.FileName)), StampOf(Path.Combine(assetsFolder, LocalManifest.FileName)));

    private static (DateTime Written, long Length)? StampOf(string path)
    {
        var info = new FileInfo(path);
        return info.Exists ? (info.LastWriteTimeUtc, info.Length) : null;
    }

    /// <summary>Reads the file alone.</summary>
    public ClusterFileResult ReadFile()
    {
        try
        {
            return ClusterFile.Load(File);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return new ClusterFileResult(null, [new Problem(Severity.Error, File, 1, 1, "", unreadable.Message)]);
        }
    }

    /// <summary>Makes the plan of what <see cref="ReadFile"/> gave.</summary>
    /// <param name="read">The file.</param>
    /// <param name="anchors">The authorities.</param>
    /// <param name="keys">The site's secrets; null for a plan that is only looked at.</param>
    public PlanReading ToPlan(ClusterFileResult read, TrustAnchors anchors, SiteKeys? keys)
    {
        var (files, wrong) = read.Description is { } named ? SiteFileReader.Read(File, named) : (SiteFiles.None, []);
        string[] problems = [.. read.Problems.Concat(wrong).Select(problem => problem.ToString())];
        if (read.Description is not { } description || wrong.Any(problem => problem.Severity is Severity.Error)) return new PlanReading(null, problems);
        try
        {
            var plan = new ClusterPlan(description, new PlanMaterial(TemplateFolder.Load(templatesFolder), anchors, PinnedSite.Of(description, assetsFolder)) { Files = files, Keys = keys });
            foreach (var node in description.Nodes) _ = plan.For(node.Mac, leased: null);
            _ = plan.AddonManifests();
            return new PlanReading(plan, problems);
        }
        catch (PinException unpinned)
        {
            // A release that is not there at all lacks everything: that is one problem, and what the plan met first is none of it.
            return new PlanReading(null, [.. problems, PinnedSite.UnpinnedRelease(description, assetsFolder) is { } release ? $"{File}: kubernetes.version: {release}" : $"{File}: {unpinned.Message}"]);
        }
        catch (Exception failure) when (failure is TemplateException or IOException or UnauthorizedAccessException)
        {
            return new PlanReading(null, [.. problems, $"{templatesFolder}: {failure.Message}"]);
        }
    }
}
