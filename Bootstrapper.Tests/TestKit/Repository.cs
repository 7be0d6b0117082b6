namespace Sextant.Tests.TestKit;

/// <summary>Where the sources lie, seen from the built tests.</summary>
internal static class Repository
{
    /// <summary>The folder that holds <c>Sextant.sln</c>.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>A path under the root.</summary>
    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Sextant.sln"))) return folder.FullName;
        throw new InvalidOperationException($"no Sextant.sln above {AppContext.BaseDirectory}");
    }
}
