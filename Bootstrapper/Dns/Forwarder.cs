using Sextant.Primitives;

namespace Sextant.Dns;

/// <summary>Something the forwarder wants done.</summary>
/// <typeparam name="TWaiter">Who waits for an answer.</typeparam>
public abstract record ForwardStep<TWaiter>
{
    private ForwardStep() { }

    /// <summary>Send a query from a port that chance chooses, and bring back what comes.</summary>
    /// <param name="Resolution">For which question.</param>
    /// <param name="Attempt">Which of its queries.</param>
    /// <param name="Upstream">To whom.</param>
    /// <param name="IsTcp">How.</param>
    /// <param name="Message">What.</param>
    public sealed record Send(long Resolution, int Attempt, Ipv4Address Upstream, bool IsTcp, byte[] Message) : ForwardStep<TWaiter>;

    /// <summary>Nothing more is waited for: close the question's sockets.</summary>
    /// <param name="Resolution">Which question.</param>
    public sealed record Close(long Resolution) : ForwardStep<TWaiter>;

    /// <summary>Answer somebody.</summary>
    /// <param name="Waiter">Whom.</param>
    /// <param name="Reply">With what.</param>
    /// <param name="Reason">Where that comes from.</param>
    public sealed record Answer(TWaiter Waiter, CachedReply Reply, DnsReason Reason) : ForwardStep<TWaiter>;

    /// <summary>Tell somebody that there is no answer.</summary>
    /// <param name="Waiter">Whom.</param>
    /// <param name="Failure">Why.</param>
    public sealed record Fail(TWaiter Waiter, ForwardFailure Failure) : ForwardStep<TWaiter>;
}

/// <summary>Why a question to upstreams has no answer.</summary>
public enum ForwardFailure
{
    /// <summary>None of them answered, or all said that they do not know.</summary>
    NoAnswer,
    /// <summary>None did a moment ago.</summary>
    Remembered,
    /// <summary>Too many questions are open.</summary>
    Overloaded,
    /// <summary>The upstream asks us what we ask it.</summary>
    Loop,
}

/// <summary>
/// Everything about asking upstreams but the sockets and the clock: identical questions are asked once, silent upstreams are followed by the next, answers
/// and failures are kept, and what was known before is told when nothing new is to be had. For one thread; it says what to do in <see cref="TryTake"/>.
/// </summary>
/// <param name="board">The upstreams.</param>
/// <param name="cache">Where answers are kept.</param>
/// <param name="random">32 bits that nobody can foresee.</param>
/// <typeparam name="TWaiter">Who waits for an answer.</typeparam>
public sealed class Forwarder<TWaiter>(UpstreamBoard board, DnsCache cache, Func<uint> random)
{
    /// <summary>Questions that are open at once.</summary>
    public const int OpenLimit = 1024;

    /// <summary>Clients that wait for one question.</summary>
    public const int WaiterLimit = 256;

    /// <summary>How long a client waits for something newer than what is known already (RFC 8767 §5, client response timer).</summary>
    public static readonly TimeSpan StalePatience = TimeSpan.FromSeconds(1.8);

    private readonly Dictionary<byte[], Open> byKey = new(OctetsComparer.Instance);
    private readonly Dictionary<long, Open> byNumber = [];
    private readonly PriorityQueue<long, DateTimeOffset> deadlines = new();
    private readonly Queue<ForwardStep<TWaiter>> steps = new();
    private long numbers;

    /// <summary>Questions that are open.</summary>
    public int OpenCount => byNumber.Count;

    /// <summary>When <see cref="OnTimer"/> has something to do; null for never.</summary>
    public DateTimeOffset? NextDeadline => deadlines.TryPeek(out _, out var at) ? at : null;

    /// <summary>The next thing to do.</summary>
    public bool TryTake(out ForwardStep<TWaiter> step) => steps.TryDequeue(out step!);

