namespace Sextant.Assets;

/// <summary>
/// What <c>flatcar-install -b URL</c> expects of a mirror besides the files: with <c>-V current</c> it asks <c>URL/current/version.txt</c> which version that
/// is, and takes image and signature from <c>URL/VERSION/</c> then.
/// </summary>
internal static class FlatcarMirror
{
    private const string Question = "/current/version.txt";
    private const string Image = "/flatcar_production_image.bin.bz2";

    /// <summary>The answer to that question; null when the path does not ask it, or there is no image.</summary>
    /// <param name="catalog">What is served.</param>
    /// <param name="path">The path below <c>/assets/</c>.</param>
    public static string? VersionText(AssetCatalog catalog, string path)
    {
        if (!path.EndsWith(Question, StringComparison.Ordinal)) return null;
        var folder = path[..^Question.Length] + "/";
        var newest = catalog.Files
            .Where(file => file.Path.StartsWith(folder, StringComparison.Ordinal) && file.Path.EndsWith(Image, StringComparison.Ordinal) && file.Path.Length > folder.Length + Image.Length)
            .Select(file => Version.TryParse(file.Path[folder.Length..^Image.Length], out var version) ? version : null).OfType<Version>().Order().LastOrDefault();
        return newest is null ? null : $"FLATCAR_VERSION={newest}\n";
    }
}
