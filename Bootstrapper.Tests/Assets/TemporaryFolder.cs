using Sextant.Assets;

namespace Sextant.Tests.Assets;

/// <summary>An asset folder of its own for each test, gone afterwards.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("sextant-assets-").FullName;

    public string PathOf(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Writes a file below the folder.</summary>
    public string Write(string name, string text)
    {
        var path = PathOf(name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>A built asset with that content, as a builder leaves it.</summary>
    public BuiltAsset Build(string path, string content, string recipe = "r1") =>
        new(path, Write($".build-1/{Guid.NewGuid():n}", content), recipe, new Dictionary<string, string> { ["package"] = "1.0+b1" });

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
