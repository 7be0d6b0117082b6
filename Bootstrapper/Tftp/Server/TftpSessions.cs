using Sextant.Primitives;

namespace Sextant.Tftp.Server;

/// <summary>Whether one more transfer may begin.</summary>
internal abstract record TftpAdmission
{
    private TftpAdmission() { }

    /// <summary>It may.</summary>
    internal sealed record Admitted : TftpAdmission;

    /// <summary>The client has not heard us yet and asks again: the transfer's own timer answers.</summary>
    internal sealed record AlreadyRunning : TftpAdmission;

    /// <summary>There are too many.</summary>
    internal sealed record Refused(TftpRefusal Reason) : TftpAdmission;
}

/// <summary>The running transfers, each on a thread of its own.</summary>
internal sealed class TftpSessions(TftpLimits limits)
{
    private const int StackOctets = 256 << 10;

    private readonly Lock gate = new();
    private readonly Dictionary<(Ipv4Address Address, int Port), Running> latest = [];
    private readonly Dictionary<Ipv4Address, int> perClient = [];
    private readonly HashSet<Thread> threads = [];

    /// <summary>How many run.</summary>
    public int Count
    {
        get { lock (gate) return threads.Count; }
    }

    /// <summary>Decides on one more transfer.</summary>
    /// <param name="client">The client's address and port, its TID.</param>
    /// <param name="file">The file as asked for.</param>
    public TftpAdmission Admit((Ipv4Address Address, int Port) client, string file)
    {
        lock (gate)
        {
            if (latest.TryGetValue(client, out var before) && before.File == file && !before.Session.HasAnswered) return new TftpAdmission.AlreadyRunning();
            if (threads.Count >= limits.Sessions) return new TftpAdmission.Refused(TftpRefusal.Busy);
            if (perClient.GetValueOrDefault(client.Address) >= limits.SessionsPerClient) return new TftpAdmission.Refused(TftpRefusal.BusyWithClient);
            return new TftpAdmission.Admitted();
        }
    }

    /// <summary>Runs the transfer on a new thread, and disposes of the session at its end.</summary>
    public void Start((Ipv4Address Address, int Port) client, string file, TftpSession session, Action run)
    {
        var running = new Running(session, file);
        var thread = new Thread(() =>
        {
            try
            {
                run();
            }
            finally
            {
                Forget(Thread.CurrentThread, client, running);
            }
        }, StackOctets)
        {
            IsBackground = true,
            Name = "tftp transfer",
        };
        lock (gate)
        {
            threads.Add(thread);
            latest[client] = running;
            perClient[client.Address] = perClient.GetValueOrDefault(client.Address) + 1;
        }
        try
        {
            thread.Start();
        }
        catch
        {
            Forget(thread, client, running);
            throw;
        }
    }

    /// <summary>Waits for every transfer to end.</summary>
    public void Join()
    {
        List<Thread> running;
        lock (gate) running = [.. threads];
        foreach (var thread in running) thread.Join();
    }

    private void Forget(Thread thread, (Ipv4Address Address, int Port) client, Running running)
    {
        running.Session.Dispose();
        lock (gate)
        {
            threads.Remove(thread);
            if (latest.TryGetValue(client, out var last) && last == running) latest.Remove(client);
            if (--perClient[client.Address] == 0) perClient.Remove(client.Address);
        }
    }

    private sealed record Running(TftpSession Session, string File);
}
