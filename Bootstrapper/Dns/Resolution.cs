using Sextant.Dns.Wire;

namespace Sextant.Dns;

/// <summary>What a question asks of upstreams.</summary>
/// <param name="Key">What it has in common with the same question of others.</param>
/// <param name="Name">The name in wire form, as the client wrote it.</param>
/// <param name="Type">The type.</param>
/// <param name="DnssecOk">Whether signatures are wanted.</param>
/// <param name="CheckingDisabled">Whether answers that do not validate are wanted, too.</param>
public sealed record ForwardQuestion(byte[] Key, byte[] Name, DnsType Type, bool DnssecOk, bool CheckingDisabled)
{
    /// <summary>A question.</summary>
    public static ForwardQuestion Of(ReadOnlySpan<byte> name, DnsType type, bool dnssecOk, bool checkingDisabled)
    {
        var key = new DnsQuestionKey(stackalloc byte[DnsQuestionKey.Limit], name, type, dnssecOk, checkingDisabled);
        return new ForwardQuestion(key.Octets.ToArray(), name.ToArray(), type, dnssecOk, checkingDisabled);
    }
}

/// <summary>One query to one upstream.</summary>
/// <param name="Number">Which of the resolution's, from 0.</param>
/// <param name="Upstream">Whom, as an index of the board.</param>
/// <param name="IsTcp">Over TCP.</param>
/// <param name="Id">Its id.</param>
/// <param name="Name">The name as it was written this time.</param>
/// <param name="HasEdns">Whether with EDNS.</param>
/// <param name="SentAt">When.</param>
/// <param name="WaitsUntil">Until when it is waited for before another one is sent.</param>
internal sealed record Attempt(int Number, int Upstream, bool IsTcp, ushort Id, byte[] Name, bool HasEdns, DateTimeOffset SentAt, DateTimeOffset WaitsUntil);

/// <summary>What a response means for the question.</summary>
internal enum ReplyMeaning
{
    /// <summary>Not an answer to this query: forged, late, or noise. The wait goes on.</summary>
    NotOurs,
    /// <summary>An answer.</summary>
    Answer,
    /// <summary>Ask the same upstream over TCP.</summary>
    AskByTcp,
    /// <summary>Ask the same upstream without EDNS.</summary>
    AskPlainly,
    /// <summary>This upstream does not know; another one may.</summary>
    Useless,
}

/// <summary>One question on its way to an answer: which upstreams were asked how, and what comes next. For one thread; no clock, no socket.</summary>
internal sealed class Resolution(ForwardQuestion question, DateTimeOffset startedAt)
{
    /// <summary>How long a question may take; clients ask again after five seconds.</summary>
    public static readonly TimeSpan Budget = TimeSpan.FromSeconds(4.5);

    private readonly List<Attempt> attempts = [];
    private readonly HashSet<int> useless = [];
    private readonly Dictionary<int, int> asked = [];

    public ForwardQuestion Question => question;

    public DateTimeOffset GivesUpAt { get; } = startedAt + Budget;

    /// <summary>The attempts so far; the last one is waited for.</summary>
    public IReadOnlyList<Attempt> Attempts => attempts;

    /// <summary>Whom to ask next: of those that have not said that they do not know, the one asked least; null when nobody is left.</summary>
    public int? Next(UpstreamBoard board, DateTimeOffset now)
    {
        int? best = null;
        foreach (var index in board.Order(now))
        {
            if (useless.Contains(index)) continue;
            if (best is null || asked.GetValueOrDefault(index) < asked.GetValueOrDefault(best.Value)) best = index;
        }
        return best;
    }

