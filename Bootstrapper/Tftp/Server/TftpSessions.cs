using Sextant.Primitives;
using Sextant.Tftp.Wire;

namespace Sextant.Tftp.Server;

/// <summary>Whether one more transfer may begin.</summary>
internal abstract record TftpAdmission
{
    private TftpAdmission() { }

    /// <summary>It may.</summary>
    /// <param name="Superseded">The same client's transfer that ends with it; null when there is none.</param>
    internal sealed record Admitted(TftpSession? Superseded) : TftpAdmission;

    /// <summary>The request is a copy of one whose transfer runs: the transfer's own timer answers.</summary>
    internal sealed record AlreadyRunning : TftpAdmission;

    /// <summary>There are too many.</summary>
    internal sealed record Refused(TftpRefusal Reason) : TftpAdmission;
}

/// <summary>The running transfers of a server, and when each wants to be looked at. Belongs to the server's thread, but for <see cref="Count"/>.</summary>
internal sealed class TftpSessions(TftpLimits limits)
{
    /// <summary>
    /// A request that is the same as a running transfer's is a copy, made by the network or by an impatient client, while that transfer was heard within
    /// this time. Later it comes from a machine that was reset and has its old port again.
    /// </summary>
    public static readonly TimeSpan RepetitionTime = TimeSpan.FromSeconds(1);

    private readonly Dictionary<long, TftpSession> byToken = [];
    private readonly Dictionary<TftpClient, TftpSession> byClient = [];
    private readonly Dictionary<Ipv4Address, int> perAddress = [];
    private readonly PriorityQueue<TftpSession, DateTimeOffset> deadlines = new();
    private int count;

    /// <summary>How many run; for any thread.</summary>
    public int Count => Volatile.Read(ref count);

    /// <summary>When the next transfer wants to be looked at; the far future when none does.</summary>
    public DateTimeOffset NextDeadline => deadlines.TryPeek(out _, out var at) ? at : DateTimeOffset.MaxValue;

    /// <summary>All of them.</summary>
    public IReadOnlyCollection<TftpSession> All => byToken.Values;

    /// <summary>The transfer of that number; null when it is over.</summary>
    public TftpSession? Find(long token) => byToken.GetValueOrDefault(token);

    /// <summary>The transfer to that client; null when none runs.</summary>
    public TftpSession? Find(TftpClient client) => byClient.GetValueOrDefault(client);

    /// <summary>Decides on one more transfer.</summary>
    public TftpAdmission Admit(TftpClient client, TftpPacket.Request request, DateTimeOffset now)
    {
        var before = byClient.GetValueOrDefault(client);
        if (before is not null && IsSame(before.Request, request) && (!before.HasAnswered || now - before.LastHeard < RepetitionTime)) return new TftpAdmission.AlreadyRunning();
        if (before is null && byToken.Count >= limits.Sessions) return new TftpAdmission.Refused(TftpRefusal.Busy);
        if (before is null && perAddress.GetValueOrDefault(client.Address) >= limits.SessionsPerClient) return new TftpAdmission.Refused(TftpRefusal.BusyWithClient);
        return new TftpAdmission.Admitted(before);
    }

    /// <summary>Takes up a transfer that was admitted.</summary>
    public void Add(TftpSession session)
    {
        byToken.Add(session.Token, session);
        byClient.Add(session.Client, session);
        perAddress[session.Client.Address] = perAddress.GetValueOrDefault(session.Client.Address) + 1;
        TftpMetrics.Running(1);
        Volatile.Write(ref count, byToken.Count);
    }

    /// <summary>Forgets a transfer; nothing happens when that was done.</summary>
    public void Remove(TftpSession session)
    {
        if (!byToken.Remove(session.Token)) return;
        byClient.Remove(session.Client);
        TftpMetrics.Running(-1);
        if (--perAddress[session.Client.Address] == 0) perAddress.Remove(session.Client.Address);
        Volatile.Write(ref count, byToken.Count);
    }

    /// <summary>Sees to it that <see cref="NextDue"/> hands the transfer out when its deadline has come. To be called after each of its steps.</summary>
    public void Watch(TftpSession session)
    {
        // Deadlines mostly move away, one packet after the other; then the entry there is, is early enough.
        if (session.NextDeadline >= session.LookedAtBy) return;
        session.LookedAtBy = session.NextDeadline;
        deadlines.Enqueue(session, session.NextDeadline);
    }

    /// <summary>The next transfer whose deadline has come; null when there is none.</summary>
    public TftpSession? NextDue(DateTimeOffset now)
    {
        while (deadlines.TryPeek(out var session, out var at) && at <= now)
        {
            deadlines.Dequeue();
            if (session.LookedAtBy != at || !byToken.ContainsKey(session.Token)) continue;
            session.LookedAtBy = DateTimeOffset.MaxValue;
            if (session.NextDeadline <= now) return session;
            Watch(session);
        }
        return null;
    }

    private static bool IsSame(TftpPacket.Request one, TftpPacket.Request other) =>
        one.File == other.File && one.Mode == other.Mode && one.Options.SequenceEqual(other.Options);
}
