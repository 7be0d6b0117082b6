// One decision from the first octet to the last, in the order of the RFCs: it is read as one piece, and is longer than a page for that reason.
using System.Buffers.Binary;
using Sextant.Dns.Wire;

namespace Sextant.Dns;

/// <summary>
/// Decides what a query is answered, and writes the reply. No allocation: answers are written out beforehand and copied. One for each thread, because of
/// the turn that addresses take.
/// </summary>
public sealed class DnsResponder(DnsCache cache)
{
    /// <summary>What we take in one datagram, and the most we send in one: it crosses every path without fragments (RFC 9715 §3).</summary>
    public const int PayloadLimit = 1232;

    /// <summary>The most a message has over TCP.</summary>
    public const int MessageLimit = 65535;

    private const int AliasLimit = 8;
    private const uint AnyTimeToLive = 3789;
    private const uint OfflineTimeToLive = 60;

    /// <summary>HINFO with the CPU <c>RFC8482</c> and no OS (RFC 8482 §4.2).</summary>
    private static readonly byte[] AnyRecord = DnsWriter.Record([0xc0, DnsHeader.Length], DnsType.Hinfo, AnyTimeToLive, [7, .. "RFC8482"u8, 0]);

    /// <summary>SOA of the root, which is ours where nobody else is.</summary>
    private static readonly byte[] OfflineRecord = DnsWriter.Record([0], DnsType.Soa, OfflineTimeToLive, DnsWriter.SoaData([0], [0], 1, OfflineTimeToLive));

    private uint turn;

    /// <summary>Answers a message.</summary>
    /// <param name="message">The octets that came.</param>
    /// <param name="client">From whom.</param>
    /// <param name="view">What is known.</param>
    /// <param name="now">The time.</param>
    /// <param name="reply">Gets the reply: <see cref="PayloadLimit"/> octets at least, over TCP <see cref="MessageLimit"/>.</param>
    public DnsOutcome Answer(ReadOnlySpan<byte> message, DnsClient client, DnsView view, DateTimeOffset now, Span<byte> reply)
    {
        if (client.Port == 0 || (client.Port == 53 && client.Address == view.Server)) return new DnsOutcome(DnsVerdict.Drop, DnsReason.BadSource, 0, default);
        if (!DnsQueryReader.TryRead(message, out var query, out var error)) return Refuse(query, error, reply);
        if (query.EdnsVersion > 0) return Code(DnsResponseCode.BadVers, DnsReason.EdnsVersion, message, query, reply);
        if (query.Class is not DnsClass.In) return Code(DnsResponseCode.Refused, DnsReason.OtherClass, message, query, reply);
        if (query.Type is DnsType.Axfr or DnsType.Ixfr) return Code(DnsResponseCode.Refused, DnsReason.Transfer, message, query, reply);
        if (query.Type is DnsType.Opt or (>= DnsType.FirstMeta and < DnsType.Any) or 0) return Code(DnsResponseCode.NotImp, DnsReason.MetaType, message, query, reply);
        var room = RoomFor(query, client);
        var writer = new ReplyWriter(message, query, reply[..Math.Min(room, reply.Length)]);
        var found = view.Zones.Find(query.Name(message), now.ToUnixTimeSeconds(), out var node, out var zone);
        if (found is not ZoneFinding.Elsewhere) return FromZones(found, node, zone!, ref writer, query, client, view, now);
        if (!query.Header.Has(DnsHeader.RecursionDesired) || !view.MayRecurse(client.Address))
        {
            var reason = query.Header.Has(DnsHeader.RecursionDesired) ? DnsReason.Stranger : DnsReason.NotOurs;
            return writer.Finish(DnsResponseCode.Refused, reason, 0, DnsExtendedError.Prohibited);
        }
        if (query.Type is DnsType.Any)
        {
            writer.Add(AnyRecord, 1);
            return writer.Finish(DnsResponseCode.NoError, DnsReason.AnyAnswered, DnsHeader.RecursionAvailable);
        }
        if (!view.HasUpstreams)
        {
            writer.AddAuthority(OfflineRecord);
            return writer.Finish(DnsResponseCode.NxDomain, DnsReason.Offline, DnsHeader.RecursionAvailable, DnsExtendedError.NotAuthoritative, "no upstream resolvers"u8);
        }
        return FromCache(message, query, client, now, reply);
    }

