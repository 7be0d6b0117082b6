namespace Sextant.Tests.TestKit;

/// <summary>A file with one bit of one byte flipped, its date as before; disposing it puts the byte back.</summary>
internal sealed class FlippedByte : IDisposable
{
    private readonly string path;
    private readonly byte[] original;

    public FlippedByte(string path, int position)
    {
        this.path = path;
        original = File.ReadAllBytes(path);
        var changed = original.ToArray();
        changed[position] ^= (byte)(1 << position % 8);
        Write(changed);
    }

    /// <summary>Positions at the beginning, in the middle and at the end of a file, and all of them in one that is short.</summary>
    public static IEnumerable<int> PositionsIn(string path)
    {
        var length = (int)new FileInfo(path).Length;
        return length <= 200 ? Enumerable.Range(0, length) : [0, length / 3, length / 2, length - 1];
    }

    public void Dispose() => Write(original);

    private void Write(byte[] content)
    {
        var date = File.GetLastWriteTimeUtc(path);
        using (var file = new FileStream(path, FileMode.Open, FileAccess.Write)) file.Write(content);
        File.SetLastWriteTimeUtc(path, date);
    }
}
