using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Sextant.Dns.Wire;

namespace Sextant.Dns.Server;

/// <summary>
/// Asks upstreams: one thread that owns the <see cref="Forwarder{TWaiter}"/>. Questions come from the threads that receive, answers from the upstreams'
/// sockets, both through one queue; when the queue is full, questions are dropped and their clients ask again.
/// </summary>
public sealed class DnsForwarding : IDisposable
{
    private const int QueueLimit = 8192;

    // So long after a description with other upstreams was taken up, they are asked at the latest.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan QuietTime = TimeSpan.FromSeconds(30);

    private readonly ZoneKeeper keeper;
    private readonly DnsCache cache;
    private readonly TimeProvider time;
    private readonly ILogger log;
    private readonly BlockingCollection<Arrival> arrivals = new(QueueLimit);
    private readonly UpstreamSockets sockets;
    private readonly byte[] scratch = new byte[DnsResponder.MessageLimit];
    private DateTimeOffset quietUntil;
    private Socket? udp;
    private Thread? thread;
    private Forwarder<DnsWaiter> forwarder;
    private UpstreamBoard board;

    /// <summary>Prepares; starts nothing. The keeper has looked once.</summary>
    public DnsForwarding(ZoneKeeper keeper, DnsCache cache, TimeProvider time, ILogger log)
    {
        (this.keeper, this.cache, this.time, this.log) = (keeper, cache, time, log);
        sockets = new UpstreamSockets(
            (resolution, attempt, octets) => TryAdd(new Arrival.Reply(resolution, attempt, octets)),
            (resolution, attempt) => TryAdd(new Arrival.Unreachable(resolution, attempt)));
        (board, forwarder) = NewForwarder();
    }

    /// <summary>Starts the thread.</summary>
    /// <param name="answers">The socket that UDP clients are answered from.</param>
    public void Start(Socket answers)
    {
        udp = answers;
        thread = new Thread(Run) { Name = "dns-forward", IsBackground = true };
        thread.Start();
    }

    /// <summary>A client waits. From any thread.</summary>
    public void Ask(DnsWaiter waiter)
    {
        if (!TryAdd(new Arrival.Question(waiter))) DnsMetrics.Failed(ForwardFailure.Overloaded);
    }

    /// <summary>Ends the thread.</summary>
    public void Stop()
    {
        if (!arrivals.IsAddingCompleted) arrivals.CompleteAdding();
        thread?.Join();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Stop();
        sockets.Dispose();
        arrivals.Dispose();
    }

    private (UpstreamBoard Board, Forwarder<DnsWaiter> Forwarder) NewForwarder()
    {
        var made = new UpstreamBoard(keeper.Names.Upstreams);
        return (made, new Forwarder<DnsWaiter>(made, cache, Random32));
    }

    private static uint Random32()
    {
        Span<byte> octets = stackalloc byte[4];
        RandomNumberGenerator.Fill(octets);
        return BitConverter.ToUInt32(octets);
    }

    private bool TryAdd(Arrival arrival)
    {
        try
        {
            return arrivals.TryAdd(arrival);
        }
        catch (InvalidOperationException)
        {
            return false; // it stops
        }
    }

    private void Run()
    {
        while (!arrivals.IsCompleted)
        {
            try
            {
                var wait = forwarder.NextDeadline is { } next ? next - time.GetUtcNow() : LongestWait;
                wait = wait > LongestWait ? LongestWait : wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
                // Rounded up, or the last fraction of a millisecond before a deadline is waited for in circles.
                arrivals.TryTake(out var arrival, (int)Math.Ceiling(wait.TotalMilliseconds));
                TakeUpstreams();
                var now = time.GetUtcNow();
                if (arrival is not null) Handle(arrival, now);
                forwarder.OnTimer(now);
                while (forwarder.TryTake(out var step)) CarryOut(step, now);
                DnsMetrics.Levels(cache.Count, forwarder.OpenCount);
            }
            catch (Exception failure)
            {
                DnsLog.ForwardingFailed(log, failure);
            }
        }
    }

    /// <summary>A reloaded description may name other upstreams: what the former ones said is forgotten, and who waits asks again.</summary>
    private void TakeUpstreams()
    {
        if (ReferenceEquals(board.Upstreams, keeper.Names.Upstreams) || board.Upstreams.SequenceEqual(keeper.Names.Upstreams)) return;
        sockets.Dispose();
        cache.Clear();
        (board, forwarder) = NewForwarder();
    }

    private void Handle(Arrival arrival, DateTimeOffset now)
    {
        switch (arrival)
        {
            case Arrival.Question question:
                forwarder.Ask(question.Waiter.Question(), question.Waiter.Client.Address, question.Waiter, now);
                break;
            case Arrival.Reply reply:
                forwarder.OnReply(reply.Resolution, reply.Attempt, reply.Octets, now);
                break;
            case Arrival.Unreachable gone:
                forwarder.OnUnreachable(gone.Resolution, gone.Attempt, now);
                break;
            default:
                throw new InvalidOperationException($"{arrival.GetType().Name} is a new arrival");
        }
    }

    private void CarryOut(ForwardStep<DnsWaiter> step, DateTimeOffset now)
    {
        switch (step)
        {
            case ForwardStep<DnsWaiter>.Send send:
                DnsMetrics.Asked();
                sockets.Send(send.Resolution, send.Attempt, send.Upstream, send.IsTcp, send.Message);
                break;
            case ForwardStep<DnsWaiter>.Close close:
                sockets.Close(close.Resolution);
                break;
            case ForwardStep<DnsWaiter>.Answer answer:
                Reply(answer.Waiter, answer.Waiter.Write(answer.Reply, answer.Reason, now, scratch));
                break;
            case ForwardStep<DnsWaiter>.Fail fail:
                DnsMetrics.Failed(fail.Failure);
                Tell(fail.Waiter, fail.Failure, now);
                Reply(fail.Waiter, fail.Waiter.WriteFailure(fail.Failure is ForwardFailure.Remembered, scratch));
                break;
            default:
                throw new InvalidOperationException($"{step.GetType().Name} is a new step");
        }
    }

    /// <summary>Without upstreams every question fails: the log says so, and not for each.</summary>
    private void Tell(DnsWaiter waiter, ForwardFailure failure, DateTimeOffset now)
    {
        if (failure is not (ForwardFailure.Loop or ForwardFailure.NoAnswer) || now < quietUntil) return;
        quietUntil = now + QuietTime;
        var name = DnsName.Print(waiter.Target ?? waiter.Query.Name(waiter.Message));
        if (failure is ForwardFailure.Loop) DnsLog.Loop(log, waiter.Client.Address, name);
        else DnsLog.NoAnswer(log, name, waiter.Query.Type.ToString());
    }

    private void Reply(DnsWaiter waiter, DnsOutcome outcome)
    {
        if (outcome.Reason is DnsReason.Stale or DnsReason.Cached) DnsMetrics.Counted(outcome.Reason);
        var octets = scratch.AsSpan(0, outcome.Length);
        if (waiter.Connection is { } connection)
        {
            connection.Send(octets, isAwaited: true);
            return;
        }
        try
        {
            udp!.SendTo(octets, new IPEndPoint(waiter.Client.Address.ToIPAddress(), waiter.Client.Port));
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            DnsMetrics.Unsent(1);
        }
    }

    private abstract record Arrival
    {
        public sealed record Question(DnsWaiter Waiter) : Arrival;

        public sealed record Reply(long Resolution, int Attempt, byte[] Octets) : Arrival;

        public sealed record Unreachable(long Resolution, int Attempt) : Arrival;
    }
}