    /// <summary>Writes what an upstream said, or what the cache has of it, as the answer to a query.</summary>
    /// <param name="message">The query's octets.</param>
    /// <param name="query">The query.</param>
    /// <param name="kept">What is known.</param>
    /// <param name="client">Who asks.</param>
    /// <param name="reason">Where it comes from.</param>
    /// <param name="now">The time.</param>
    /// <param name="reply">Gets the reply.</param>
    public static DnsOutcome Write(ReadOnlySpan<byte> message, DnsQuery query, CachedReply kept, DnsClient client, DnsReason reason, DateTimeOffset now, Span<byte> reply)
    {
        var writer = new ReplyWriter(message, query, reply[..Math.Min(RoomFor(query, client), reply.Length)]);
        var stale = reason is DnsReason.Stale;
        writer.AddKept(kept, now, stale);
        var extended = !stale ? DnsExtendedError.None : kept.Code is DnsResponseCode.NxDomain ? DnsExtendedError.StaleNxDomainAnswer : DnsExtendedError.StaleAnswer;
        // That the upstream validated it is not passed on: the way to it is not protected (RFC 4035 §4.9.3).
        return writer.Finish(kept.Code, reason, DnsHeader.RecursionAvailable, extended);
    }

    /// <summary>Writes that nobody could be asked.</summary>
    /// <param name="message">The query's octets.</param>
    /// <param name="query">The query.</param>
    /// <param name="client">Who asks.</param>
    /// <param name="isRemembered">Whether the failure is an earlier one.</param>
    /// <param name="reply">Gets the reply.</param>
    public static DnsOutcome WriteFailure(ReadOnlySpan<byte> message, DnsQuery query, DnsClient client, bool isRemembered, Span<byte> reply)
    {
        var writer = new ReplyWriter(message, query, reply[..Math.Min(RoomFor(query, client), reply.Length)]);
        return writer.Finish(DnsResponseCode.ServFail, isRemembered ? DnsReason.FailureCached : DnsReason.Forwarded, DnsHeader.RecursionAvailable,
            isRemembered ? DnsExtendedError.CachedError : DnsExtendedError.NoReachableAuthority);
    }

    private static int RoomFor(DnsQuery query, DnsClient client) => client.IsTcp ? MessageLimit : Math.Min(query.Payload, PayloadLimit);

    /// <summary>The answer to what is no question that could be answered: the header alone, because nothing else of it could be read for certain.</summary>
    private static DnsOutcome Refuse(DnsQuery query, DnsError error, Span<byte> reply)
    {
        if (error is DnsError.TooShort) return new DnsOutcome(DnsVerdict.Drop, DnsReason.TooShort, 0, query);
        if (error is DnsError.IsResponse) return new DnsOutcome(DnsVerdict.Drop, DnsReason.IsResponse, 0, query);
        var code = error is DnsError.OtherOperation ? DnsResponseCode.NotImp : DnsResponseCode.FormErr;
        Header(query, code, 0).Write(reply);
        return new DnsOutcome(DnsVerdict.Reply, error is DnsError.OtherOperation ? DnsReason.OtherOperation : DnsReason.Malformed, DnsHeader.Length, query);
    }

    private static DnsOutcome Code(DnsResponseCode code, DnsReason reason, ReadOnlySpan<byte> message, DnsQuery query, Span<byte> reply) =>
        new ReplyWriter(message, query, reply).Finish(code, reason, 0);

    private static DnsHeader Header(DnsQuery query, DnsResponseCode code, ushort flags)
    {
        var kept = query.Header.Flags & (DnsHeader.OpcodeMask | DnsHeader.RecursionDesired | DnsHeader.CheckingDisabled);
        return new DnsHeader(query.Header.Id, (ushort)(DnsHeader.Response | kept | flags | ((ushort)code & 15)), 0, 0, 0, 0);
    }