    /// <summary>Makes the next query.</summary>
    public (Attempt Attempt, byte[] Message) Ask(int upstream, bool isTcp, bool plainly, UpstreamBoard board, Func<uint> random, DateTimeOffset now)
    {
        var name = board.LosesCase(upstream) || isTcp ? question.Name : QuestionCase.Randomise(question.Name, random);
        var hasEdns = !plainly && !board.LacksEdns(upstream);
        var attempt = new Attempt(attempts.Count, upstream, isTcp, (ushort)random(), name, hasEdns, now, now + (isTcp ? UpstreamBoard.LongestWait : board.WaitFor(upstream)));
        attempts.Add(attempt);
        asked[upstream] = asked.GetValueOrDefault(upstream) + 1;
        var flags = (ushort)(DnsHeader.RecursionDesired | (question.CheckingDisabled ? DnsHeader.CheckingDisabled : 0));
        return (attempt, DnsWriter.Query(attempt.Id, flags, name, question.Type, hasEdns ? DnsResponder.PayloadLimit : 0, question.DnssecOk));
    }

    /// <summary>This upstream does not know.</summary>
    public void MarkUseless(int upstream) => useless.Add(upstream);

    /// <summary>What a response to an attempt means.</summary>
    public static ReplyMeaning Judge(Attempt attempt, ForwardQuestion question, ReadOnlySpan<byte> message, out DnsReply reply)
    {
        var isRead = DnsReplyReader.TryRead(message, out reply, out _);
        if (message.Length < DnsHeader.Length || DnsHeader.Read(message).Id != attempt.Id) return ReplyMeaning.NotOurs;
        if (!isRead)
        {
            // Old servers answer what they do not understand with a header alone.
            var header = DnsHeader.Read(message);
            if (!header.Has(DnsHeader.Response)) return ReplyMeaning.NotOurs;
            if (attempt.HasEdns && header.ResponseCode is (int)DnsResponseCode.FormErr or (int)DnsResponseCode.NotImp) return ReplyMeaning.AskPlainly;
            return attempt.IsTcp ? ReplyMeaning.Useless : ReplyMeaning.AskByTcp;
        }
        var name = reply.Name(message);
        if (reply.Type != question.Type || !DnsName.Same(name, question.Name)) return ReplyMeaning.NotOurs;
        // A forger who cannot see the query does not know its letters; over TCP nobody else can answer.
        if (!attempt.IsTcp && !name.SequenceEqual(attempt.Name)) return ReplyMeaning.AskByTcp;
        if (reply.Header.Has(DnsHeader.Truncated)) return attempt.IsTcp ? ReplyMeaning.Useless : ReplyMeaning.AskByTcp;
        return reply.Code switch
        {
            DnsResponseCode.NoError when IsReferral(reply) => ReplyMeaning.Useless,
            DnsResponseCode.NoError or DnsResponseCode.NxDomain => ReplyMeaning.Answer,
            DnsResponseCode.FormErr or DnsResponseCode.NotImp or DnsResponseCode.BadVers when attempt.HasEdns => ReplyMeaning.AskPlainly,
            _ => ReplyMeaning.Useless,
        };
    }

    /// <summary>A server that sends elsewhere instead of answering is no resolver, or not for us (a lame one).</summary>
    private static bool IsReferral(DnsReply reply) =>
        reply.Header is { Answers: 0, Authorities: > 0 } && reply.DenialTimeToLive is null && !reply.Header.Has(DnsHeader.RecursionAvailable);
}

/// <summary>The letters' case as a secret: a response must give the name back as it was written, which a forger would have to guess, too.</summary>
internal static class QuestionCase
{
    /// <summary>The name with each letter in a case that chance chooses.</summary>
    public static byte[] Randomise(ReadOnlySpan<byte> name, Func<uint> random)
    {
        var written = name.ToArray();
        var (bits, left) = (0u, 0);
        for (var at = 0; at < written.Length; at++)
        {
            if (!char.IsAsciiLetter((char)written[at])) continue;
            if (left == 0) (bits, left) = (random(), 32);
            if ((bits & 1) != 0) written[at] ^= 0x20;
            (bits, left) = (bits >> 1, left - 1);
        }
        return written;
    }
}
