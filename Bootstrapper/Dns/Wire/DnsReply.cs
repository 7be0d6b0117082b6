using System.Buffers.Binary;

namespace Sextant.Dns.Wire;

/// <summary>What an upstream's response says, with the places of what it says.</summary>
public readonly record struct DnsReply
{
    /// <summary>The header.</summary>
    public DnsHeader Header { get; init; }

    /// <summary>Octets of the question's name.</summary>
    public int NameLength { get; init; }

    /// <summary>The type that was asked for.</summary>
    public DnsType Type { get; init; }

    /// <summary>The response code, with the upper bits that OPT carries.</summary>
    public DnsResponseCode Code { get; init; }

    /// <summary>Whether the upstream speaks EDNS.</summary>
    public bool HasOpt { get; init; }

    /// <summary>Where the answers end; the question's end when there are none.</summary>
    public int AnswersEnd { get; init; }

    /// <summary>Where the authority section ends.</summary>
    public int AuthoritiesEnd { get; init; }

    /// <summary>The least time to live of all records kept, in seconds; null without any.</summary>
    public uint? LeastTimeToLive { get; init; }

    /// <summary>The time to live of a denial: the lesser of SOA's own and its MINIMUM (RFC 2308 §5); null without SOA.</summary>
    public uint? DenialTimeToLive { get; init; }

    /// <summary>True when a record of the type that was asked for, or of another type that answers it, is among the answers.</summary>
    public bool Answers { get; init; }

    /// <summary>The name.</summary>
    /// <param name="message">The octets this was read from.</param>
    public ReadOnlySpan<byte> Name(ReadOnlySpan<byte> message) => message.Slice(DnsHeader.Length, NameLength);
}

/// <summary>Reads the responses of upstreams.</summary>
public static class DnsReplyReader
{
    private const uint NegativeTimeToLive = 0x8000_0000;

    /// <summary>Reads a response with its one question.</summary>
    /// <param name="message">The octets.</param>
    /// <param name="reply">What they say.</param>
    /// <param name="error">Why they are refused.</param>
    public static bool TryRead(ReadOnlySpan<byte> message, out DnsReply reply, out DnsError error)
    {
        reply = default;
        error = DnsError.TooShort;
        if (message.Length < DnsHeader.Length) return false;
        var header = DnsHeader.Read(message);
        error = DnsError.IsQuery;
        if (!header.Has(DnsHeader.Response)) return false;
        error = DnsError.QuestionCount;
        if (header.Questions != 1) return false;
        var reader = new DnsRecordReader(message, DnsHeader.Length);
        error = reader.SkipName();
        if (error is not DnsError.None) return false;
        var nameEnd = reader.Offset;
        error = DnsError.Truncated;
        if (message.Length - nameEnd < 4) return false;
        var read = new DnsReply
        {
            Header = header,
            NameLength = nameEnd - DnsHeader.Length,
            Type = (DnsType)BinaryPrimitives.ReadUInt16BigEndian(message[nameEnd..]),
            Code = (DnsResponseCode)header.ResponseCode,
        };
        error = ReadSections(message, nameEnd + 4, ref read);
        if (error is not DnsError.None) return false;
        reply = read;
        return true;
    }

    private static DnsError ReadSections(ReadOnlySpan<byte> message, int start, ref DnsReply reply)
    {
        var reader = new DnsRecordReader(message, start);
        uint? least = null, denial = null;
        var answers = false;
        var hasOpt = false;
        for (var i = 0; i < reply.Header.Answers; i++)
        {
            var error = reader.ReadRecord(out var record);
            if (error is not DnsError.None) return error;
            answers |= record.Type == reply.Type;
            least = Math.Min(least ?? uint.MaxValue, SecondsOf(record.TimeToLive));
        }
        var answersEnd = reader.Offset;
        for (var i = 0; i < reply.Header.Authorities; i++)
        {
            var error = reader.ReadRecord(out var record);
            if (error is not DnsError.None) return error;
            least = Math.Min(least ?? uint.MaxValue, SecondsOf(record.TimeToLive));
            if (record.Type is not DnsType.Soa || record.DataLength < 22) continue;
            var minimum = BinaryPrimitives.ReadUInt32BigEndian(message.Slice(record.End - 4, 4));
            denial = Math.Min(SecondsOf(record.TimeToLive), SecondsOf(minimum));
        }
        var authoritiesEnd = reader.Offset;
        var code = (uint)reply.Header.ResponseCode;
        for (var i = 0; i < reply.Header.Additionals; i++)
        {
            var error = reader.ReadRecord(out var record);
            if (error is not DnsError.None) return error;
            if (record.Type is not DnsType.Opt || hasOpt) continue;
            hasOpt = true;
            code |= (record.TimeToLive >> 24) << 4;
        }
        reply = reply with
        {
            AnswersEnd = answersEnd,
            AuthoritiesEnd = authoritiesEnd,
            LeastTimeToLive = least,
            DenialTimeToLive = denial,
            Answers = answers,
            HasOpt = hasOpt,
            Code = (DnsResponseCode)code,
        };
        return DnsError.None;
    }

    /// <summary>A time to live with its top bit set is to be taken for zero (RFC 2181 §8).</summary>
    private static uint SecondsOf(uint timeToLive) => timeToLive >= NegativeTimeToLive ? 0 : timeToLive;
}