    private DnsOutcome FromZones(ZoneFinding found, ZoneNode? node, Zone zone, ref ReplyWriter writer, DnsQuery query, DnsClient client, DnsView view, DateTimeOffset now)
    {
        var seconds = now.ToUnixTimeSeconds();
        var flags = (ushort)(DnsHeader.Authoritative | (view.MayRecurse(client.Address) ? DnsHeader.RecursionAvailable : 0));
        for (var aliases = 0; ; aliases++)
        {
            if (found is ZoneFinding.Denied || node is null)
            {
                writer.AddDenial(zone);
                return writer.Finish(DnsResponseCode.NxDomain, DnsReason.NoName, flags);
            }
            if (query.Type is DnsType.Any)
            {
                writer.Add(AnyRecord, 1);
                return writer.Finish(DnsResponseCode.NoError, DnsReason.AnyAnswered, flags);
            }
            if (node.Find(query.Type) is { } set)
            {
                var life = node.EndsAt == 0 ? set.TimeToLive : (uint)Math.Clamp(node.EndsAt - seconds, 0, set.TimeToLive);
                writer.Add(set.Rotations[set.Rotations.Length == 1 ? 0 : (int)(turn++ % (uint)set.Rotations.Length)], set.Count);
                if (life != set.TimeToLive) writer.SetTimeToLive(life);
                writer.Offer(set);
                return writer.Finish(DnsResponseCode.NoError, DnsReason.Answered, flags);
            }
            if (node.Find(DnsType.Cname) is not { Alias: { } target } alias || aliases == AliasLimit)
            {
                writer.AddDenial(zone);
                return writer.Finish(DnsResponseCode.NoError, DnsReason.NoData, flags);
            }
            writer.AddAlias(alias.Rotations[0]);
            found = view.Zones.Find(target, seconds, out node, out var next);
            if (found is not ZoneFinding.Elsewhere)
            {
                zone = next!;
                continue;
            }
            // Stub resolvers follow no alias: whoever answers follows it for them.
            var follow = view.HasUpstreams && query.Header.Has(DnsHeader.RecursionDesired) && view.MayRecurse(client.Address);
            var told = writer.Finish(DnsResponseCode.NoError, DnsReason.Answered, flags);
            return follow ? told with { Verdict = DnsVerdict.Forward, Reason = DnsReason.Forwarded, Target = target } : told;
        }
    }

    private DnsOutcome FromCache(ReadOnlySpan<byte> message, DnsQuery query, DnsClient client, DateTimeOffset now, Span<byte> reply)
    {
        var key = new DnsQuestionKey(stackalloc byte[DnsQuestionKey.Limit], query.Name(message), query.Type, query.DnssecOk, query.Header.Has(DnsHeader.CheckingDisabled));
        return cache.Find(key, now, out var kept) switch
        {
            CacheFinding.Fresh => Write(message, query, kept!, client, DnsReason.Cached, now, reply),
            CacheFinding.Stale => Write(message, query, kept!, client, DnsReason.Stale, now, reply),
            CacheFinding.Failed => WriteFailure(message, query, client, isRemembered: true, reply),
            CacheFinding.Missing => new DnsOutcome(DnsVerdict.Forward, DnsReason.Forwarded, 0, query),
            var other => throw new InvalidOperationException($"{other} is a new finding"),
        };
    }

