using System.Net;
using System.Net.Sockets;
using Sextant.Networking;
using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Storage;

namespace Sextant.Dhcp.Server;

/// <summary>
/// The DHCP server on UDP port 67 of the provisioning interface: one thread that receives what waits (at most <see cref="BatchLimit"/> messages), has
/// it decided and stored in one go, and sends the replies. The busier it is, the more messages share one fsync.
/// </summary>
public sealed class DhcpServer : IHostedService, IDisposable
{
    /// <summary>Messages handled together.</summary>
    public const int BatchLimit = 64;

    private const ushort ServerPort = 67, ClientPort = 68;
    private const int LargestMessage = 2048;

    private readonly CurrentPlan plans;
    private readonly TimeProvider time;
    private readonly ILogger<DhcpServer> log;
    private readonly DhcpExchange exchange;
    private readonly CancellationTokenSource stopping = new();
    private readonly byte[][] buffers = [.. Enumerable.Range(0, BatchLimit).Select(_ => new byte[LargestMessage])];
    private Socket? socket;
    private RawReplySocket? raw;
    private Thread? thread;

    /// <summary>Loads the leases; opens nothing.</summary>
    public DhcpServer(CurrentPlan plans, MachineStore machines, IStore store, IpxeClients ipxe, TimeProvider time, ILogger<DhcpServer> log)
    {
        this.plans = plans;
        this.time = time;
        this.log = log;
        exchange = new DhcpExchange(plans, machines, store, ipxe, log);
    }

    /// <summary>Every stored lease, live or remembered, by address. From any thread.</summary>
    public IReadOnlyList<Lease> Leases => exchange.Leases;

    /// <summary>Opens the sockets and starts the thread.</summary>
    /// <exception cref="ListenException">The port is taken, the interface does not exist, or a privilege is missing.</exception>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        var network = plans.Value.Network;
        raw = new RawReplySocket(network.Interface);
        socket = InterfaceSocket.Bind(ServerPort, network.Interface, "DHCP");
        thread = new Thread(() => Run(network.Interface)) { Name = "dhcp", IsBackground = true };
        thread.Start();
        DhcpLog.Listening(log, network.Interface, network.Subnet.ToString(), exchange.Leases.Count);
        return Task.CompletedTask;
    }

    /// <summary>Finishes the batch at hand and closes the port.</summary>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        stopping.Cancel();
        // Closing the socket ends a receive that waits.
        socket?.Dispose();
        return thread is { } running ? Task.Run(running.Join, cancellationToken) : Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        stopping.Cancel();
        socket?.Dispose();
        thread?.Join();
        raw?.Dispose();
        stopping.Dispose();
    }

    private void Run(string networkInterface)
    {
        var batch = new List<Arrival>(BatchLimit);
        while (!stopping.IsCancellationRequested)
        {
            batch.Clear();
            try
            {
                do batch.Add(Receive(buffers[batch.Count]));
                while (batch.Count < BatchLimit && socket!.Available > 0);
            }
            catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
            {
                if (stopping.IsCancellationRequested) return;
                DhcpLog.ReceiveFailed(log, failure, networkInterface);
                // An interface that is down fails at once, every time.
                stopping.Token.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(200));
            }
            try
            {
                if (batch.Count > 0) Answer(batch);
            }
            catch (Exception failure)
            {
                DhcpLog.HandlingFailed(log, failure, batch[0].Source, Convert.ToHexStringLower(batch[0].Octets.Span));
            }
        }
    }

    private Arrival Receive(byte[] buffer)
    {
        EndPoint sender = new IPEndPoint(IPAddress.Any, 0);
        var flags = SocketFlags.None;
        var length = socket!.ReceiveMessageFrom(buffer, ref flags, ref sender, out var information);
        var source = Ipv4Address.FromIPAddress((sender as IPEndPoint)?.Address) ?? Ipv4Address.Any;
        return new Arrival(buffer.AsMemory(0, length), source, Ipv4Address.FromIPAddress(information.Address) ?? Ipv4Address.Any);
    }

    private void Answer(List<Arrival> batch)
    {
        var departures = exchange.Handle(batch, time.GetUtcNow());
        var source = plans.Value.Network.ServerAddress;
        foreach (var departure in departures)
        {
            try
            {
                Send(departure, source);
            }
            catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
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
                socket!.SendTo(departure.Octets, new IPEndPoint(relay.Address.ToIPAddress(), ServerPort));
                break;
            case ReplyTo.Client client:
                socket!.SendTo(departure.Octets, new IPEndPoint(client.Address.ToIPAddress(), ClientPort));
                break;
            case ReplyTo.Everyone:
                raw!.Broadcast(source, ServerPort, ClientPort, departure.Octets);
                break;
            case ReplyTo.Hardware hardware:
                raw!.Send(hardware.Mac, source, ServerPort, hardware.Address, ClientPort, departure.Octets);
                break;
            default:
                throw new InvalidOperationException($"{departure.To.GetType().Name} is a new destination");
        }
    }
}
