using System.Buffers.Binary;

namespace Sextant.Primitives;

/// <summary>
/// A big-endian reader over bytes from the network. A read past the end yields zeros and latches <see cref="Failed"/>, so that a straight line of
/// reads needs one check at its end. It never throws and never allocates.
/// </summary>
public ref struct SpanReader(ReadOnlySpan<byte> buffer)
{
    private ReadOnlySpan<byte> rest = buffer;

    /// <summary>True once a read went past the end.</summary>
    public bool Failed { get; private set; }

    /// <summary>Octets not read yet.</summary>
    public readonly int Remaining => rest.Length;

    /// <summary>Reads one octet.</summary>
    public byte ReadByte()
    {
        var octets = ReadBytes(1);
        return octets.IsEmpty ? (byte)0 : octets[0];
    }

    /// <summary>Reads a 16-bit number in network order.</summary>
    public ushort ReadUInt16()
    {
        var octets = ReadBytes(2);
        return octets.IsEmpty ? (ushort)0 : BinaryPrimitives.ReadUInt16BigEndian(octets);
    }

    /// <summary>Reads a 32-bit number in network order.</summary>
    public uint ReadUInt32()
    {
        var octets = ReadBytes(4);
        return octets.IsEmpty ? 0 : BinaryPrimitives.ReadUInt32BigEndian(octets);
    }

    /// <summary>Reads an IPv4 address.</summary>
    public Ipv4Address ReadIpv4Address() => new(ReadUInt32());

    /// <summary>Reads exactly <paramref name="count"/> octets; empty (and <see cref="Failed"/>) when there are fewer.</summary>
    public ReadOnlySpan<byte> ReadBytes(int count)
    {
        if (Failed || count < 0 || count > rest.Length)
        {
            Failed = true;
            rest = default;
            return default;
        }
        var octets = rest[..count];
        rest = rest[count..];
        return octets;
    }

    /// <summary>Everything that is left; the reader is at its end afterwards.</summary>
    public ReadOnlySpan<byte> ReadRest()
    {
        var octets = rest;
        rest = default;
        return octets;
    }
}
