using System.Net;
using System.Net.Sockets;
using Sextant.Networking;
using Sextant.Primitives;

namespace Sextant.Dhcp.Server;

/// <summary>
/// One UDP port of one interface and the thread that serves it: receives what waits (at most <see cref="BatchLimit"/> messages), has it answered in one go,
/// and sends the replies, from this port and to wherever each must go.
/// </summary>
internal sealed class DhcpPort : IDisposable
{
    /// <summary>Messages handled together.</summary>
    public const int BatchLimit = 64;

    /// <summary>The port of DHCP servers and relays (RFC 2131 §4.1).</summary>
    public const ushort ServerPort = 67;

    /// <summary>The port of PXE boot servers (PXE 2.1 §2.2.2).</summary>
    public const ushort BootPort = 4011;

    private const ushort ClientPort = 68;
    private const int LargestMessage = 2048;
    private const long MessageWaits = 0;
    private const long ProbeAnswered = 1;

    private readonly ushort port;
    private readonly string networkInterface;
    private readonly Func<IReadOnlyList<Arrival>, IReadOnlyList<Departure>> answer;
    private readonly Func<Ipv4Address> own;
    private readonly AddressProber? prober;
    private readonly ILogger log;
    private readonly CancellationTokenSource stopping = new();
    private readonly byte[][] buffers = [.. Enumerable.Range(0, BatchLimit).Select(_ => new byte[LargestMessage])];
    private readonly ReadinessPoller poller = new(most: 2);
    private readonly RawReplySocket raw;
    private readonly Socket socket;
    private readonly Thread thread;

    /// <summary>Opens the port.</summary>
    /// <param name="port">Its number.</param>
    /// <param name="networkInterface">The interface.</param>
    /// <param name="service">What listens there, for messages.</param>
    /// <param name="answer">Answers a batch; called on the port's thread.</param>
    /// <param name="own">Our address on the interface.</param>
    /// <param name="log">Log.</param>
    /// <param name="prober">What the thread asks on the wire besides; null for nothing. It is the port's to dispose.</param>
    /// <exception cref="ListenException">The port is taken, the interface does not exist, or a privilege is missing.</exception>
    public DhcpPort(
        ushort port, string networkInterface, string service, Func<IReadOnlyList<Arrival>, IReadOnlyList<Departure>> answer, Func<Ipv4Address> own, ILogger log,
        AddressProber? prober = null)
    {
        (this.port, this.networkInterface, this.answer, this.own, this.log, this.prober) = (port, networkInterface, answer, own, log, prober);
        try
        {
            raw = new RawReplySocket(networkInterface);
            socket = InterfaceSocket.Bind(port, networkInterface, service);
            poller.Add(socket, MessageWaits);
            if (prober is not null) poller.Add(prober.Socket, ProbeAnswered);
        }
        catch
        {
            socket?.Dispose();
            raw?.Dispose();
            poller.Dispose();
            throw;
        }
        thread = new Thread(Run) { Name = $"dhcp {port}", IsBackground = true };
    }

    /// <summary>Whether the thread is at work.</summary>
    public bool IsServing => thread.IsAlive;

    /// <summary>Starts the thread.</summary>
    public void Start() => thread.Start();

    /// <summary>Finishes the batch at hand and closes the port.</summary>
    public Task StopAsync() => Task.Run(Stop);

    /// <inheritdoc/>
    public void Dispose()
    {
        Stop();
        raw.Dispose();
        prober?.Dispose();
        poller.Dispose();
        stopping.Dispose();
    }

    private void Stop()
    {
        stopping.Cancel();
        poller.Wake();
        if (thread.IsAlive) thread.Join();
        socket.Dispose();
    }

    private void Run()
    {
        var batch = new List<Arrival>(BatchLimit);
        while (!stopping.IsCancellationRequested)
        {
            batch.Clear();
            try
            {
                if (!IsThereAMessage()) continue;
                do batch.Add(Receive(buffers[batch.Count]));
                while (batch.Count < BatchLimit && socket.Available > 0);
            }
            catch (SocketException failure)
            {
                DhcpLog.ReceiveFailed(log, failure, networkInterface);
                // An interface that is down fails at once, every time.
                stopping.Token.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(200));
            }
            try
            {
                if (batch.Count > 0) Send(answer(batch));
            }
            catch (Exception failure)
            {
                DhcpLog.HandlingFailed(log, failure, batch[0].Source, Convert.ToHexStringLower(batch[0].Octets.Span));
            }
        }
    }

    /// <summary>Waits for whatever comes first; false when that was not a message.</summary>
    private bool IsThereAMessage()
    {
        Span<long> tokens = stackalloc long[2];
        var ready = tokens[..poller.Wait(tokens, prober?.Patience ?? TimeSpan.MaxValue)];
        try
        {
            if (ready.Contains(ProbeAnswered)) Send(prober!.OnReadable());
            if (prober is not null) Send(prober.OnTimer());
        }
        catch (Exception failure)
        {
            DhcpLog.ProbingFailed(log, failure, networkInterface);
        }
        return ready.Contains(MessageWaits);
    }

    private Arrival Receive(byte[] buffer)
    {
        EndPoint sender = new IPEndPoint(IPAddress.Any, 0);
        var flags = SocketFlags.None;
        var length = socket.ReceiveMessageFrom(buffer, ref flags, ref sender, out var information);
        var from = (IPEndPoint)sender;
        return new Arrival(
            buffer.AsMemory(0, length), Ipv4Address.FromIPAddress(from.Address) ?? Ipv4Address.Any, Ipv4Address.FromIPAddress(information.Address) ?? Ipv4Address.Any,
            (ushort)from.Port);
    }

    private void Send(IReadOnlyList<Departure> departures)
    {
        var source = own();
        foreach (var departure in departures)
        {
            try
            {
                Send(departure, source);
            }
            catch (SocketException failure)
            {
                DhcpLog.SendFailed(log, failure, departure.Mac);
            }
        }
    }

    private void Send(Departure departure, Ipv4Address source)
    {
        switch (departure.To)
        {
            case ReplyTo.Relay relay:
                socket.SendTo(departure.Octets, new IPEndPoint(relay.Address.ToIPAddress(), relay.Port));
                break;
            case ReplyTo.Client client:
                socket.SendTo(departure.Octets, new IPEndPoint(client.Address.ToIPAddress(), ClientPort));
                break;
            case ReplyTo.Requester requester:
                socket.SendTo(departure.Octets, new IPEndPoint(requester.Address.ToIPAddress(), requester.Port));
                break;
            case ReplyTo.Everyone:
                raw.Broadcast(source, port, ClientPort, departure.Octets);
                break;
            case ReplyTo.Hardware hardware:
                raw.Send(hardware.Mac, source, port, hardware.Address, ClientPort, departure.Octets);
                break;
            default:
                throw new InvalidOperationException($"{departure.To.GetType().Name} is a new destination");
        }
    }
}
