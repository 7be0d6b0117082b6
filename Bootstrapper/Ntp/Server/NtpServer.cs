using System.Net;
using System.Net.Sockets;
using Sextant.Networking;
using Sextant.Ntp.Wire;
using Sextant.Planning;
using Sextant.Primitives;

namespace Sextant.Ntp.Server;

/// <summary>
/// The time service on UDP port 123 of the bootstrapper's address: one thread of its own, packets stamped by the kernel as they arrive and by us as they leave.
/// </summary>
public sealed partial class NtpServer : IHostedService, IListener, IDisposable
{
    /// <summary>The well-known port.</summary>
    public const ushort WellKnownPort = 123;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(250);

    /// <summary>How long an answer of the kernel about its clock is used.</summary>
    private static readonly TimeSpan ClockAge = TimeSpan.FromSeconds(1);

    private readonly CurrentPlan plan;
    private readonly TimeProvider time;
    private readonly Func<DateTimeOffset, HostClock> readClock;
    private readonly ILogger<NtpServer> log;
    private readonly ushort port;
    private readonly NtpRateLimit limit = new();
    private readonly CancellationTokenSource stopping = new();
    private StampedSocket? socket;
    private Thread? thread;
    private HostClock clock;

    /// <summary>A server that starts with the host.</summary>
    /// <param name="plan">Where the address and the stratum come from.</param>
    /// <param name="time">Clock.</param>
    /// <param name="readClock">Asks the host how good its clock is.</param>
    /// <param name="log">Log.</param>
    /// <param name="port">UDP port; 0 takes a free one (see <see cref="Endpoint"/>).</param>
    public NtpServer(CurrentPlan plan, TimeProvider time, Func<DateTimeOffset, HostClock> readClock, ILogger<NtpServer> log, ushort port = WellKnownPort)
    {
        this.plan = plan;
        this.time = time;
        this.readClock = readClock;
        this.log = log;
        this.port = port;
    }

    /// <inheritdoc/>
    public string Service => "NTP";

    /// <inheritdoc/>
    public bool IsServing => thread is { IsAlive: true };

    /// <summary>Where it listens; null before the start.</summary>
    public IPEndPoint? Endpoint => socket?.Endpoint;

    /// <summary>Takes the port and starts the thread.</summary>
    /// <exception cref="ListenException">The port is taken, privileged, or the address is not this machine's.</exception>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        var at = new IPEndPoint(plan.Value.Network.ServerAddress.ToIPAddress(), port);
        try
        {
            socket = new StampedSocket(at);
        }
        catch (SocketException failure)
        {
            throw new ListenException(failure.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse => $"NTP cannot start: another program has UDP port {at} (chronyd or ntpd; 'ss -ulnp' shows it). Stop it, or let it serve the machines and set ntp.mode to off.",
                SocketError.AccessDenied => $"NTP cannot start: UDP port {at} needs root or CAP_NET_BIND_SERVICE.",
                SocketError.AddressNotAvailable => $"NTP cannot start: {at.Address} is no address of this machine. Configure it, or correct bootstrapper.address.",
                _ => $"NTP cannot start on UDP port {at}: {failure.Message}",
            }, failure);
        }
        clock = readClock(time.GetUtcNow());
        if (clock.IsSynchronised) LogListening(at);
        else LogUnsynchronised(at, plan.Value.Network.LocalStratum is { } stratum ? $"machines get it as stratum {stratum}" : "machines are told so; ntp.local_stratum lets them take it all the same");
        thread = new Thread(Run) { Name = "ntp", IsBackground = true };
        thread.Start();
        return Task.CompletedTask;
    }

    /// <summary>Ends the thread and closes the port.</summary>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        stopping.Cancel();
        return thread is { } running ? Task.Run(running.Join, cancellationToken) : Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        stopping.Cancel();
        thread?.Join();
        socket?.Dispose();
        stopping.Dispose();
    }

    private void Run()
    {
        var datagram = new byte[1024];
        var sender = new SocketAddress(AddressFamily.InterNetwork);
        while (!stopping.IsCancellationRequested)
        {
            var length = 0;
            try
            {
                if (!socket!.Wait(Tick)) continue;
                if (socket.TryReceive(datagram, sender, out var stamped) is not { } received) continue;
                length = received;
                Answer(datagram.AsSpan(0, length), sender, stamped ?? time.GetUtcNow());
            }
            catch (SocketException failure)
            {
                LogSocket(failure.SocketErrorCode);
            }
            catch (Exception failure)
            {
                LogBroken(Convert.ToHexStringLower(datagram.AsSpan(0, length)), failure);
            }
        }
    }

    private void Answer(ReadOnlySpan<byte> datagram, SocketAddress sender, DateTimeOffset received)
    {
        var now = time.GetUtcNow();
        // The first four octets of sockaddr_in are family and port; a sender with port 0 cannot be answered.
        var address = Ipv4Address.FromOctets(sender.Buffer.Span[4..]);
        if (sender.Buffer.Span[2] == 0 && sender.Buffer.Span[3] == 0) return;
        if (!NtpPacket.TryRead(datagram, out var request, out var error))
        {
            NtpMetrics.Refused(NtpRefusal.Malformed);
            LogRefused(address, NtpRefusal.Malformed, error);
            return;
        }
        if (now - clock.ReadAt is var age && (age > ClockAge || age < TimeSpan.Zero)) clock = readClock(now);
        var network = plan.Value.Network;
        // Who sends no request spends nobody's share.
        var admission = request.Mode is NtpMode.Client ? limit.Admit(address, now) : NtpAdmission.Admitted;
        switch (NtpDecision.Decide(request, received, clock, network.LocalStratum, network.ServerAddress.Value, admission))
        {
            case NtpOutcome.Silence silence:
                NtpMetrics.Refused(silence.Reason);
                LogRefused(address, silence.Reason, NtpReadError.None);
                break;
            case NtpOutcome.Answer answer:
                Span<byte> reply = stackalloc byte[NtpPacket.Length];
                (answer.Packet with { Transmit = NtpTimestamp.Of(time.GetUtcNow()) }).Write(reply);
                socket!.Send(reply, sender);
                NtpMetrics.Answered(admission);
                break;
            case var other:
                throw new InvalidOperationException($"no act for {other}");
        }
    }

    [LoggerMessage(EventId = 1780, Level = LogLevel.Information, Message = "NTP answers on {Endpoint}")]
    private partial void LogListening(IPEndPoint endpoint);

    [LoggerMessage(EventId = 1781, Level = LogLevel.Warning, Message = "NTP answers on {Endpoint}; this machine's clock is not synchronised: {Consequence}")]
    private partial void LogUnsynchronised(IPEndPoint endpoint, string consequence);

    [LoggerMessage(EventId = 1782, Level = LogLevel.Debug, Message = "NTP: no answer to {Address}: {Reason} {Error}")]
    private partial void LogRefused(Ipv4Address address, NtpRefusal reason, NtpReadError error);

    [LoggerMessage(EventId = 1783, Level = LogLevel.Debug, Message = "NTP: socket error {Error}")]
    private partial void LogSocket(SocketError error);

    [LoggerMessage(EventId = 1784, Level = LogLevel.Error, Message = "NTP: handling {Datagram} failed")]
    private partial void LogBroken(string datagram, Exception failure);
}
