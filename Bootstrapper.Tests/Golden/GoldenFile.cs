using Sextant.Tests.TestKit;

namespace Sextant.Tests.Golden;

/// <summary>Documents that are compared byte for byte with files of this folder.</summary>
internal static class GoldenFile
{
    public static readonly string Folder = Repository.PathOf("Bootstrapper.Tests", "Golden");

    public static void Check(string name, string actual) => Repository.MustBe($"Bootstrapper.Tests/Golden/{name}", actual);
}
