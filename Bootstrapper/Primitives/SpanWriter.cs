using System.Buffers.Binary;

namespace Sextant.Primitives;

/// <summary>A big-endian writer into a fixed buffer. A write that does not fit writes nothing and latches <see cref="Overflowed"/>.</summary>
public ref struct SpanWriter(Span<byte> buffer)
{
    private readonly Span<byte> buffer = buffer;

    /// <summary>Octets written so far.</summary>
    public int Position { get; private set; }

    /// <summary>True once a write did not fit.</summary>
    public bool Overflowed { get; private set; }

    /// <summary>Octets that still fit.</summary>
    public readonly int Free => buffer.Length - Position;

    /// <summary>What was written.</summary>
    public readonly ReadOnlySpan<byte> Written => buffer[..Position];

    /// <summary>Writes one octet.</summary>
    public void WriteByte(byte value)
    {
        if (Take(1, out var at)) buffer[at] = value;
    }

    /// <summary>Writes a 16-bit number in network order.</summary>
    public void WriteUInt16(ushort value)
    {
        if (Take(2, out var at)) BinaryPrimitives.WriteUInt16BigEndian(buffer[at..], value);
    }

    /// <summary>Writes a 32-bit number in network order.</summary>
    public void WriteUInt32(uint value)
    {
        if (Take(4, out var at)) BinaryPrimitives.WriteUInt32BigEndian(buffer[at..], value);
    }

    /// <summary>Writes an IPv4 address.</summary>
    public void WriteIpv4Address(Ipv4Address value) => WriteUInt32(value.Value);

    /// <summary>Writes octets.</summary>
    public void WriteBytes(ReadOnlySpan<byte> octets)
    {
        if (Take(octets.Length, out var at)) octets.CopyTo(buffer[at..]);
    }

    /// <summary>Writes <paramref name="count"/> zeros.</summary>
    public void WriteZeros(int count)
    {
        if (Take(count, out var at)) buffer.Slice(at, count).Clear();
    }

    private bool Take(int count, out int at)
    {
        at = Position;
        if (Overflowed || count < 0 || count > Free)
        {
            Overflowed = true;
            return false;
        }
        Position += count;
        return true;
    }
}
