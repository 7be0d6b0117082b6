using System.Globalization;
using NUnit.Framework;

namespace Sextant.Tests.TestKit;

/// <summary>A file system of its own that can be filled up. Needs root.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public SmallDisk(int kibibytes)
    {
        var mounted = Tool.Run("mount", ["-t", "tmpfs", "-o", string.Create(CultureInfo.InvariantCulture, $"size={kibibytes}k"), "sextant-test", folder.Path]);
        Assert.That(mounted.Status, Is.Zero, mounted.ToString());
    }

    public string Path => folder.Path;

    private string Filler => folder.File("filler");

    /// <summary>Takes all the room there is.</summary>
    public void Fill()
    {
        using var filler = new FileStream(Filler, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        var page = new byte[4096];
        try
        {
            while (true) filler.Write(page);
        }
        catch (IOException)
        {
            // Full, as it should be.
        }
    }

    /// <summary>Gives the room back.</summary>
    public void MakeRoom() => File.Delete(Filler);

    public void Dispose()
    {
        _ = Tool.Run("umount", [folder.Path]);
        folder.Dispose();
    }
}
