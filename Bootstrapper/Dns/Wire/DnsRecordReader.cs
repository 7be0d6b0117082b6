using System.Buffers.Binary;

namespace Sextant.Dns.Wire;

/// <summary>Reads names and records of a message, one after the other. Never throws, never allocates, and every step moves forward.</summary>
/// <param name="message">The whole message, because compressed names point into it.</param>
/// <param name="offset">Where to begin.</param>
public ref struct DnsRecordReader(ReadOnlySpan<byte> message, int offset)
{
    private readonly ReadOnlySpan<byte> message = message;

    /// <summary>Where the next read begins.</summary>
    public int Offset { get; private set; } = offset;

    /// <summary>Passes a name.</summary>
    public DnsError SkipName() => Walk(default, out _);

    /// <summary>Reads a name, uncompressed.</summary>
    /// <param name="name">Gets the name; <see cref="DnsName.Limit"/> octets at least.</param>
    /// <param name="length">The octets written.</param>
    public DnsError ReadName(scoped Span<byte> name, out int length) => Walk(name, out length);

    /// <summary>Reads a record; the reader stands behind it then.</summary>
    /// <remarks>
    /// <code>
    /// name | type 2 | class 2 | ttl 4 | length 2 | data      (RFC 1035 §3.2.1)
    /// </code>
    /// </remarks>
    public DnsError ReadRecord(out DnsRecordPlace record)
    {
        record = default;
        var start = Offset;
        var error = SkipName();
        if (error is not DnsError.None) return error;
        if (message.Length - Offset < 10) return DnsError.Truncated;
        var fields = message.Slice(Offset, 10);
        var data = Offset + 10;
        var length = BinaryPrimitives.ReadUInt16BigEndian(fields[8..]);
        if (message.Length - data < length) return DnsError.BadData;
        record = new DnsRecordPlace(
            start, (DnsType)BinaryPrimitives.ReadUInt16BigEndian(fields), (DnsClass)BinaryPrimitives.ReadUInt16BigEndian(fields[2..]),
            BinaryPrimitives.ReadUInt32BigEndian(fields[4..]), Offset + 4, data, length);
        Offset = data + length;
        return DnsError.None;
    }

    /// <summary>
    /// Follows a name. Each pointer must lead to before where the labels at hand began, and behind the header: so the way ends, whatever the octets say
    /// (RFC 9267 §2; the cure of CVE-2017-12995).
    /// </summary>
    private DnsError Walk(scoped Span<byte> name, out int length)
    {
        length = 0;
        var at = Offset;
        var bound = at;
        var end = -1;
        while (true)
        {
            if (at >= message.Length) return DnsError.Truncated;
            var octet = message[at];
            switch (octet >> 6)
            {
                case 0:
                    if (message.Length - at <= octet) return DnsError.Truncated;
                    if (length + octet + 1 > DnsName.Limit) return DnsError.NameTooLong;
                    if (!name.IsEmpty) message.Slice(at, octet + 1).CopyTo(name[length..]);
                    length += octet + 1;
                    at += octet + 1;
                    if (octet > 0) break;
                    Offset = end < 0 ? at : end;
                    return DnsError.None;
                case 3:
                    if (message.Length - at < 2) return DnsError.Truncated;
                    var target = BinaryPrimitives.ReadUInt16BigEndian(message[at..]) & 0x3fff;
                    if (target < DnsHeader.Length || target >= bound) return DnsError.BadPointer;
                    if (end < 0) end = at + 2;
                    (at, bound) = (target, target);
                    break;
                default:
                    return DnsError.ReservedLabel;
            }
        }
    }
}

/// <summary>Where a record stands in its message.</summary>
/// <param name="Start">Where its owner's name begins.</param>
/// <param name="Type">The type.</param>
/// <param name="Class">The class; of OPT, the size of UDP payloads.</param>
/// <param name="TimeToLive">Seconds; of OPT, flags.</param>
/// <param name="TimeToLiveAt">Where that stands.</param>
/// <param name="DataAt">Where the data begins.</param>
/// <param name="DataLength">The data's octets.</param>
public readonly record struct DnsRecordPlace(int Start, DnsType Type, DnsClass Class, uint TimeToLive, int TimeToLiveAt, int DataAt, int DataLength)
{
    /// <summary>Where the record ends.</summary>
    public int End => DataAt + DataLength;
}
