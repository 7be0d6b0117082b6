using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Sextant.Storage;

/// <summary>The first octets of a journal file.</summary>
/// <param name="Salt">A random number mixed into every checksum, so that a frame copied from another file never passes for one of this file.</param>
/// <param name="SealedLength">Octets that were on disk before the file took its name: damage below this offset is never a torn write.</param>
/// <param name="FirstNumber">The number of the first frame.</param>
internal readonly record struct JournalHeader(uint Salt, long SealedLength, ulong FirstNumber);

/// <summary>What a frame says of itself.</summary>
/// <param name="PayloadLength">Octets that follow the frame's head.</param>
/// <param name="Number">One more than the frame before it.</param>
/// <param name="Checksum">CRC32C over salt, head and payload.</param>
internal readonly record struct FrameHead(int PayloadLength, ulong Number, uint Checksum);

/// <summary>
/// The bytes of a journal file, all numbers little-endian.
/// <code>
/// header   0 magic "SXTJRNL\n"   8 version (4)   12 salt (4)   16 sealed length (8)   24 first number (8)   32 CRC32C of 0..31 (4)
/// frame    0 marker "SXFR"       4 payload length (4)          8 number (8)           16 CRC32C of salt, 0..15, payload (4)    20 payload
/// payload  changes back to back: key length (2), key (UTF-8), value length (4; ffffffff removes the key), value
/// space    preallocated zeros up to the end of the file, which the next frames overwrite; there may be none
/// </code>
/// A frame holds one group of commits, the unit of one sync. The next frame is written only when the one before is on disk, so that a torn write
/// can only be the last frame, and a bad frame with a good one behind it is damage.
/// </summary>
internal static class JournalFormat
{
    /// <summary>The version this product writes, and the newest it reads.</summary>
    public const uint Version = 1;

    /// <summary>Length of the file's header, in octets.</summary>
    public const int HeaderLength = 36;

    /// <summary>Length of a frame's head, in octets.</summary>
    public const int FrameHeadLength = 20;

    /// <summary>The longest payload a frame may have, in octets; a longer commit is refused.</summary>
    public const int MaxPayloadLength = 64 << 20;

    /// <summary>The longest key, in UTF-8 octets.</summary>
    public const int MaxKeyLength = 512;

    private const uint Removal = uint.MaxValue;
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The four octets every frame begins with.</summary>
    public static ReadOnlySpan<byte> FrameMarker => "SXFR"u8;

    private static ReadOnlySpan<byte> Magic => "SXTJRNL\n"u8;

