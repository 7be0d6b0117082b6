using System.IO.Compression;
using Sextant.Files;

namespace Sextant.Images;

/// <summary>How octets are packed, as their first ones say; names are not asked.</summary>
internal enum Packing
{
    /// <summary>Not packed, as far as one can see.</summary>
    None,
    /// <summary>gzip (RFC 1952).</summary>
    Gzip,
    /// <summary>Zstandard (RFC 8878).</summary>
    Zstandard,
    /// <summary>bzip2, which no registry knows.</summary>
    Bzip2,
    /// <summary>xz, which no registry knows.</summary>
    Xz,
}

/// <summary>Tells packed octets apart and unpacks them.</summary>
internal static class Compression
{
    /// <summary>How many octets are needed to tell.</summary>
    public const int HeadLength = 6;

    private static ReadOnlySpan<byte> GzipMagic => [0x1f, 0x8b];
    private static ReadOnlySpan<byte> Bzip2Magic => "BZh"u8;
    private static ReadOnlySpan<byte> XzMagic => [0xfd, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0];

    /// <summary>How what begins with these octets is packed.</summary>
    public static Packing Of(ReadOnlySpan<byte> head) =>
        head.StartsWith(GzipMagic) ? Packing.Gzip
        : head.StartsWith(ZstandardStream.Magic) ? Packing.Zstandard
        : head.StartsWith(Bzip2Magic) ? Packing.Bzip2
        : head.StartsWith(XzMagic) ? Packing.Xz
        : Packing.None;

    /// <summary>The unpacked octets.</summary>
    /// <exception cref="ImageException">Sextant does not unpack that.</exception>
    public static Stream Unpack(Stream packed, Packing packing) => packing switch
    {
        Packing.None => packed,
        Packing.Gzip => new GZipStream(packed, CompressionMode.Decompress),
        Packing.Zstandard => ZstandardStream.Decompress(packed),
        Packing.Bzip2 => throw new ImageException("is packed with bzip2; unpack it with 'bunzip2' first"),
        Packing.Xz => throw new ImageException("is packed with xz; unpack it with 'unxz' first"),
        _ => throw new ArgumentOutOfRangeException(nameof(packing)),
    };

    /// <summary>The OCI media type of a layer that is packed so (OCI image specification, layer.md).</summary>
    /// <exception cref="ImageException">There is none.</exception>
    public static string LayerType(Packing packing) => packing switch
    {
        Packing.None => Registry.MediaTypes.OciLayer,
        Packing.Gzip => Registry.MediaTypes.OciLayer + "+gzip",
        Packing.Zstandard => Registry.MediaTypes.OciLayer + "+zstd",
        Packing.Bzip2 or Packing.Xz => throw new ImageException("is a layer packed in a way that no container runtime must know; save the image again"),
        _ => throw new ArgumentOutOfRangeException(nameof(packing)),
    };
}
