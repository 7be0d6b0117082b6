using System.Net;
using System.Net.NetworkInformation;
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
/// The TFTP service: one thread listens, each transfer has a port and a thread of its own. Read-only; serves what the delegate finds and nothing else.
/// </summary>
public sealed partial class TftpServer : IHostedService, IDisposable
{
    /// <summary>The well-known port.</summary>
    public const int WellKnownPort = 69;

    private static readonly TimeSpan ListenTick = TimeSpan.FromMilliseconds(250);

    private readonly CurrentPlan plan;
    private readonly MachineStore machines;
    private readonly Func<string, TftpFile?> find;
    private readonly Func<TftpFile, SafeFileHandle?> open;
    private readonly ITftpDocuments documents;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly int port;
    private readonly TftpContents contents = new();
    private readonly CancellationTokenSource stopping = new();
    private readonly TftpLimits limits;
    private readonly TftpSessions sessions;
    private Socket? listener;
    private Thread? listening;

    /// <summary>A server that starts with the host.</summary>
    /// <param name="plan">Where the server's address and the machines' entitlements come from.</param>
    /// <param name="machines">Who leases which address, and where a sent file is recorded.</param>
    /// <param name="find">The file of that relative path with forward slashes, or null.</param>
    /// <param name="open">Opens what was found, for reading; null when it must not be served, which the delegate has told.</param>
    /// <param name="documents">What is made for whoever asks.</param>
    /// <param name="time">Clock.</param>
    /// <param name="logger">Log.</param>
    /// <param name="port">UDP port; 0 takes a free one (see <see cref="Endpoint"/>).</param>
    /// <param name="limits">What is granted at most; null takes the defaults, with blocks as large as the interface's MTU allows.</param>
    public TftpServer(
        CurrentPlan plan, MachineStore machines, Func<string, TftpFile?> find, Func<TftpFile, SafeFileHandle?> open, ITftpDocuments documents, TimeProvider time,
        ILogger<TftpServer> logger,
        int port = WellKnownPort, TftpLimits? limits = null)
    {
        this.plan = plan;
        this.machines = machines;
        this.find = find;
        this.open = open;
        this.documents = documents;
        this.time = time;
        this.logger = logger;
        this.port = port;
        this.limits = limits ?? new TftpLimits { BlockSize = BlockSizeOf(plan.Value.Network.ServerAddress) };
        sessions = new TftpSessions(this.limits);
    }

    /// <summary>Where it listens; null before the start.</summary>
    public IPEndPoint? Endpoint => (IPEndPoint?)listener?.LocalEndPoint;

    /// <summary>Transfers running now.</summary>
    public int RunningTransfers => sessions.Count;

