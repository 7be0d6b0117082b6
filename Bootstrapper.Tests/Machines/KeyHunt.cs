using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Sextant.Tests.Machines;

/// <summary>
/// Looks for private keys where they must not be. It reads the keys off a machine's disk (a PEM file of this size lies in one block, whatever the file
/// system) and searches a packet capture for them, as text and as octets. A packet boundary may cut a key in two, so each half is searched by itself.
/// </summary>
internal static class KeyHunt
{
    private const int Window = 4 * 1024 * 1024;
    private const int Overlap = 16 * 1024;
    private static readonly byte[] Begin = "-----BEGIN "u8.ToArray();

    /// <summary>What announces a private key to whoever reads a wire: the PEM labels, and the beginning of a P-256 key in SEC 1 (RFC 5915) and in PKCS#8 (RFC 5958).</summary>
    public static IReadOnlyList<byte[]> Markers { get; } =
    [
        "BEGIN PRIVATE KEY"u8.ToArray(), "BEGIN EC PRIVATE KEY"u8.ToArray(), "BEGIN RSA PRIVATE KEY"u8.ToArray(),
        Convert.FromHexString("307702010104"), // SEQUENCE { INTEGER 1, OCTET STRING …
        Convert.FromHexString("308187020100301306072A8648CE3D020106082A8648CE3D030107"),
    ];

    /// <summary>Every distinct EC private key that lies on a disk as PEM.</summary>
    public static IReadOnlyList<byte[]> ScalarsOn(string disk)
    {
        var scalars = new Dictionary<string, byte[]>();
        Scan(disk, window =>
        {
            for (int at; (at = window.IndexOf(Begin)) >= 0; window = window[(at + Begin.Length)..])
            {
                var text = window.Slice(at, Math.Min(Overlap / 4, window.Length - at));
                var end = text.IndexOf((byte)0); // what follows a file's end in its last block
                if (ScalarOf(Encoding.ASCII.GetString(end < 0 ? text : text[..end])) is { } scalar) scalars[Convert.ToHexString(scalar)] = scalar;
            }
            return false;
        });
        return [.. scalars.Values];
    }

    /// <summary>The octet and text forms, cut in halves, under which a scalar would cross a wire in the clear.</summary>
    public static IEnumerable<byte[]> TracesOf(byte[] scalar)
    {
        yield return scalar[..16];
        yield return scalar[16..];
        // In base64 three octets make four letters; where the scalar begins in its document decides between three spellings.
        for (var shift = 0; shift < 3; shift++)
        {
            var letters = Convert.ToBase64String([.. new byte[shift], .. scalar]);
            var own = letters[(shift == 0 ? 0 : 4)..^4];
            yield return Encoding.ASCII.GetBytes(own[..(own.Length / 2)]);
            yield return Encoding.ASCII.GetBytes(own[(own.Length / 2)..]);
        }
    }

    /// <summary>The patterns that occur in a file.</summary>
    public static IReadOnlyList<byte[]> Found(string file, IReadOnlyList<byte[]> patterns)
    {
        var found = new List<byte[]>();
        Scan(file, window =>
        {
            foreach (var pattern in patterns)
            {
                if (!found.Contains(pattern) && window.IndexOf(pattern) >= 0) found.Add(pattern);
            }
            return found.Count == patterns.Count;
        });
        return found;
    }

    private delegate bool Look(ReadOnlySpan<byte> window);

    /// <summary>Reads a file in windows that overlap by more than any pattern is long; windows of zeros (holes of a sparse disk) are passed over.</summary>
    private static void Scan(string file, Look isEnough)
    {
        using var handle = File.OpenHandle(file, options: FileOptions.SequentialScan);
        var buffer = ArrayPool<byte>.Shared.Rent(Window);
        try
        {
            for (long at = 0, length = RandomAccess.GetLength(handle); at < length; at += Window - Overlap)
            {
                var window = Read(handle, buffer.AsSpan(0, Window), at);
                if (window.IndexOfAnyExcept((byte)0) >= 0 && isEnough(window)) return;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static ReadOnlySpan<byte> Read(SafeFileHandle handle, Span<byte> into, long at)
    {
        var filled = 0;
        for (int length; filled < into.Length && (length = RandomAccess.Read(handle, into[filled..], at + filled)) > 0;) filled += length;
        return into[..filled];
    }

    private static byte[]? ScalarOf(string pem)
    {
        // Other labels (an encrypted or an OpenSSH key, as in a library's documentation) are no keys that a machine made for its certificates.
        if (!PemEncoding.TryFind(pem, out var fields) || pem[fields.Label] is not ("PRIVATE KEY" or "EC PRIVATE KEY")) return null;
        try
        {
            using var key = ECDsa.Create();
            key.ImportFromPem(pem.AsSpan()[fields.Location]);
            return key.ExportParameters(includePrivateParameters: true).D;
        }
        catch (CryptographicException)
        {
            return null; // a block that was overwritten in part
        }
    }
}
