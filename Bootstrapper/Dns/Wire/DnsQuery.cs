using System.Buffers.Binary;

namespace Sextant.Dns.Wire;

/// <summary>What a query asks, with the place of its question: the octets stay where they are.</summary>
public readonly record struct DnsQuery
{
    /// <summary>The size of UDP payloads of clients that say nothing of it, and the least that counts (RFC 6891 §6.2.3).</summary>
    public const int PlainPayload = 512;

    /// <summary>The header.</summary>
    public DnsHeader Header { get; init; }

    /// <summary>Octets of the name, which begins behind the header.</summary>
    public int NameLength { get; init; }

    /// <summary>The type asked for.</summary>
    public DnsType Type { get; init; }

    /// <summary>The class asked for.</summary>
    public DnsClass Class { get; init; }

    /// <summary>True when the client speaks EDNS.</summary>
    public bool HasOpt { get; init; }

    /// <summary>The version of EDNS.</summary>
    public byte EdnsVersion { get; init; }

    /// <summary>What the client takes in one UDP datagram, 512 at least.</summary>
    public int Payload { get; init; }

    /// <summary>DO: the client wants signatures (RFC 3225).</summary>
    public bool DnssecOk { get; init; }

    /// <summary>Where the question ends.</summary>
    public int QuestionEnd => DnsHeader.Length + NameLength + 4;

    /// <summary>The name.</summary>
    /// <param name="message">The octets this was read from.</param>
    public ReadOnlySpan<byte> Name(ReadOnlySpan<byte> message) => message.Slice(DnsHeader.Length, NameLength);
}

/// <summary>Reads queries.</summary>
public static class DnsQueryReader
{
    /// <summary>Reads a query.</summary>
    /// <param name="message">A datagram's payload, or what follows the length over TCP.</param>
    /// <param name="query">What it asks; of a query that is refused, what could be read: always the header when there are twelve octets.</param>
    /// <param name="error">Why it is refused.</param>
    public static bool TryRead(ReadOnlySpan<byte> message, out DnsQuery query, out DnsError error)
    {
        query = default;
        if (message.Length < DnsHeader.Length) return Fail(DnsError.TooShort, out error);
        var header = DnsHeader.Read(message);
        query = new DnsQuery { Header = header, Payload = DnsQuery.PlainPayload };
        if (header.Has(DnsHeader.Response)) return Fail(DnsError.IsResponse, out error);
        if (header.Opcode is not DnsOpcode.Query) return Fail(DnsError.OtherOperation, out error);
        if (header.Questions != 1) return Fail(DnsError.QuestionCount, out error);
        error = ReadQuestion(message, out var nameLength);
        if (error is not DnsError.None) return false;
        var end = DnsHeader.Length + nameLength;
        query = query with
        {
            NameLength = nameLength,
            Type = (DnsType)BinaryPrimitives.ReadUInt16BigEndian(message[end..]),
            Class = (DnsClass)BinaryPrimitives.ReadUInt16BigEndian(message[(end + 2)..]),
        };
        // The most frequent form has nothing behind the question.
        if (header.Answers == 0 && header.Authorities == 0 && header.Additionals == 0) return true;
        return TryReadRest(message, ref query, out error);
    }

    private static DnsError ReadQuestion(ReadOnlySpan<byte> message, out int nameLength)
    {
        nameLength = 0;
        var at = DnsHeader.Length;
        while (true)
        {
            if (at >= message.Length) return DnsError.Truncated;
            var octet = message[at];
            if (octet >= 0xc0) return DnsError.CompressedQuestion;
            if (octet > DnsName.LabelLimit) return DnsError.ReservedLabel;
            at += octet + 1;
            if (at - DnsHeader.Length > DnsName.Limit) return DnsError.NameTooLong;
            if (octet == 0) break;
        }
        if (message.Length - at < 4) return DnsError.Truncated;
        nameLength = at - DnsHeader.Length;
        return DnsError.None;
    }

    /// <summary>Behind the question there may be anything; only OPT means something here. What follows the last record is no part of the message.</summary>
    private static bool TryReadRest(ReadOnlySpan<byte> message, ref DnsQuery query, out DnsError error)
    {
        var header = query.Header;
        var reader = new DnsRecordReader(message, query.QuestionEnd);
        var before = header.Answers + header.Authorities;
        for (var i = 0; i < before + header.Additionals; i++)
        {
            error = reader.ReadRecord(out var record);
            if (error is not DnsError.None) return false;
            if (record.Type is not DnsType.Opt || i < before) continue;
            if (query.HasOpt) return Fail(DnsError.SeveralOpts, out error);
            if (message[record.Start] != 0) return Fail(DnsError.OptOwner, out error);
            query = query with
            {
                HasOpt = true,
                EdnsVersion = (byte)(record.TimeToLive >> 16),
                DnssecOk = (record.TimeToLive & DnsWriter.DnssecOkBit) != 0,
                Payload = Math.Max((int)record.Class, DnsQuery.PlainPayload),
            };
            if (!HasWholeOptions(message.Slice(record.DataAt, record.DataLength))) return Fail(DnsError.BadData, out error);
        }
        error = DnsError.None;
        return true;
    }

    /// <summary>Options are pairs of code and length with their data (RFC 6891 §6.1.2); which ones does not matter here.</summary>
    private static bool HasWholeOptions(ReadOnlySpan<byte> options)
    {
        while (options.Length >= 4)
        {
            var length = BinaryPrimitives.ReadUInt16BigEndian(options[2..]);
            if (options.Length - 4 < length) return false;
            options = options[(4 + length)..];
        }
        return options.IsEmpty;
    }

    private static bool Fail(DnsError why, out DnsError error)
    {
        error = why;
        return false;
    }
}
