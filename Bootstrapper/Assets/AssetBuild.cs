using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Sextant.Files;

namespace Sextant.Assets;

/// <summary>How a build ended.</summary>
public abstract record BuildOutcome
{
    private BuildOutcome() { }

    /// <summary>The files are in the folder.</summary>
    /// <param name="Files">What was built.</param>
    public sealed record Built(IReadOnlyList<AssetFile> Files) : BuildOutcome;

    /// <summary>Nothing was to do: the files are there and made by the same recipe.</summary>
    public sealed record UpToDate : BuildOutcome;

    /// <summary>Nothing was changed: the host cannot build.</summary>
    /// <param name="Reason">What is missing and how to get it.</param>
    public sealed record CannotBuild(string Reason) : BuildOutcome;

    /// <summary>Nothing was changed: a step failed.</summary>
    /// <param name="Step">The step.</param>
    /// <param name="LastLines">The last words of the program that failed.</param>
    public sealed record Failed(string Step, IReadOnlyList<string> LastLines) : BuildOutcome;
}

/// <summary>What the builds have in common: one at a time in a folder, in a hidden folder of their own, published together.</summary>
internal sealed class AssetBuild : IDisposable
{
    private const string WorkPrefix = ".build-";
    private readonly FileLock theOnlyOne;

    private AssetBuild(string folder, FileLock theOnlyOne)
    {
        Folder = folder;
        this.theOnlyOne = theOnlyOne;
        // Nobody else builds here now, so these are what interrupted builds left.
        foreach (var left in Directory.EnumerateDirectories(folder, WorkPrefix + "*")) Directory.Delete(left, recursive: true);
        WorkFolder = Path.Combine(folder, WorkPrefix + Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        Directory.CreateDirectory(WorkFolder);
    }

    /// <summary>The asset folder, in full.</summary>
    public string Folder { get; }

    /// <summary>Where to build; gone at the end.</summary>
    public string WorkFolder { get; }

    /// <summary>Begins a build; null when another one runs in the same folder.</summary>
    public static AssetBuild? TryBegin(string folder)
    {
        var full = Path.GetFullPath(folder);
        Directory.CreateDirectory(full);
        return FileLock.TryOwn(AssetFolder.LockOf(full)) is { } alone ? new AssetBuild(full, alone) : null;
    }

    /// <summary>True when every path is servable and was built by that recipe.</summary>
    public static bool IsUpToDate(string folder, IEnumerable<string> paths, string recipe)
    {
        if (!Directory.Exists(folder)) return false;
        var catalog = AssetFolder.Load(folder);
        if (catalog.Files.Count == 0) return false;
        var byRecipe = AssetIndex.Load(folder).Assets.Where(entry => entry.Recipe == recipe).Select(entry => entry.Path).ToHashSet(StringComparer.Ordinal);
        return paths.All(path => catalog.Find(path) is not null && byRecipe.Contains(path));
    }

    /// <summary>Publishes what was built and says what is now served.</summary>
    public BuildOutcome Publish(IReadOnlyList<BuiltAsset> built)
    {
        AssetFolder.Publish(Folder, built);
        var catalog = AssetFolder.Load(Folder);
        return new BuildOutcome.Built([.. built.Select(asset => catalog.Find(asset.Path)
            ?? throw new InvalidDataException($"{asset.Path} was published but is not served: {string.Join("; ", catalog.Problems)}"))]);
    }

    /// <summary>A digest of parts of a recipe, each ended so that two lists never run together to the same.</summary>
    public static string RecipeOf(IEnumerable<string> parts) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(parts.Select(part => part + '\0')))))[..16];

    /// <summary>The recipe of a file that was taken out of a Debian package.</summary>
    public static string PackageRecipe(string package) => RecipeOf([$"debian:{package}"]);

    /// <summary>Lines of <c>name version</c>, as dpkg-query prints them.</summary>
    public static IReadOnlyDictionary<string, string> Packages(IEnumerable<string> lines) =>
        lines.Select(line => line.Split(' ', 2)).Where(parts => parts.Length == 2).ToDictionary(parts => parts[0], parts => parts[1], StringComparer.Ordinal);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Directory.Exists(WorkFolder)) Directory.Delete(WorkFolder, recursive: true);
        theOnlyOne.Dispose();
    }
}
