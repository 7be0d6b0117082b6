using System.Buffers.Binary;

namespace Sextant.Dns.Wire;

/// <summary>The twelve octets every message begins with (RFC 1035 §4.1.1, with AD and CD of RFC 4035 §3).</summary>
/// <remarks>
/// <code>
///   0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15
/// +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
/// |                      ID                       |
/// |QR|   Opcode  |AA|TC|RD|RA| Z|AD|CD|   RCODE   |
/// |                    QDCOUNT                    |
/// |                    ANCOUNT                    |
/// |                    NSCOUNT                    |
/// |                    ARCOUNT                    |
/// +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
/// </code>
/// </remarks>
/// <param name="Id">Which the response repeats.</param>
/// <param name="Flags">The second line of the drawing.</param>
/// <param name="Questions">QDCOUNT.</param>
/// <param name="Answers">ANCOUNT.</param>
/// <param name="Authorities">NSCOUNT.</param>
/// <param name="Additionals">ARCOUNT.</param>
public readonly record struct DnsHeader(ushort Id, ushort Flags, ushort Questions, ushort Answers, ushort Authorities, ushort Additionals)
{
    /// <summary>Octets.</summary>
    public const int Length = 12;

    /// <summary>QR: a response.</summary>
    public const ushort Response = 0x8000;

    /// <summary>AA: the answer of an authority.</summary>
    public const ushort Authoritative = 0x0400;

    /// <summary>TC: cut off; ask over TCP.</summary>
    public const ushort Truncated = 0x0200;

    /// <summary>RD: the client wants others to be asked, too.</summary>
    public const ushort RecursionDesired = 0x0100;

    /// <summary>RA: others are asked.</summary>
    public const ushort RecursionAvailable = 0x0080;

    /// <summary>AD: the data is authentic, says whoever validated it.</summary>
    public const ushort AuthenticData = 0x0020;

    /// <summary>CD: the client validates itself.</summary>
    public const ushort CheckingDisabled = 0x0010;

    /// <summary>The bits of the operation.</summary>
    public const ushort OpcodeMask = 0x7800;

    /// <summary>The operation.</summary>
    public DnsOpcode Opcode => (DnsOpcode)((Flags & OpcodeMask) >> 11);

    /// <summary>The lower four bits of the response code.</summary>
    public int ResponseCode => Flags & 15;

    /// <summary>True when all bits of <paramref name="flag"/> are set.</summary>
    public bool Has(ushort flag) => (Flags & flag) == flag;

    /// <summary>Reads a header; <paramref name="message"/> has its twelve octets.</summary>
    public static DnsHeader Read(ReadOnlySpan<byte> message) => new(
        BinaryPrimitives.ReadUInt16BigEndian(message), BinaryPrimitives.ReadUInt16BigEndian(message[2..]), BinaryPrimitives.ReadUInt16BigEndian(message[4..]),
        BinaryPrimitives.ReadUInt16BigEndian(message[6..]), BinaryPrimitives.ReadUInt16BigEndian(message[8..]), BinaryPrimitives.ReadUInt16BigEndian(message[10..]));

    /// <summary>Writes it at the start of <paramref name="message"/>.</summary>
    public void Write(Span<byte> message)
    {
        BinaryPrimitives.WriteUInt16BigEndian(message, Id);
        BinaryPrimitives.WriteUInt16BigEndian(message[2..], Flags);
        BinaryPrimitives.WriteUInt16BigEndian(message[4..], Questions);
        BinaryPrimitives.WriteUInt16BigEndian(message[6..], Answers);
        BinaryPrimitives.WriteUInt16BigEndian(message[8..], Authorities);
        BinaryPrimitives.WriteUInt16BigEndian(message[10..], Additionals);
    }
}
