using System.Net.Sockets;
using Sextant.Networking;
using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Storage;

namespace Sextant.Syslog.Server;

/// <summary>
/// Takes what machines log, on port 514 of the bootstrapper's address: datagrams on a thread of their own, many at a time; streams beside. Whose a message is, the address it comes from says.
/// </summary>
public sealed partial class SyslogServer : IHostedService, IListener, IDisposable
{
    /// <summary>The well-known port (RFC 5426 section 3.3; for TCP it is a custom, RFC 6587 section 3).</summary>
    public const ushort WellKnownPort = 514;

    private const int BatchLimit = 64;
    private const string Advice = "Stop it, or set syslog.receive to false (rsyslog and syslog-ng listen there when they take messages from the network).";
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    private readonly CurrentPlan plans;
    private readonly MachineAt at;
    private readonly MachineLogs logs;
    private readonly TimeProvider time;
    private readonly ILogger<SyslogServer> log;
    private readonly CancellationTokenSource stopping = new();
    private Socket? udp;
    private Socket? tcp;
    private Thread? thread;
    private Task streams = Task.CompletedTask;

    /// <summary>A server that starts with the host.</summary>
    public SyslogServer(CurrentPlan plans, MachineAt at, MachineLogs logs, TimeProvider time, ILogger<SyslogServer> log) =>
        (this.plans, this.at, this.logs, this.time, this.log) = (plans, at, logs, time, log);

    /// <inheritdoc/>
    public string Service => "syslog";

    /// <inheritdoc/>
    public bool IsServing => thread is { IsAlive: true } && !streams.IsCompleted;

    /// <summary>Opens the sockets and starts the thread.</summary>
    /// <exception cref="ListenException">A port is taken, the address is not this machine's, or a privilege is missing.</exception>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        var address = plans.Value.Network.ServerAddress;
        udp = AddressSocket.BindUdp(address, WellKnownPort, "syslog", Advice);
        tcp = AddressSocket.ListenTcp(address, WellKnownPort, "syslog", Advice);
        DatagramBatch.SetPatience(udp, Patience);
        thread = new Thread(() => Run(address)) { Name = "syslog", IsBackground = true };
        thread.Start();
        streams = new SyslogStreams(tcp, Take, log).RunAsync(address, stopping.Token);
        LogListening(address);
        return Task.CompletedTask;
    }

    /// <summary>Finishes the batch at hand and closes the port.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await stopping.CancelAsync();
        await streams.WaitAsync(cancellationToken);
        if (thread is { } running) await Task.Run(running.Join, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        stopping.Cancel();
        thread?.Join();
        udp?.Dispose();
        tcp?.Dispose();
        stopping.Dispose();
    }

    private void Run(Ipv4Address address)
    {
        using var batch = new DatagramBatch(BatchLimit, SyslogStreams.LongestMessage, sendSize: 1);
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                var count = batch.Receive(udp!);
                for (var i = 0; i < count; i++) Take(SyslogTransport.Udp, batch.Message(i), batch.Source(i));
            }
            catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
            {
                if (stopping.IsCancellationRequested) return;
                LogReceiveFailed(address, failure);
                stopping.Token.WaitHandle.WaitOne(Patience);
            }
        }
    }

    private void Take(SyslogTransport transport, ReadOnlySpan<byte> octets, Ipv4Address from)
    {
        try
        {
            switch (SyslogDecision.Decide(octets, at(from)))
            {
                case SyslogDecision.Keep keep:
                    logs.Append(keep.Mac, time.GetUtcNow(), [keep.Line]);
                    SyslogMetrics.Took(transport);
                    break;
                case SyslogDecision.Refuse refuse:
                    SyslogMetrics.Refused(refuse.Reason);
                    LogRefused(from, refuse.Reason);
                    break;
                case var other:
                    throw new InvalidOperationException($"no act for {other}");
            }
        }
        catch (Exception failure)
        {
            LogHandlingFailed(from, Convert.ToHexStringLower(octets), failure);
        }
    }

    [LoggerMessage(EventId = 1800, Level = LogLevel.Information, Message = "syslog listens on {Address} port 514")]
    private partial void LogListening(Ipv4Address address);

    [LoggerMessage(EventId = 1801, Level = LogLevel.Debug, Message = "a message from {Source} is not kept: {Reason}")]
    private partial void LogRefused(Ipv4Address source, SyslogRefusal reason);

    [LoggerMessage(EventId = 1802, Level = LogLevel.Warning, Message = "receiving on {Address} port 514 failed; trying again")]
    private partial void LogReceiveFailed(Ipv4Address address, Exception failure);

    [LoggerMessage(EventId = 1803, Level = LogLevel.Error, Message = "a message from {Source} could not be kept: {Octets}")]
    private partial void LogHandlingFailed(Ipv4Address source, string octets, Exception failure);
}
