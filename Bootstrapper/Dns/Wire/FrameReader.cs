using System.Buffers.Binary;

namespace Sextant.Dns.Wire;

/// <summary>
/// Cuts a TCP stream into messages: each has its length, two octets, in front (RFC 1035 §4.2.2), and they come in pieces of any size (RFC 7766 §8). The
/// buffer grows with what arrives and not with what a length promises.
/// </summary>
public sealed class FrameReader
{
    private const int Start = 512;

    /// <summary>The length and the longest message.</summary>
    private const int Limit = 2 + 65535;

    private byte[] buffer = new byte[Start];
    private int begin;
    private int end;

    /// <summary>Where the next octets of the stream go; never empty.</summary>
    public Memory<byte> Room()
    {
        if (begin > 0)
        {
            buffer.AsSpan(begin, end - begin).CopyTo(buffer);
            (begin, end) = (0, end - begin);
        }
        if (end == buffer.Length) Array.Resize(ref buffer, Math.Min(buffer.Length * 2, Limit));
        return buffer.AsMemory(end);
    }

    /// <summary>So many octets were put there.</summary>
    public void Filled(int count) => end += count;

    /// <summary>True while a message has begun and is not whole.</summary>
    public bool IsInside => end > begin;

    /// <summary>The next whole message; valid until <see cref="Room"/> is called. To be called until there is none, before more octets are put in.</summary>
    public bool TryTake(out ReadOnlyMemory<byte> message)
    {
        message = default;
        if (end - begin < 2) return false;
        var length = BinaryPrimitives.ReadUInt16BigEndian(buffer.AsSpan(begin));
        if (end - begin - 2 < length) return false;
        message = buffer.AsMemory(begin + 2, length);
        begin += 2 + length;
        return true;
    }
}
