using System.Net;
using System.Net.Sockets;
using System.Text;
using Sextant.Dhcp.Wire;
using Sextant.Networking;
using Sextant.Planning;
using Sextant.Primitives;

namespace Sextant.Dhcp.Server;

/// <summary>
/// Tells machines in iPXE that there is no IPv6 router. iPXE configures IPv4 and IPv6 together and waits for both; on a network without a router the second takes
/// 16 seconds of asking to fail, and the answer ends it at once. Only a machine that asks for an IPv4 address as iPXE at this moment is answered, to its own
/// address; operating systems and everybody else hear nothing.
/// </summary>
public sealed partial class RouterAnswer(CurrentPlan plan, IpxeClients clients, TimeProvider time, ILogger<RouterAnswer> log) : IHostedService, IDisposable
{
    private const int SolSocket = 1, SoBindToDevice = 25, IpProtocolIpv6 = 41, UnicastHops = 16;

    /// <summary>RFC 4861 §6.1.2: a message with any other hop limit came through a router and is void.</summary>
    private const int HopLimit = 255;

    private const int LargestMessage = 1500;
    private static readonly IPAddress AllRouters = IPAddress.Parse("ff02::2");

    private Socket? socket;
    private Thread? thread;
    private volatile bool isStopping;

    /// <summary>Opens the socket and starts the thread; without IPv6 on this host it does nothing, because then nobody on this link waits for us in vain.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        var name = plan.Value.Network.Interface;
        try
        {
            var index = InterfaceSocket.IndexOf(name);
            socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Raw, ProtocolType.IcmpV6);
            socket.SetRawSocketOption(SolSocket, SoBindToDevice, Encoding.UTF8.GetBytes(name + "\0"));
            socket.SetRawSocketOption(IpProtocolIpv6, UnicastHops, BitConverter.GetBytes(HopLimit));
            socket.Bind(new IPEndPoint(IPAddress.IPv6Any, 0));
            socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.AddMembership, new IPv6MulticastOption(AllRouters, index));
        }
        catch (SocketException failure)
        {
            socket?.Dispose();
            socket = null;
            LogNotListening(name, failure.SocketErrorCode);
            return Task.CompletedTask;
        }
        thread = new Thread(Run) { IsBackground = true, Name = "router answer" };
        thread.Start();
        return Task.CompletedTask;
    }

    /// <summary>Closes the socket.</summary>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        isStopping = true;
        socket?.Dispose();
        thread?.Join();
    }

    private void Run()
    {
        var message = new byte[LargestMessage];
        while (!isStopping)
        {
            try
            {
                EndPoint sender = new IPEndPoint(IPAddress.IPv6Any, 0);
                var length = socket!.ReceiveFrom(message, ref sender);
                if (RouterDiscovery.IsSolicitation(message.AsSpan(0, length))) Answer((IPEndPoint)sender);
            }
            catch (Exception failure)
            {
                if (isStopping) return;
                // A link that is down fails at once, every time; the next solicitation comes by itself.
                LogFailed(failure);
                Thread.Sleep(TimeSpan.FromMilliseconds(200));
            }
        }
    }

    private void Answer(IPEndPoint sender)
    {
        Span<byte> source = stackalloc byte[RouterDiscovery.AddressLength];
        sender.Address.TryWriteBytes(source, out _);
        if (RouterDiscovery.HardwareAddressOf(source) is not { } mac || !clients.IsRecent(mac, time.GetUtcNow())) return;
        socket!.SendTo(RouterDiscovery.NoRouter.Span, SocketFlags.None, sender);
        LogAnswered(mac);
    }

    [LoggerMessage(1020, LogLevel.Information, "No IPv6 on {Interface} ({Reason}): iPXE is left to wait for a router of IPv6")]
    private partial void LogNotListening(string @interface, SocketError reason);

    [LoggerMessage(1022, LogLevel.Warning, "A router solicitation could not be read or answered")]
    private partial void LogFailed(Exception failure);

    [LoggerMessage(1021, LogLevel.Debug, "{Mac}: told that there is no IPv6 router")]
    private partial void LogAnswered(MacAddress mac);
}
