using Sextant.Planning;

namespace Sextant.Cli;

/// <summary>The templates folder on disk.</summary>
public static class TemplateFolder
{
    /// <summary>The folder beside the executable.</summary>
    public static string DefaultPath => Path.Combine(AppContext.BaseDirectory, "templates");

    /// <summary>Reads every file below the folder, by relative path with forward slashes. Hidden files (an editor's) are left out.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static TemplateSet Load(string path) => new(
        Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories)
            .Select(file => (File: file, Name: Path.GetRelativePath(path, file).Replace(Path.DirectorySeparatorChar, '/')))
            .Where(one => !one.Name.Split('/').Any(part => part.StartsWith('.')))
            .ToDictionary(one => one.Name, one => File.ReadAllText(one.File), StringComparer.Ordinal));
}
