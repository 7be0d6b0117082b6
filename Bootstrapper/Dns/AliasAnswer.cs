using System.Buffers.Binary;
using Sextant.Dns.Wire;

namespace Sextant.Dns;

/// <summary>The answer to a question whose name is an alias of ours for a name elsewhere: our aliases, and behind them what an upstream says of that name.</summary>
public static class AliasAnswer
{
    /// <summary>Writes the answer.</summary>
    /// <param name="partial">The answer with our aliases alone, as it was written first.</param>
    /// <param name="query">The query.</param>
    /// <param name="target">The name the aliases lead to, in wire form.</param>
    /// <param name="kept">What is known of it.</param>
    /// <param name="client">Who asks.</param>
    /// <param name="reason">Where that comes from.</param>
    /// <param name="now">The time.</param>
    /// <param name="reply">Gets the reply.</param>
    public static DnsOutcome Write(
        ReadOnlySpan<byte> partial, DnsQuery query, byte[] target, CachedReply kept, DnsClient client, DnsReason reason, DateTimeOffset now, Span<byte> reply)
    {
        // The message the records came in, as far as names in them point into it.
        var start = DnsHeader.Length + target.Length + 4;
        var source = new byte[start + kept.Records.Length];
        target.CopyTo(source, DnsHeader.Length);
        kept.Records.CopyTo(source.AsSpan(start));
        kept.Age(source.AsSpan(start), now, reason is DnsReason.Stale);

        var optLength = query.HasOpt ? DnsWriter.OptLength : 0;
        var room = Math.Min(reply.Length, client.IsTcp ? DnsResponder.MessageLimit : Math.Min(query.Payload, DnsResponder.PayloadLimit)) - optLength;
        var length = partial.Length - optLength;
        var header = DnsHeader.Read(partial);
        partial[..length].CopyTo(reply);
        var reader = new DnsRecordReader(source, start);
        var (answers, authorities) = ((int)header.Answers, 0);
        var truncated = header.Has(DnsHeader.Truncated);
        var isDenial = kept.Authorities > 0;
        for (var i = 0; i < kept.Answers + (isDenial ? kept.Authorities : 0) && !truncated; i++)
        {
            if (reader.ReadRecord(out var record) is not DnsError.None) break;
            var written = DnsRecordCopy.Copy(source, record, BinaryPrimitives.ReadUInt32BigEndian(source.AsSpan(record.TimeToLiveAt)), reply[length..room]);
            truncated = written == 0;
            length += written;
            if (truncated) break;
            if (i < kept.Answers) answers++;
            else authorities++;
        }
        var flags = (ushort)((header.Flags & ~15) | ((ushort)kept.Code & 15) | (truncated ? DnsHeader.Truncated : 0));
        if (truncated) (length, answers, authorities) = (query.QuestionEnd, 0, 0);
        if (query.HasOpt)
            length += DnsWriter.WriteOpt(reply[length..], DnsResponder.PayloadLimit, kept.Code, query.DnssecOk, reason is DnsReason.Stale ? DnsExtendedError.StaleAnswer : DnsExtendedError.None);
        new DnsHeader(header.Id, flags, 1, (ushort)answers, (ushort)authorities, (ushort)(query.HasOpt ? 1 : 0)).Write(reply);
        return new DnsOutcome(DnsVerdict.Reply, reason, length, query);
    }
}