    /// <summary>A client asks.</summary>
    public void Ask(ForwardQuestion question, Ipv4Address client, TWaiter waiter, DateTimeOffset now)
    {
        if (byKey.TryGetValue(question.Key, out var open))
        {
            if (board.Has(client) && open.Resolution.Attempts.Any(attempt => !attempt.IsTcp && attempt.Name.AsSpan().SequenceEqual(question.Name)))
                steps.Enqueue(new ForwardStep<TWaiter>.Fail(waiter, ForwardFailure.Loop));
            else if (open.Waiters.Count >= WaiterLimit) steps.Enqueue(new ForwardStep<TWaiter>.Fail(waiter, ForwardFailure.Overloaded));
            else if (open.ToldStale) Tell(waiter, open, now);
            else open.Waiters.Add(waiter);
            return;
        }
        // It may have been answered while this one was on its way here.
        switch (cache.Find(KeyOf(question), now, out var kept))
        {
            case CacheFinding.Fresh:
                steps.Enqueue(new ForwardStep<TWaiter>.Answer(waiter, kept!, DnsReason.Cached));
                return;
            case CacheFinding.Stale:
                steps.Enqueue(new ForwardStep<TWaiter>.Answer(waiter, kept!, DnsReason.Stale));
                return;
            case CacheFinding.Failed:
                steps.Enqueue(new ForwardStep<TWaiter>.Fail(waiter, ForwardFailure.Remembered));
                return;
            default:
                break;
        }
        if (byNumber.Count >= OpenLimit || board.Upstreams.Count == 0)
        {
            steps.Enqueue(new ForwardStep<TWaiter>.Fail(waiter, ForwardFailure.Overloaded));
            return;
        }
        open = new Open(++numbers, new Resolution(question, now), now + StalePatience);
        open.Waiters.Add(waiter);
        byKey.Add(question.Key, open);
        byNumber.Add(open.Number, open);
        if (cache.FindStale(question.Key, now) is not null) deadlines.Enqueue(open.Number, open.StaleAt);
        AskNext(open, now);
    }

    /// <summary>Something came back for a query.</summary>
    public void OnReply(long resolution, int attempt, ReadOnlySpan<byte> message, DateTimeOffset now)
    {
        if (!byNumber.TryGetValue(resolution, out var open)) return;
        var made = open.Resolution.Attempts[attempt];
        var meaning = Resolution.Judge(made, open.Resolution.Question, message, out var reply);
        if (meaning is ReplyMeaning.NotOurs) return;
        board.Answered(made.Upstream, now - made.SentAt);
        switch (meaning)
        {
            case ReplyMeaning.Answer:
                if (made.IsTcp && !reply.Name(message).SequenceEqual(made.Name)) board.MarkLosesCase(made.Upstream);
                Settle(open, CachedReply.Of(message, reply, now), now);
                break;
            case ReplyMeaning.AskByTcp:
                if (!open.Resolution.Attempts.Any(other => other.IsTcp && other.Upstream == made.Upstream)) Send(open, made.Upstream, isTcp: true, plainly: !made.HasEdns, now);
                break;
            case ReplyMeaning.AskPlainly:
                board.MarkLacksEdns(made.Upstream);
                Send(open, made.Upstream, made.IsTcp, plainly: true, now);
                break;
            case ReplyMeaning.Useless:
                open.Resolution.MarkUseless(made.Upstream);
                AskNext(open, now);
                break;
            default:
                throw new InvalidOperationException($"{meaning} is a new meaning");
        }
    }

    /// <summary>A query could not be sent, or the connection broke: the upstream is not waited for.</summary>
    public void OnUnreachable(long resolution, int attempt, DateTimeOffset now)
    {
        if (!byNumber.TryGetValue(resolution, out var open)) return;
        var made = open.Resolution.Attempts[attempt];
        board.Silent(made.Upstream, now);
        if (made.Number == open.Resolution.Attempts.Count - 1)
        {
            open.Resolution.MarkUseless(made.Upstream);
            AskNext(open, now);
        }
    }

