using NUnit.Framework;

namespace Sextant.Tests.Cluster;

/// <summary>Files of the repository the tests read, and, when they are generated ones, rewrite.</summary>
internal static class RepositoryFile
{
    private const string UpdateVariable = "SEXTANT_UPDATE";

    private static readonly Lazy<string> RootPath = new(FindRoot);

    /// <summary>True when generated files are to be rewritten.</summary>
    public static bool Updating => Environment.GetEnvironmentVariable(UpdateVariable) == "1";

    public static string PathOf(string name) => Path.Combine(RootPath.Value, name);

    public static string Read(string name) => File.ReadAllText(PathOf(name));

    /// <summary>
    /// The committed file must be the generated text. With <c>SEXTANT_UPDATE=1</c> it is rewritten, and the test fails all the same, so that no run both
    /// changes what is expected and passes.
    /// </summary>
    public static void MustBe(string name, string generated)
    {
        var committed = File.Exists(PathOf(name)) ? Read(name) : "";
        if (committed == generated) return;
        if (Updating)
        {
            File.WriteAllText(PathOf(name), generated);
            Assert.Fail($"{name} was rewritten; look at the difference, commit it, and run again without {UpdateVariable}");
        }
        Assert.That(committed, Is.EqualTo(generated), $"{name} is not what the code generates; {UpdateVariable}=1 rewrites it");
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(TestContext.CurrentContext.TestDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Sextant.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException("Sextant.sln is in no folder above the tests");
    }
}