    /// <summary>Takes the port and starts listening.</summary>
    /// <exception cref="ListenException">The port is taken, privileged, or the address is not this machine's; the message says which and what to do.</exception>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        var at = new IPEndPoint(plan.Value.Network.ServerAddress.ToIPAddress(), port);
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            socket.Bind(at);
        }
        catch (SocketException failure)
        {
            socket.Dispose();
            throw new ListenException(failure.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse => $"TFTP cannot start: another program has UDP port {at} (see 'ss -ulnp'). Stop it first.",
                SocketError.AccessDenied => $"TFTP cannot start: UDP port {at} needs root or CAP_NET_BIND_SERVICE.",
                SocketError.AddressNotAvailable => $"TFTP cannot start: {at.Address} is no address of this machine. Configure it, or correct bootstrapper.address.",
                _ => $"TFTP cannot start on UDP port {at}: {failure.Message}",
            }, failure);
        }
        listener = socket;
        listening = new Thread(Listen) { IsBackground = true, Name = "tftp" };
        listening.Start();
        LogListening(socket.LocalEndPoint!.ToString()!);
        return Task.CompletedTask;
    }

    /// <summary>Stops listening and ends the transfers.</summary>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        stopping.Cancel();
        listening?.Join();
        sessions.Join();
        listener?.Dispose();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    /// <remarks>The host disposes without stopping when something else cannot start; the thread must not go on with a socket that is gone.</remarks>
    public void Dispose()
    {
        if (!stopping.IsCancellationRequested) stopping.Cancel();
        listening?.Join();
        listener?.Dispose();
        stopping.Dispose();
    }

    private void Listen()
    {
        var socket = listener!;
        var received = new byte[TftpReader.MaxRequestLength + 1];
        while (!stopping.IsCancellationRequested)
        {
            var length = 0;
            var peer = new SocketAddress(AddressFamily.InterNetwork);
            try
            {
                if (!socket.Poll(ListenTick, SelectMode.SelectRead)) continue;
                length = socket.ReceiveFrom(received, SocketFlags.None, peer);
                OnDatagram(socket, received.AsSpan(0, length), peer);
            }
            catch (SocketException failure)
            {
                LogSocket(failure.SocketErrorCode);
            }
            catch (Exception failure)
            {
                LogBroken(Convert.ToHexString(received.AsSpan(0, length)), failure);
            }
        }
    }

    private void OnDatagram(Socket socket, ReadOnlySpan<byte> datagram, SocketAddress peer)
    {
        var from = (IPEndPoint)new IPEndPoint(IPAddress.Any, 0).Create(peer);
        if (from.Port == 0 || Ipv4Address.FromIPAddress(from.Address) is not { } address) return;
        if (!TftpReader.TryRead(datagram, out var packet, out var error))
        {
            LogRefused(from, machines.FindByAddress(address)?.Mac, TftpRefusal.Malformed, $"{error}");
            Answer(new TftpPacket.Error(TftpErrorCode.IllegalOperation, "Malformed request"));
            return;
        }
        // An answer to anything but a request could make two servers answer each other for ever.
        if (packet is not TftpPacket.Request request) return;
        var machine = machines.FindByAddress(address);
        var entitlement = machine is null ? Entitlement.Discovered : plan.Value.EntitlementOf(machine.Mac);
        switch (TftpDecision.Decide(request, find, documents.Has, machine, entitlement, limits, time.GetUtcNow()))
        {
            case TftpDecision.Refuse refusal:
                Refuse(refusal.Reason, refusal.Answer);
                break;
            case TftpDecision.Send send:
                try
                {
                    if (!TryBegin(send, request, peer, from, (address, from.Port), machine?.Mac))
                        Refuse(TftpRefusal.Damaged, new TftpPacket.Error(TftpErrorCode.NotDefined, "This file is damaged on the server"));
                }
                catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
                {
                    LogUnreadable(send.File.Name, failure);
                    Refuse(TftpRefusal.Unreadable, new TftpPacket.Error(TftpErrorCode.NotDefined, "The server cannot read this file"));
                }
                break;
            case TftpDecision.Make make:
                Make(make, request, peer, (address, from.Port), Answer);
                break;
            case var other:
                throw new InvalidOperationException($"no act for decision {other}");
        }

        void Refuse(TftpRefusal reason, TftpPacket.Error answer)
        {
            LogRefused(from, machine?.Mac, reason, Printable(request.File));
            Answer(answer);
        }

        void Answer(TftpPacket.Error answer)
        {
            Span<byte> octets = stackalloc byte[TftpReader.MaxRequestLength];
            socket.SendTo(octets[..TftpWriter.Write(octets, answer)], SocketFlags.None, peer);
        }
    }

    /// <summary>False when the file must not be served.</summary>
    private bool TryBegin(TftpDecision.Send send, TftpPacket.Request request, SocketAddress peer, IPEndPoint from, (Ipv4Address Address, int Port) key, MacAddress? mac)
    {
        if (!MayBegin(request, from, key, mac)) return true;
        if (open(send.File) is not { } handle || contents.Take(handle, send.File, send.AsNetAscii) is not { } content) return false;
        var session = Session(request, peer, content, send.AsNetAscii);
        sessions.Start(key, request.File, session, () => Run(session, send.File.Name, from, mac, () => Record(send.File, key.Address, session.Length)));
        return true;
    }

    private bool MayBegin(TftpPacket.Request request, IPEndPoint from, (Ipv4Address Address, int Port) key, MacAddress? mac)
    {
        switch (sessions.Admit(key, request.File))
        {
            case TftpAdmission.Admitted:
                return true;
            case TftpAdmission.AlreadyRunning:
                return false;
            case TftpAdmission.Refused refused:
                // No ERROR: it would end the boot, and the firmware's next try may find room.
                LogRefused(from, mac, refused.Reason, Printable(request.File));
                return false;
            case var other:
                throw new InvalidOperationException($"no act for admission {other}");
        }
    }

    /// <summary>A transfer of that content, which it takes over.</summary>
    private TftpSession Session(TftpPacket.Request request, SocketAddress peer, TftpContent content, bool asNetAscii)
    {
        try
        {
            var parameters = TftpNegotiation.Negotiate(request.Options, asNetAscii ? null : content.Length, limits);
            return new TftpSession(((IPEndPoint)listener!.LocalEndPoint!).Address, peer, parameters, content, time);
        }
        catch
        {
            content.Dispose();
            throw;
        }
    }

    private void Run(TftpSession session, string name, IPEndPoint from, MacAddress? mac, Action whenComplete)
    {
        try
        {
            var how = session.Run(stopping.Token);
            LogEnded(from, mac, name, session.Length, how);
            if (how is TransferEnd.Complete) whenComplete();
        }
        catch (Exception failure)
        {
            LogTransferBroken(from, mac, name, failure);
        }
    }

    private void Record(TftpFile file, Ipv4Address address, long length)
    {
        if (machines.FindByAddress(address) is not { } machine) return;
        machines.RecordAsync(new BootFileSent(machine.Mac, time.GetUtcNow(), file.Name, "TFTP", length)).ContinueWith(
            task => LogNotRecorded(machine.Mac, file.Name, task.Exception!), CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }

    private static string Printable(string text) => string.Concat(text.Select(letter => char.IsControl(letter) ? '?' : letter));

    private static int BlockSizeOf(Ipv4Address address)
    {
        const int headers = 32;
        var mtu = NetworkInterface.GetAllNetworkInterfaces()
            .Where(candidate => candidate.GetIPProperties().UnicastAddresses.Any(unicast => Ipv4Address.FromIPAddress(unicast.Address) == address))
            .Select(candidate => candidate.GetIPProperties().GetIPv4Properties().Mtu).FirstOrDefault(1500);
        return Math.Clamp(mtu - headers, TftpNegotiation.DefaultBlockSize, 65464);
    }
}