    /// <summary>Time passed.</summary>
    public void OnTimer(DateTimeOffset now)
    {
        while (deadlines.TryPeek(out var number, out var at) && at <= now)
        {
            deadlines.Dequeue();
            if (!byNumber.TryGetValue(number, out var open)) continue;
            if (now >= open.StaleAt && !open.ToldStale && cache.FindStale(open.Resolution.Question.Key, now) is { } known)
            {
                open.ToldStale = true;
                foreach (var waiter in open.Waiters) steps.Enqueue(new ForwardStep<TWaiter>.Answer(waiter, known, DnsReason.Stale));
                open.Waiters.Clear();
            }
            if (now >= open.Resolution.GivesUpAt)
            {
                Fail(open, now);
                continue;
            }
            var last = open.Resolution.Attempts[^1];
            if (now < last.WaitsUntil) continue;
            board.Silent(last.Upstream, now);
            AskNext(open, now);
        }
    }

    private static DnsQuestionKey KeyOf(ForwardQuestion question) =>
        new(new byte[DnsQuestionKey.Limit], question.Name, question.Type, question.DnssecOk, question.CheckingDisabled);

    private void AskNext(Open open, DateTimeOffset now)
    {
        if (open.Resolution.Next(board, now) is { } upstream && now < open.Resolution.GivesUpAt) Send(open, upstream, isTcp: false, plainly: false, now);
        else Fail(open, now);
    }

    private void Send(Open open, int upstream, bool isTcp, bool plainly, DateTimeOffset now)
    {
        var (attempt, message) = open.Resolution.Ask(upstream, isTcp, plainly, board, random, now);
        deadlines.Enqueue(open.Number, attempt.WaitsUntil < open.Resolution.GivesUpAt ? attempt.WaitsUntil : open.Resolution.GivesUpAt);
        steps.Enqueue(new ForwardStep<TWaiter>.Send(open.Number, attempt.Number, board.Upstreams[upstream], isTcp, message));
    }

    private void Settle(Open open, CachedReply reply, DateTimeOffset now)
    {
        cache.Keep(open.Resolution.Question.Key, reply, now);
        foreach (var waiter in open.Waiters) steps.Enqueue(new ForwardStep<TWaiter>.Answer(waiter, reply, DnsReason.Forwarded));
        Forget(open);
    }

    private void Fail(Open open, DateTimeOffset now)
    {
        var key = open.Resolution.Question.Key;
        var known = cache.FindStale(key, now);
        cache.KeepFailure(key, now);
        foreach (var waiter in open.Waiters)
            steps.Enqueue(known is null ? new ForwardStep<TWaiter>.Fail(waiter, ForwardFailure.NoAnswer) : new ForwardStep<TWaiter>.Answer(waiter, known, DnsReason.Stale));
        Forget(open);
    }

    private void Tell(TWaiter waiter, Open open, DateTimeOffset now)
    {
        if (cache.FindStale(open.Resolution.Question.Key, now) is { } known) steps.Enqueue(new ForwardStep<TWaiter>.Answer(waiter, known, DnsReason.Stale));
        else open.Waiters.Add(waiter);
    }

    private void Forget(Open open)
    {
        byKey.Remove(open.Resolution.Question.Key);
        byNumber.Remove(open.Number);
        steps.Enqueue(new ForwardStep<TWaiter>.Close(open.Number));
    }

    private sealed class Open(long number, Resolution resolution, DateTimeOffset staleAt)
    {
        public long Number => number;

        public Resolution Resolution => resolution;

        public DateTimeOffset StaleAt => staleAt;

        public List<TWaiter> Waiters { get; } = [];

        /// <summary>Whether those who waited were told what was known; whoever comes now is told, too.</summary>
        public bool ToldStale { get; set; }
    }
}
