// Longer than most files: one thread's loop, and each of its three causes to act (a request, a packet of a transfer, a deadline) is a dozen lines of the same state.
using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;
using Sextant.Lifecycle;
using Sextant.Networking;
using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Storage;
using Sextant.Tftp.Wire;

namespace Sextant.Tftp.Server;

/// <summary>
/// The TFTP service: one thread for the well-known port and for every transfer, each of which has a port of its own, or none with
/// <c>tftp.single_port</c>. Read-only; serves what the delegate finds and nothing else. What a transfer costs while it runs is a socket and about a
/// kilobyte; files are opened, and read against their digest, on other threads.
/// </summary>
/// <remarks>
/// TFTP is one round trip after the other, and waking a sleeping thread costs several times what the packet does. So while answers come quickly, the
/// thread looks for the next packet for a moment before it sleeps; never on a host of one processor, where it would look in its clients' time.
/// </remarks>
public sealed partial class TftpServer : IHostedService, IListener, IDisposable
{
    /// <summary>The well-known port.</summary>
    public const int WellKnownPort = 69;

    private const int EthernetMtu = 1500;
    private const int Headers = 32; // IP 20, UDP 8, TFTP 4
    private const int ReceiveBuffer = 4 << 20;
    private const int SendBuffer = 1 << 20;
    private const int ReadyAtOnce = 64;
    private const long ListenerToken = 0;
    private static readonly TimeSpan QuickAnswer = TimeSpan.FromMicroseconds(150);
    private static readonly TimeSpan LongestSleep = TimeSpan.FromHours(1);
    private static readonly bool MayLook = Environment.ProcessorCount > 1;

    private readonly CurrentPlan plan;
    private readonly MachineStore machines;
    private readonly Func<string, TftpFile?> find;
    private readonly Func<TftpFile, Task<SafeFileHandle?>> open;
    private readonly ITftpDocuments documents;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly int port;
    private readonly MachineAt at;
    private readonly TftpContents contents = new();
    private readonly TftpLimits limits;
    private readonly TftpSessions sessions;
    private readonly TftpOutbox outbox = new();
    private readonly ConcurrentQueue<Opened> opened = new();
    private readonly byte[] received = new byte[TftpReader.MaxRequestLength + 1];
    private readonly DateTimeOffset started;
    private readonly long startedTicks;
    private SocketAddress sender = new(AddressFamily.InterNetwork);
    private TimeSpan lastWait = TimeSpan.MaxValue;
    private long lastToken = ListenerToken;
    private volatile bool isStopping;
    private ReadinessPoller? poller;
    private Socket? listener;
    private Thread? thread;

    /// <summary>A server that starts with the host.</summary>
    /// <param name="plan">Where the server's address and the machines' entitlements come from.</param>
    /// <param name="machines">Who leases which address, and where a sent file is recorded.</param>
    /// <param name="find">The file of that relative path with forward slashes, or null.</param>
    /// <param name="open">Opens what was found, for reading, on any thread; null when it must not be served, which the delegate has told.</param>
    /// <param name="documents">What is made for whoever asks.</param>
    /// <param name="time">Clock.</param>
    /// <param name="logger">Log.</param>
    /// <param name="port">UDP port; 0 takes a free one (see <see cref="Endpoint"/>).</param>
    /// <param name="limits">What is granted at most; null takes the defaults.</param>
    /// <param name="at">Who speaks from an address; null goes by the leases.</param>
    public TftpServer(
        CurrentPlan plan, MachineStore machines, Func<string, TftpFile?> find, Func<TftpFile, Task<SafeFileHandle?>> open, ITftpDocuments documents,
        TimeProvider time, ILogger<TftpServer> logger, int port = WellKnownPort, TftpLimits? limits = null, MachineAt? at = null)
    {
        (this.plan, this.machines, this.find, this.open, this.documents, this.time, this.logger, this.port) = (plan, machines, find, open, documents, time, logger, port);
        this.at = at ?? machines.FindByAddress;
        this.limits = limits ?? new TftpLimits();
        sessions = new TftpSessions(this.limits);
        (started, startedTicks) = (time.GetUtcNow(), time.GetTimestamp());
    }

    /// <inheritdoc/>
    public string Service => "TFTP";

    /// <inheritdoc/>
    public bool IsServing => thread is { IsAlive: true };

    /// <summary>Where it listens; null before the start.</summary>
    public IPEndPoint? Endpoint => (IPEndPoint?)listener?.LocalEndPoint;