    /// <summary>Puts a reply together behind a copy of the question, whose letters keep their case. What does not fit is not written, and then the reply says so.</summary>
    internal ref struct ReplyWriter
    {
        private readonly DnsQuery query;
        private readonly Span<byte> reply;
        private readonly int room;
        private int length;
        private int ownerAt;
        private int answers;
        private int authorities;
        private int additionals;
        private bool truncated;
        private RecordSet? offered;

        public ReplyWriter(ReadOnlySpan<byte> message, DnsQuery query, Span<byte> reply)
        {
            this.query = query;
            this.reply = reply;
            room = reply.Length - (query.HasOpt ? DnsWriter.OptLength : 0);
            message[DnsHeader.Length..query.QuestionEnd].CopyTo(reply[DnsHeader.Length..]);
            length = query.QuestionEnd;
            ownerAt = DnsHeader.Length;
        }

        /// <summary>Where the last answer's records begin.</summary>
        private int lastAt;

        /// <summary>Adds a set of answers, each with a pointer to the question as its owner.</summary>
        public void Add(scoped ReadOnlySpan<byte> records, int count)
        {
            if (!Take(records)) return;
            answers += count;
            if (ownerAt == DnsHeader.Length) return;
            // Behind an alias the owner is the name it leads to.
            for (var at = lastAt; at < length; at += 12 + BinaryPrimitives.ReadUInt16BigEndian(reply[(at + 10)..]))
                BinaryPrimitives.WriteUInt16BigEndian(reply[at..], (ushort)(0xc000 | ownerAt));
        }

        /// <summary>Adds an alias; what follows belongs to the name it leads to.</summary>
        public void AddAlias(scoped ReadOnlySpan<byte> record)
        {
            Add(record, 1);
            ownerAt = lastAt + 12;
        }

        /// <summary>Gives all records of the last set another time to live.</summary>
        public readonly void SetTimeToLive(uint seconds)
        {
            for (var at = lastAt; at < length; at += 12 + BinaryPrimitives.ReadUInt16BigEndian(reply[(at + 10)..]))
                BinaryPrimitives.WriteUInt32BigEndian(reply[(at + 6)..], seconds);
        }

        /// <summary>The set's additional records are added when there is room at the end.</summary>
        public void Offer(RecordSet set) => offered = set.AdditionalCount > 0 ? set : null;

        /// <summary>SOA of the zone that denies (RFC 2308 §2).</summary>
        public void AddDenial(Zone zone)
        {
            Span<byte> owner = stackalloc byte[2];
            var name = reply.Slice(DnsHeader.Length, query.NameLength);
            var shared = DnsName.IsAtOrBelow(name, zone.Apex) && zone.Apex.Length > 1;
            if (shared) BinaryPrimitives.WriteUInt16BigEndian(owner, (ushort)(0xc000 | (DnsHeader.Length + name.Length - zone.Apex.Length)));
            var start = length;
            if (Take(shared ? owner : zone.Apex) && Take(zone.DenialRecord)) authorities++;
            else length = start;
        }

        /// <summary>A record of the authority section, with its owner.</summary>
        public void AddAuthority(scoped ReadOnlySpan<byte> record)
        {
            if (Take(record)) authorities++;
        }

        /// <summary>All of a kept reply, its records aged.</summary>
        public void AddKept(CachedReply kept, DateTimeOffset now, bool stale)
        {
            var start = length;
            if (!Take(kept.Records)) return;
            (answers, authorities) = (kept.Answers, kept.Authorities);
            kept.Age(reply[start..length], now, stale);
        }

        /// <summary>The header, OPT, and the reply's length.</summary>
        public DnsOutcome Finish(DnsResponseCode code, DnsReason reason, ushort flags, DnsExtendedError extended = DnsExtendedError.None, ReadOnlySpan<byte> text = default)
        {
            if (truncated)
            {
                // The client asks again over TCP and takes nothing of this (RFC 2181 §9).
                length = query.QuestionEnd;
                (answers, authorities) = (0, 0);
                flags |= DnsHeader.Truncated;
            }
            else if (offered is { } set && set.Additional.Length <= room - length)
            {
                set.Additional.CopyTo(reply[length..]);
                length += set.Additional.Length;
                additionals = set.AdditionalCount;
            }
            if (query.HasOpt)
            {
                length += DnsWriter.WriteOpt(reply[length..], PayloadLimit, code, query.DnssecOk, extended, text);
                additionals++;
            }
            (Header(query, code, flags) with { Questions = 1, Answers = (ushort)answers, Authorities = (ushort)authorities, Additionals = (ushort)additionals }).Write(reply);
            return new DnsOutcome(DnsVerdict.Reply, reason, length, query);
        }

        private bool Take(scoped ReadOnlySpan<byte> octets)
        {
            lastAt = length;
            if (truncated || octets.Length > room - length)
            {
                truncated = true;
                return false;
            }
            octets.CopyTo(reply[length..]);
            length += octets.Length;
            return true;
        }
    }
}
