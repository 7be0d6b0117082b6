using Sextant.Primitives;

namespace Sextant.Ntp.Wire;

/// <summary>Whether a second will be inserted or taken out (RFC 5905 §7.3, figure 9).</summary>
public enum LeapIndicator : byte
{
    /// <summary>No.</summary>
    None = 0,
    /// <summary>The last minute of the day has 61 seconds.</summary>
    Inserted = 1,
    /// <summary>The last minute of the day has 59 seconds.</summary>
    Deleted = 2,
    /// <summary>The clock is not synchronised.</summary>
    Unknown = 3,
}

/// <summary>What a packet is in a conversation (RFC 5905 §7.3, figure 10).</summary>
public enum NtpMode : byte
{
    /// <summary>Reserved.</summary>
    Reserved = 0,
    /// <summary>A peer.</summary>
    SymmetricActive = 1,
    /// <summary>A peer that was asked.</summary>
    SymmetricPassive = 2,
    /// <summary>A client.</summary>
    Client = 3,
    /// <summary>A server.</summary>
    Server = 4,
    /// <summary>A broadcaster.</summary>
    Broadcast = 5,
    /// <summary>Control messages (RFC 9327).</summary>
    Control = 6,
    /// <summary>Private use.</summary>
    Private = 7,
}

/// <summary>Why a datagram is no NTP packet.</summary>
public enum NtpReadError
{
    /// <summary>It is one.</summary>
    None,
    /// <summary>Fewer than the 48 octets of the header.</summary>
    TooShort,
    /// <summary>A version other than 1 to 4.</summary>
    UnknownVersion,
}

/// <summary>An NTP packet's header (RFC 5905 §7.3, figure 8). Extension fields and authentication behind it are not read.</summary>
/// <remarks>
/// <code>
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +---+-----+-----+---------------+---------------+---------------+
/// |LI | VN  |Mode |    stratum    |     poll      |   precision   |   0
/// +---------------+---------------+---------------+---------------+
/// |                         root delay                            |   4
/// |                       root dispersion                         |   8
/// |                        reference id                           |  12
/// |                     reference timestamp (8)                   |  16
/// |                      origin timestamp (8)                     |  24
/// |                      receive timestamp (8)                    |  32
/// |                     transmit timestamp (8)                    |  40
/// +---------------------------------------------------------------+
/// </code>
/// </remarks>
public readonly record struct NtpPacket
{
    /// <summary>Octets of the header.</summary>
    public const int Length = 48;

    /// <summary>Warning of a leap second.</summary>
    public LeapIndicator Leap { get; init; }

    /// <summary>Version, 1 to 4.</summary>
    public byte Version { get; init; }

    /// <summary>What it is.</summary>
    public NtpMode Mode { get; init; }

    /// <summary>Steps from a reference clock, 1 to 15; 0 on the wire means none: the clock is unsynchronised, or the packet is a kiss-o'-death.</summary>
    public byte Stratum { get; init; }

    /// <summary>Logarithm of the longest interval between packets, base 2 of seconds.</summary>
    public sbyte Poll { get; init; }

    /// <summary>Logarithm of the clock's precision, base 2 of seconds.</summary>
    public sbyte Precision { get; init; }

    /// <summary>Round trip to the reference clock, in seconds with 16 bits of fraction.</summary>
    public uint RootDelay { get; init; }

    /// <summary>Greatest error towards the reference clock, in seconds with 16 bits of fraction.</summary>
    public uint RootDispersion { get; init; }

    /// <summary>Where the time comes from: an address, or four letters for a reference clock and a kiss.</summary>
    public uint ReferenceId { get; init; }

    /// <summary>When the clock was last set.</summary>
    public NtpTimestamp Reference { get; init; }

    /// <summary>The client's transmit timestamp, sent back.</summary>
    public NtpTimestamp Origin { get; init; }

    /// <summary>When the request arrived.</summary>
    public NtpTimestamp Receive { get; init; }

    /// <summary>When the packet left.</summary>
    public NtpTimestamp Transmit { get; init; }

    /// <summary>Reads a datagram.</summary>
    public static bool TryRead(ReadOnlySpan<byte> datagram, out NtpPacket packet, out NtpReadError error)
    {
        packet = default;
        error = NtpReadError.TooShort;
        if (datagram.Length < Length) return false;
        var reader = new SpanReader(datagram);
        var first = reader.ReadByte();
        var version = (byte)(first >> 3 & 7);
        error = NtpReadError.UnknownVersion;
        if (version is < 1 or > 4) return false;
        error = NtpReadError.None;
        packet = new NtpPacket
        {
            Leap = (LeapIndicator)(first >> 6),
            Version = version,
            Mode = (NtpMode)(first & 7),
            Stratum = reader.ReadByte(),
            Poll = (sbyte)reader.ReadByte(),
            Precision = (sbyte)reader.ReadByte(),
            RootDelay = reader.ReadUInt32(),
            RootDispersion = reader.ReadUInt32(),
            ReferenceId = reader.ReadUInt32(),
            Reference = ReadTime(ref reader),
            Origin = ReadTime(ref reader),
            Receive = ReadTime(ref reader),
            Transmit = ReadTime(ref reader),
        };
        return true;
    }

    /// <summary>Writes the header; <paramref name="destination"/> has at least <see cref="Length"/> octets.</summary>
    public void Write(Span<byte> destination)
    {
        var writer = new SpanWriter(destination[..Length]);
        writer.WriteByte((byte)((int)Leap << 6 | Version << 3 | (int)Mode));
        writer.WriteByte(Stratum);
        writer.WriteByte((byte)Poll);
        writer.WriteByte((byte)Precision);
        writer.WriteUInt32(RootDelay);
        writer.WriteUInt32(RootDispersion);
        writer.WriteUInt32(ReferenceId);
        WriteTime(ref writer, Reference);
        WriteTime(ref writer, Origin);
        WriteTime(ref writer, Receive);
        WriteTime(ref writer, Transmit);
    }

    private static NtpTimestamp ReadTime(ref SpanReader reader) => new((ulong)reader.ReadUInt32() << 32 | reader.ReadUInt32());

    private static void WriteTime(ref SpanWriter writer, NtpTimestamp time)
    {
        writer.WriteUInt32((uint)(time.Value >> 32));
        writer.WriteUInt32((uint)time.Value);
    }
}
