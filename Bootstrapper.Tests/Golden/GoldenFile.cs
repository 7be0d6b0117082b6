using NUnit.Framework;

namespace Sextant.Tests.Golden;

/// <summary>
/// Documents that are compared byte for byte with files of this folder. With <c>SEXTANT_UPDATE_GOLDEN=1</c> a differing file is rewritten and the run
/// still fails, so that a change is looked at before it passes.
/// </summary>
internal static class GoldenFile
{
    public static readonly string Folder = Find();

    public static void Check(string name, string actual)
    {
        var path = Path.Combine(Folder, name);
        var expected = File.Exists(path) ? File.ReadAllText(path) : null;
        if (expected == actual) return;
        if (Environment.GetEnvironmentVariable("SEXTANT_UPDATE_GOLDEN") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, actual);
            Assert.Fail($"{name} was rewritten: look at the difference, then run again");
        }
        Assert.That(actual, Is.EqualTo(expected ?? $"(there is no {name}; SEXTANT_UPDATE_GOLDEN=1 writes it)"), name);
    }

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Sextant.sln"))) return Path.Combine(folder.FullName, "Bootstrapper.Tests", "Golden");
        throw new InvalidOperationException("the tests do not run inside the source tree");
    }
}
