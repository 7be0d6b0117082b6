using Sextant.Bundle;
using Sextant.Files;

namespace Sextant.Tests.Bundle;

/// <summary>A bundle taken apart into the pieces of its archive – header, content and padding of each file –, to be put together wrongly.</summary>
internal sealed class RawBundle
{
    private RawBundle(IEnumerable<byte[]> pieces) => Pieces = [.. pieces];

    /// <summary>The list, its signature, then the entries; the end of the archive is not among them.</summary>
    public List<byte[]> Pieces { get; }

    /// <summary>The whole archive, uncompressed.</summary>
    public byte[] Archive => [.. Pieces.SelectMany(piece => piece), .. new byte[BundleTar.EndLength]];

    public static RawBundle Read(string bundle)
    {
        var archive = Decompress(File.ReadAllBytes(bundle));
        var pieces = new List<byte[]>();
        for (var at = 0; archive[at] != 0;)
        {
            var size = (int)Convert.ToInt64(System.Text.Encoding.ASCII.GetString(archive, at + 124, 11), 8);
            var length = BundleTar.BlockSize + size + BundleTar.PaddingAfter(size);
            pieces.Add(archive[at..(at + length)]);
            at += length;
        }
        return new RawBundle(pieces);
    }

    /// <summary>A bundle of any list, signed as it should be.</summary>
    public static byte[] Signed(byte[] list, IEnumerable<byte[]> entries) =>
        Compress(new RawBundle([Piece(BundleLayout.List, list), Piece(BundleLayout.Signature, BundleSite.Key.Sign(list)), .. entries]).Archive);

    public static byte[] Piece(string path, byte[] content) => [.. BundleTar.HeaderOf(path, content.Length), .. content, .. new byte[BundleTar.PaddingAfter(content.Length)]];

    public static byte[] Compress(byte[] archive)
    {
        using var buffer = new MemoryStream();
        using (var frame = ZstandardStream.Compress(buffer, 1, leaveOpen: true)) frame.Write(archive);
        return buffer.ToArray();
    }

    public static byte[] Decompress(byte[] bundle)
    {
        using var frame = ZstandardStream.Decompress(new MemoryStream(bundle));
        using var archive = new MemoryStream();
        frame.CopyTo(archive);
        return archive.ToArray();
    }
}