    /// <summary>Writes the header into its <see cref="HeaderLength"/> octets.</summary>
    public static void WriteHeader(Span<byte> destination, JournalHeader header)
    {
        Magic.CopyTo(destination);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[8..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[12..], header.Salt);
        BinaryPrimitives.WriteInt64LittleEndian(destination[16..], header.SealedLength);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[24..], header.FirstNumber);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[32..], Checksum(0, destination[..32], default));
    }

    /// <summary>Reads the header; null says what is wrong in <paramref name="problem"/>.</summary>
    public static JournalHeader? ReadHeader(ReadOnlySpan<byte> octets, out string problem)
    {
        problem = "";
        if (octets.Length < HeaderLength) problem = $"the file has {octets.Length} octets, fewer than its header";
        else if (!octets.StartsWith(Magic)) problem = "the file does not begin with the mark of a Sextant journal";
        else if (BinaryPrimitives.ReadUInt32LittleEndian(octets[8..]) is var version && version > Version)
            problem = $"the file has format version {version}, written by a newer Sextant; this one reads up to version {Version}";
        else if (BinaryPrimitives.ReadUInt32LittleEndian(octets[32..]) != Checksum(0, octets[..32], default)) problem = "the header's checksum does not match";
        if (problem.Length > 0) return null;
        return new JournalHeader(
            BinaryPrimitives.ReadUInt32LittleEndian(octets[12..]), BinaryPrimitives.ReadInt64LittleEndian(octets[16..]), BinaryPrimitives.ReadUInt64LittleEndian(octets[24..]));
    }

    /// <summary>Completes a frame whose payload already stands behind its head.</summary>
    public static void SealFrame(Span<byte> frame, uint salt, ulong number)
    {
        FrameMarker.CopyTo(frame);
        BinaryPrimitives.WriteInt32LittleEndian(frame[4..], frame.Length - FrameHeadLength);
        BinaryPrimitives.WriteUInt64LittleEndian(frame[8..], number);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[16..], Checksum(salt, frame[..16], frame[FrameHeadLength..]));
    }

    /// <summary>Reads a frame's head; null when it is none.</summary>
    public static FrameHead? ReadFrameHead(ReadOnlySpan<byte> octets)
    {
        if (octets.Length < FrameHeadLength || !octets.StartsWith(FrameMarker)) return null;
        var length = BinaryPrimitives.ReadUInt32LittleEndian(octets[4..]);
        if (length is 0 or > MaxPayloadLength) return null;
        return new FrameHead((int)length, BinaryPrimitives.ReadUInt64LittleEndian(octets[8..]), BinaryPrimitives.ReadUInt32LittleEndian(octets[16..]));
    }

    /// <summary>CRC32C (Castagnoli, RFC 3720 appendix B.4) over salt, head and payload.</summary>
    public static uint Checksum(uint salt, ReadOnlySpan<byte> head, ReadOnlySpan<byte> payload) =>
        ~Crc(Crc(BitOperations.Crc32C(uint.MaxValue, salt), head), payload);

    /// <summary>Encodes a commit.</summary>
    /// <exception cref="ArgumentException">A key or the commit is too long, or a key is empty or not valid Unicode.</exception>
    public static byte[] Encode(IReadOnlyList<Change> changes)
    {
        long length = 0;
        foreach (var change in changes) length += EncodedLength(change);
        if (length > MaxPayloadLength) throw new ArgumentException($"a commit of {length} octets is longer than the {MaxPayloadLength} a journal takes at once", nameof(changes));
        var octets = new byte[length];
        var at = 0;
        foreach (var change in changes) at += Write(octets.AsSpan(at), change);
        return octets;
    }

    /// <summary>Octets the change takes in a payload.</summary>
    /// <exception cref="ArgumentException">The key is empty, too long, or not valid Unicode.</exception>
    public static int EncodedLength(Change change)
    {
        var key = StrictUtf8.GetByteCount(change.Key);
        if (key is 0 or > MaxKeyLength) throw new ArgumentException($"a key has 1 to {MaxKeyLength} UTF-8 octets, not {key}: '{change.Key}'", nameof(change));
        return checked(2 + key + 4 + (change.Value?.Length ?? 0));
    }

    /// <summary>Writes the change and returns its length.</summary>
    public static int Write(Span<byte> destination, Change change)
    {
        var key = StrictUtf8.GetBytes(change.Key, destination[2..]);
        BinaryPrimitives.WriteUInt16LittleEndian(destination, (ushort)key);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[(2 + key)..], change.Value is null ? Removal : (uint)change.Value.Length);
        change.Value?.CopyTo(destination[(6 + key)..]);
        return 6 + key + (change.Value?.Length ?? 0);
    }

    /// <summary>Reads a payload's changes; null when it is malformed.</summary>
    public static List<Change>? Decode(ReadOnlySpan<byte> payload)
    {
        var changes = new List<Change>();
        while (!payload.IsEmpty)
        {
            if (payload.Length < 2) return null;
            var keyLength = BinaryPrimitives.ReadUInt16LittleEndian(payload);
            if (keyLength is 0 or > MaxKeyLength || payload.Length < 6 + keyLength) return null;
            var key = Encoding.UTF8.GetString(payload.Slice(2, keyLength));
            var valueLength = BinaryPrimitives.ReadUInt32LittleEndian(payload[(2 + keyLength)..]);
            payload = payload[(6 + keyLength)..];
            if (valueLength == Removal)
            {
                changes.Add(new Change(key, null));
                continue;
            }
            if (valueLength > payload.Length) return null;
            changes.Add(new Change(key, payload[..(int)valueLength].ToArray()));
            payload = payload[(int)valueLength..];
        }
        return changes;
    }

    private static uint Crc(uint crc, ReadOnlySpan<byte> octets)
    {
        for (; octets.Length >= 8; octets = octets[8..]) crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(octets));
        foreach (var octet in octets) crc = BitOperations.Crc32C(crc, octet);
        return crc;
    }
}
