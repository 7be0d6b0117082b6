using System.Net;
using System.Net.Sockets;

namespace Sextant.Networking;

/// <summary>A UDP socket over IPv4 whose datagrams carry the kernel's time of their arrival, so that waiting to be read does not count. For one thread.</summary>
public sealed class StampedSocket : IDisposable
{
    private readonly Socket socket;

    /// <summary>Binds an address and port, in the calling thread's network namespace.</summary>
    /// <exception cref="SocketException">They cannot be bound.</exception>
    public StampedSocket(IPEndPoint at)
    {
        socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            socket.Bind(at);
            ArrivalStamps.Ask(socket);
            ReceiveQueue.Watch(socket, "NTP");
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Where it is bound.</summary>
    public IPEndPoint Endpoint => (IPEndPoint)socket.LocalEndPoint!;

    /// <summary>Waits for a datagram.</summary>
    /// <returns>False when none came in time.</returns>
    public bool Wait(TimeSpan time) => socket.Poll(time, SelectMode.SelectRead);

    /// <summary>Receives a datagram that waits.</summary>
    /// <param name="datagram">Where it goes; what does not fit is lost.</param>
    /// <param name="sender">Set to who sent it.</param>
    /// <param name="arrived">When it arrived by the kernel's clock, to 100 ns; null when the kernel does not say.</param>
    /// <returns>How many octets; null when none waits.</returns>
    /// <exception cref="SocketException">Receiving failed.</exception>
    public int? TryReceive(Span<byte> datagram, SocketAddress sender, out DateTimeOffset? arrived) => ArrivalStamps.TryReceive(socket, datagram, sender, out arrived);

    /// <summary>Sends a datagram.</summary>
    public void Send(ReadOnlySpan<byte> datagram, SocketAddress to) => socket.SendTo(datagram, SocketFlags.None, to);

    /// <inheritdoc/>
    public void Dispose() => socket.Dispose();
}
