using NUnit.Framework;

namespace Sextant.Tests.TestKit;

/// <summary>Files of the repository: those the tests read, and those that are generated, which the tests compare and, when told to, rewrite.</summary>
internal static class Repository
{
    /// <summary>When <c>1</c>, generated files are rewritten.</summary>
    public const string UpdateVariable = "SEXTANT_UPDATE";

    /// <summary>The folder that holds <c>Sextant.sln</c>.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>True when generated files are to be rewritten.</summary>
    public static bool Updating => Environment.GetEnvironmentVariable(UpdateVariable) == "1";

    /// <summary>A path under the root.</summary>
    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>The text of a file under the root.</summary>
    public static string Read(params string[] parts) => File.ReadAllText(PathOf(parts));

    /// <summary>
    /// The committed file must be the generated text. With <c>SEXTANT_UPDATE=1</c> it is rewritten, and the test fails all the same, so that no run both
    /// changes what is expected and passes.
    /// </summary>
    public static void MustBe(string name, string generated)
    {
        var path = PathOf(name);
        var committed = File.Exists(path) ? File.ReadAllText(path) : "";
        if (committed == generated) return;
        if (Updating)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, generated);
            Assert.Fail($"{name} was rewritten; look at the difference, commit it, and run again without {UpdateVariable}");
        }
        Assert.That(committed, Is.EqualTo(generated), $"{name} is not what the code generates; {UpdateVariable}=1 rewrites it");
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Sextant.sln"))) return folder.FullName;
        throw new DirectoryNotFoundException($"no Sextant.sln above {AppContext.BaseDirectory}");
    }
}