    /// <summary>Transfers running now, those whose file is being opened included.</summary>
    public int RunningTransfers => sessions.Count;

    /// <summary>Takes the port and starts listening.</summary>
    /// <exception cref="ListenException">The port is taken, privileged, or the address is not this machine's; the message says which and what to do.</exception>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        var endpoint = new IPEndPoint(plan.Value.Network.ServerAddress.ToIPAddress(), port);
        try
        {
            listener = NewSocket(endpoint);
            ReceiveQueue.Enlarge(listener, ReceiveBuffer);
            ReceiveQueue.Watch(listener, "TFTP");
            poller = new ReadinessPoller(ReadyAtOnce);
            poller.Add(listener, ListenerToken);
        }
        catch (Exception failure) when (failure is SocketException or Win32Exception)
        {
            throw new ListenException((failure as SocketException)?.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse => $"TFTP cannot start: another program has UDP port {endpoint} (see 'ss -ulnp'). Stop it first.",
                SocketError.AccessDenied => $"TFTP cannot start: UDP port {endpoint} needs root or CAP_NET_BIND_SERVICE.",
                SocketError.AddressNotAvailable => $"TFTP cannot start: {endpoint.Address} is no address of this machine. Configure it, or correct bootstrapper.address.",
                _ => $"TFTP cannot start on UDP port {endpoint}: {failure.Message}",
            }, failure);
        }
        thread = new Thread(Run) { IsBackground = true, Name = "tftp" };
        thread.Start();
        LogListening(listener.LocalEndPoint!.ToString()!);
        return Task.CompletedTask;
    }

    /// <summary>Stops listening and ends the transfers.</summary>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        isStopping = true;
        if (thread is { IsAlive: true }) poller!.Wake();
        thread?.Join();
        listener?.Dispose();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    /// <remarks>The host disposes without stopping when something else cannot start; the thread must not go on with a socket that is gone.</remarks>
    public void Dispose()
    {
        StopAsync(CancellationToken.None);
        poller?.Dispose();
    }

    private void Run()
    {
        var ready = new long[ReadyAtOnce];
        while (!isStopping)
        {
            try
            {
                var count = Wait(ready);
                for (var i = 0; i < count; i++)
                {
                    if (ready[i] == ListenerToken) ReadListener();
                    else if (sessions.Find(ready[i]) is { } session) Guarded(session, ReadSession);
                }
                while (opened.TryDequeue(out var one)) Begin(one);
                var now = Now();
                while (sessions.NextDue(now) is { } session) Guarded(session, each => each.OnTimer(outbox, now));
            }
            catch (Exception failure)
            {
                LogBroken(failure);
            }
        }
        foreach (var session in sessions.All.ToList()) End(session, null);
        Discard();
    }

    /// <summary>Waits for something to do, with open eyes at first when the last answers came quickly.</summary>
    private int Wait(long[] ready)
    {
        var since = Stopwatch.GetTimestamp();
        var patience = sessions.NextDeadline - Now();
        if (patience > LongestSleep) patience = LongestSleep;
        if (MayLook && lastWait < QuickAnswer && sessions.Count > 0)
        {
            do
            {
                if (poller!.Wait(ready, TimeSpan.Zero) is > 0 and var soon) return Waited(soon);
            }
            while (!isStopping && opened.IsEmpty && Stopwatch.GetElapsedTime(since) < QuickAnswer);
        }
        // A wake-up that was seen above is not seen again below.
        return Waited(isStopping || !opened.IsEmpty ? 0 : poller!.Wait(ready, patience));

        int Waited(int count)
        {
            lastWait = Stopwatch.GetElapsedTime(since);
            return count;
        }
    }

    private void ReadListener()
    {
        for (var i = 0; i < ReadyAtOnce && Datagrams.TryReceive(listener!, received, sender, out var length); i++)
        {
            var datagram = received.AsSpan(0, Math.Min(length, received.Length));
            try
            {
                OnDatagram(datagram);
            }
            catch (Exception failure)
            {
                LogBrokenPacket(Convert.ToHexString(datagram), failure);
            }
        }
    }

    private void OnDatagram(ReadOnlySpan<byte> datagram)
    {
        var from = (IPEndPoint)new IPEndPoint(IPAddress.Any, 0).Create(sender);
        if (from.Port == 0 || Ipv4Address.FromIPAddress(from.Address) is not { } address) return;
        var client = new TftpClient(address, from.Port);
        if (!TftpReader.TryRead(datagram, out var packet, out var error))
        {
            Refuse(client, at(address)?.Mac, TftpRefusal.Malformed, $"{error}", new TftpPacket.Error(TftpErrorCode.IllegalOperation, "Malformed request"), sender);
            return;
        }
        if (packet is not TftpPacket.Request request)
        {
            // Without a transfer there is no answer: to anything but a request it could make two servers answer each other for ever.
            if (sessions.Find(client) is { HasBegun: true, OwnSocket: null } shared) Guarded(shared, session => session.OnPacket(packet, outbox, Now()));
            return;
        }
        var machine = at(address);
        var entitlement = machine is null ? Entitlement.Discovered : plan.Value.EntitlementOf(machine.Mac);
        switch (TftpDecision.Decide(request, find, documents.Has, machine, entitlement, limits, time.GetUtcNow()))
        {
            case TftpDecision.Refuse refusal:
                Refuse(client, machine?.Mac, refusal.Reason, Printable(request.File), refusal.Answer, sender);
                break;
            case TftpDecision.Send send:
                Admit(client, request, new TftpOffer(send.File.Name, send.AsNetAscii, IsLoader: true, () => OpenFileAsync(send)), machine?.Mac);
                break;
            case TftpDecision.Make make:
                Admit(client, request, new TftpOffer(make.Path, make.AsNetAscii, IsLoader: false, () => MakeAsync(make, address)), machine?.Mac);
                break;
            case var other:
                throw new InvalidOperationException($"no act for decision {other}");
        }
    }

    private void Admit(TftpClient client, TftpPacket.Request request, TftpOffer offer, MacAddress? mac)
    {
        switch (sessions.Admit(client, request, Now()))
        {
            case TftpAdmission.Admitted admitted:
                if (admitted.Superseded is { } before) End(before, TransferEnd.Superseded);
                var session = new TftpSession(++lastToken, client, sender, request, offer, mac);
                sender = new SocketAddress(AddressFamily.InterNetwork);
                sessions.Add(session);
                _ = Task.Run(() => OpenAsync(session));
                break;
            case TftpAdmission.AlreadyRunning:
                break;
            case TftpAdmission.Refused refused:
                // No ERROR: it would end the boot, and the firmware's next try may find room.
                TftpMetrics.Refused(refused.Reason);
                LogRefused(client, mac, refused.Reason, Printable(request.File));
                break;
            case var other:
                throw new InvalidOperationException($"no act for admission {other}");
        }
    }

    private async Task<TftpOpening> OpenFileAsync(TftpDecision.Send send) =>
        await open(send.File) is { } handle && contents.Take(handle, send.File, send.AsNetAscii) is { } content ? new TftpOpening.Content(content) : new TftpOpening.Damaged();

    private async Task<TftpOpening> MakeAsync(TftpDecision.Make make, Ipv4Address peer) => await documents.MakeAsync(make.Path, peer) switch
    {
        TftpDocument.Made made => new TftpOpening.Content(new TftpContent.InMemory(make.AsNetAscii ? NetAscii.Encode(made.Octets) : made.Octets)),
        TftpDocument.Denied denied => new TftpOpening.Denied(denied.Why),
        var other => throw new InvalidOperationException($"no content for {other}"),
    };

    /// <summary>Runs on other threads: a file may be read from end to end before it is served, and a document waits for what it records.</summary>
    private async Task OpenAsync(TftpSession session)
    {
        TftpOpening opening;
        try
        {
            opening = await session.Offer.Open();
        }
        catch (Exception failure)
        {
            opening = new TftpOpening.Failed(failure);
        }
        opened.Enqueue(new Opened(session, opening));
        try
        {
            poller!.Wake();
        }
        catch (ObjectDisposedException)
        {
            // The service has stopped meanwhile.
        }
        if (isStopping) Discard();
    }

    /// <summary>Closes what was opened and nobody takes any more.</summary>
    private void Discard()
    {
        while (opened.TryDequeue(out var one)) (one.Opening as TftpOpening.Content)?.Octets.Dispose();
    }

    private void Begin(Opened one)
    {
        var session = one.Session;
        if (sessions.Find(session.Token) is null)
        {
            (one.Opening as TftpOpening.Content)?.Octets.Dispose(); // the client has begun anew meanwhile
            return;
        }
        switch (one.Opening)
        {
            case TftpOpening.Content content:
                Guarded(session, _ =>
                {
                    Begin(session, content.Octets);
                    return null;
                });
                break;
            case TftpOpening.Failed failed:
                LogUnreadable(session.Offer.Name, failed.Problem);
                Decline(session, TftpRefusal.Unreadable, TftpErrorCode.NotDefined, "The server cannot read this file");
                break;
            case TftpOpening.Damaged:
                Decline(session, TftpRefusal.Damaged, TftpErrorCode.NotDefined, "This file is damaged on the server");
                break;
            case TftpOpening.Denied denied:
                Decline(session, TftpRefusal.NotForThisPeer, TftpErrorCode.AccessViolation, denied.Why);
                break;
            default:
                throw new InvalidOperationException($"no act for {one.Opening}");
        }
    }

    private void Begin(TftpSession session, TftpContent content)
    {
        Socket? own = null;
        try
        {
            if (!plan.Value.Network.TftpSinglePort)
            {
                own = NewSocket(new IPEndPoint(Endpoint!.Address, 0));
                poller!.Add(own, session.Token);
            }
            var mtu = Datagrams.PathMtu(new IPEndPoint(session.Client.Address.ToIPAddress(), session.Client.Port), EthernetMtu);
            var fitting = limits with { BlockSize = Math.Clamp(mtu - Headers, TftpNegotiation.DefaultBlockSize, limits.BlockSize) };
            var parameters = TftpNegotiation.Negotiate(session.Request.Options, session.Offer.AsNetAscii ? null : content.Length, fitting);
            session.Begin(content, parameters, own ?? listener!, ownsSocket: own is not null, outbox, Now());
        }
        catch when (!session.HasBegun)
        {
            own?.Dispose();
            content.Dispose();
            throw;
        }
    }

    private TransferEnd? ReadSession(TftpSession session)
    {
        if (!Datagrams.TryReceive(session.OwnSocket!, received, sender, out var length)) return null;
        if (!sender.Equals(session.Peer))
        {
            outbox.Send(session.OwnSocket!, sender, new TftpPacket.Error(TftpErrorCode.UnknownTransferId, "Unknown transfer ID"));
            return null;
        }
        // A datagram longer than the longest request is nothing a client sends.
        return length <= received.Length && TftpReader.TryRead(received.AsSpan(0, length), out var packet, out _) ? session.OnPacket(packet, outbox, Now()) : null;
    }

    /// <summary>Runs one act of a transfer: its end is noted, and its failure ends nobody else's.</summary>
    private void Guarded(TftpSession session, Func<TftpSession, TransferEnd?> act)
    {
        try
        {
            if (act(session) is { } how) End(session, how);
            else sessions.Watch(session);
        }
        catch (Exception failure)
        {
            LogTransferBroken(session.Client, session.Mac, session.Offer.Name, failure);
            End(session, null);
        }
    }

    private void End(TftpSession session, TransferEnd? how)
    {
        sessions.Remove(session);
        LogEnded(session.Client, session.Mac, session.Offer.Name, session.Length, how);
        if (how is { } end) TftpMetrics.Ended(end);
        if (how is TransferEnd.Complete && session.Offer.IsLoader) Record(session);
        session.Dispose();
    }

    private void Decline(TftpSession session, TftpRefusal reason, TftpErrorCode code, string message)
    {
        sessions.Remove(session);
        Refuse(session.Client, session.Mac, reason, Printable(session.Request.File), new TftpPacket.Error(code, message), session.Peer);
    }

    private void Refuse(TftpClient client, MacAddress? mac, TftpRefusal reason, string detail, TftpPacket.Error answer, SocketAddress to)
    {
        TftpMetrics.Refused(reason);
        LogRefused(client, mac, reason, detail);
        outbox.Send(listener!, to, answer);
    }

    private void Record(TftpSession session)
    {
        if (at(session.Client.Address) is not { } machine) return;
        var file = session.Offer.Name;
        machines.RecordAsync(new BootFileSent(machine.Mac, time.GetUtcNow(), file, "TFTP", session.Length)).ContinueWith(
            task => LogNotRecorded(machine.Mac, file, task.Exception!), CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }

    /// <summary>A socket from which a path narrower than the link fragments a packet instead of losing it.</summary>
    private static Socket NewSocket(IPEndPoint at)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            socket.DontFragment = false;
            socket.SendBufferSize = SendBuffer;
            socket.Bind(at);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static string Printable(string text) => string.Concat(text.Select(letter => char.IsControl(letter) ? '?' : letter));

    /// <summary>Time that only goes forward, however the system's clock is set meanwhile.</summary>
    private DateTimeOffset Now() => started + time.GetElapsedTime(startedTicks);

    /// <summary>What was opened, or made, for a transfer.</summary>
    private readonly record struct Opened(TftpSession Session, TftpOpening Opening);
}
