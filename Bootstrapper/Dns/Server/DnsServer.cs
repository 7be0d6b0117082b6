using System.Net.Sockets;
using Sextant.Dns.Wire;
using Sextant.Lifecycle;
using Sextant.Networking;
using Sextant.Planning;
using Sextant.Primitives;

namespace Sextant.Dns.Server;

/// <summary>
/// The DNS server on port 53 of the bootstrapper's address. UDP has a thread of its own that receives what waits, answers it and sends the answers in one
/// go; what has to be asked for elsewhere goes to <see cref="DnsForwarding"/>; TCP connections are served beside.
/// </summary>
public sealed class DnsServer : IHostedService, IListener, IDisposable
{
    /// <summary>Datagrams handled together.</summary>
    public const int BatchLimit = 64;

    private const ushort Port = 53;
    private const int LargestQuery = 4096;
    private const string Advice = "Stop it, or set dns.mode to off (systemd-resolved listens on 127.0.0.53 only and is not in the way).";
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    private readonly CurrentPlan plans;
    private readonly TimeProvider time;
    private readonly ILogger<DnsServer> log;
    private readonly ZoneKeeper keeper;
    private readonly DnsCache cache = new();
    /// <summary>Shared by all connections: that two of them may take the same turn of a set of addresses does no harm.</summary>
    private readonly DnsResponder overTcp;
    private readonly CancellationTokenSource stopping = new();
    private DnsForwarding? forwarding;
    private Socket? udp;
    private Socket? tcp;
    private Thread? thread;
    private Task background = Task.CompletedTask;

    /// <summary>Opens nothing.</summary>
    public DnsServer(CurrentPlan plans, LeaseSource leases, AnsweringApis answering, TimeProvider time, ILogger<DnsServer> log)
    {
        (this.plans, this.time, this.log) = (plans, time, log);
        overTcp = new DnsResponder(cache);
        keeper = new ZoneKeeper(plans, leases, answering, time, log);
    }

    /// <inheritdoc/>
    public string Service => "DNS";

    /// <inheritdoc/>
    /// <remarks>Where DNS is somebody else's there is nothing to answer.</remarks>
    public bool IsServing => !plans.Value.Names.IsOn || (thread is { IsAlive: true } && !background.IsCompleted);

    /// <summary>Opens the sockets and starts the threads, unless the description says that DNS is somebody else's.</summary>
    /// <exception cref="ListenException">The port is taken, the address is not this machine's, or a privilege is missing.</exception>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        var names = plans.Value.Names;
        if (!names.IsOn)
        {
            DnsLog.Off(log);
            return Task.CompletedTask;
        }
        keeper.Look();
        udp = AddressSocket.BindUdp(names.Server, Port, "DNS", Advice);
        tcp = AddressSocket.ListenTcp(names.Server, Port, "DNS", Advice);
        DatagramBatch.SetPatience(udp, Patience);
        forwarding = new DnsForwarding(keeper, cache, time, log);
        forwarding.Start(udp);
        thread = new Thread(() => Run(names.Server)) { Name = "dns", IsBackground = true };
        thread.Start();
        var listener = new DnsListener(tcp, AnswerConnection, log);
        background = Task.WhenAll(listener.RunAsync(names.Server, stopping.Token), keeper.RunAsync(stopping.Token));
        DnsLog.Listening(log, names.Server, names.Domain, keeper.View.Zones.Count, names.Upstreams.Count);
        return Task.CompletedTask;
    }

    /// <summary>Finishes the batch at hand and closes the port.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await stopping.CancelAsync();
        await background.WaitAsync(cancellationToken);
        if (thread is { } running) await Task.Run(running.Join, cancellationToken);
        forwarding?.Stop();
        udp?.Dispose();
        tcp?.Dispose();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        stopping.Cancel();
        thread?.Join();
        forwarding?.Dispose();
        udp?.Dispose();
        tcp?.Dispose();
        stopping.Dispose();
    }

    private void Run(Ipv4Address address)
    {
        using var batch = new DatagramBatch(BatchLimit, LargestQuery, DnsResponder.PayloadLimit);
        var responder = new DnsResponder(cache);
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                var count = batch.Receive(udp!);
                if (count == 0) continue;
                var (now, view) = (time.GetUtcNow(), keeper.View);
                for (var i = 0; i < count; i++) Answer(batch, i, responder, view, now);
                if (batch.Send(udp!) is var failed and > 0) DnsMetrics.Unsent(failed);
            }
            catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
            {
                if (stopping.IsCancellationRequested) return;
                DnsLog.ReceiveFailed(log, failure, address);
                stopping.Token.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(200));
            }
        }
    }

    private void Answer(DatagramBatch batch, int index, DnsResponder responder, DnsView view, DateTimeOffset now)
    {
        var client = new DnsClient(batch.Source(index), batch.SourcePort(index), IsTcp: false);
        try
        {
            var message = batch.Message(index);
            var reply = batch.Reply(index);
            var outcome = responder.Answer(message, client, view, now, reply);
            DnsMetrics.Counted(outcome.Reason);
            if (log.IsEnabled(LogLevel.Debug)) Tell(client, message, outcome);
            if (outcome.Verdict is DnsVerdict.Reply) batch.Answer(index, outcome.Length);
            else if (outcome.Verdict is DnsVerdict.Forward) forwarding!.Ask(DnsWaiter.Of(client, message, outcome, reply, null));
        }
        catch (Exception failure)
        {
            DnsLog.HandlingFailed(log, failure, client.Address, Convert.ToHexStringLower(batch.Message(index)));
        }
    }

    private void AnswerConnection(DnsConnection connection, ReadOnlyMemory<byte> octets)
    {
        var message = octets.Span;
        try
        {
            var reply = System.Buffers.ArrayPool<byte>.Shared.Rent(DnsResponder.MessageLimit);
            try
            {
                var outcome = overTcp.Answer(message, connection.Client, keeper.View, time.GetUtcNow(), reply.AsSpan(0, DnsResponder.MessageLimit));
                DnsMetrics.Counted(outcome.Reason);
                if (log.IsEnabled(LogLevel.Debug)) Tell(connection.Client, message, outcome);
                if (outcome.Verdict is DnsVerdict.Reply) connection.Send(reply.AsSpan(0, outcome.Length), isAwaited: false);
                else if (outcome.Verdict is DnsVerdict.Forward)
                {
                    connection.Expect();
                    forwarding!.Ask(DnsWaiter.Of(connection.Client, message, outcome, reply, connection));
                }
            }
            finally
            {
                System.Buffers.ArrayPool<byte>.Shared.Return(reply);
            }
        }
        catch (Exception failure)
        {
            DnsLog.HandlingFailed(log, failure, connection.Client.Address, Convert.ToHexStringLower(message));
        }
    }

    private void Tell(DnsClient client, ReadOnlySpan<byte> message, DnsOutcome outcome)
    {
        if (outcome.Query.NameLength > 0) DnsLog.Answered(log, client.Address, DnsName.Print(outcome.Query.Name(message)), outcome.Query.Type.ToString(), outcome.Reason);
        else DnsLog.Dropped(log, client.Address, outcome.Reason);
    }
}
