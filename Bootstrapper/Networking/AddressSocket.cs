using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Sextant.Primitives;

namespace Sextant.Networking;

/// <summary>Sockets of one address of this machine: other addresses may have other servers on the same port.</summary>
public static class AddressSocket
{
    private const int ReceiveBuffer = 4 << 20;
    private const int Backlog = 256;

    /// <summary>Binds a UDP socket, in the calling thread's network namespace.</summary>
    /// <param name="address">The address.</param>
    /// <param name="port">The port.</param>
    /// <param name="service">What listens there, <c>DNS</c>: for the message, and for the count of lost datagrams (<see cref="ReceiveQueue"/>).</param>
    /// <param name="advice">What to do when the port is taken.</param>
    /// <exception cref="ListenException">The port is taken, the address is not this machine's, or a privilege is missing.</exception>
    public static Socket BindUdp(Ipv4Address address, ushort port, string service, string advice)
    {
        var socket = Bind(new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveBufferSize = ReceiveBuffer }, address, port, "UDP", service, advice);
        ReceiveQueue.Watch(socket, service);
        return socket;
    }

    /// <summary>Listens on a TCP port, in the calling thread's network namespace.</summary>
    /// <inheritdoc cref="BindUdp"/>
    public static Socket ListenTcp(Ipv4Address address, ushort port, string service, string advice)
    {
        var socket = Bind(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }, address, port, "TCP", service, advice);
        socket.Listen(Backlog);
        return socket;
    }

    private static Socket Bind(Socket socket, Ipv4Address address, ushort port, string protocol, string service, string advice)
    {
        try
        {
            socket.Bind(new IPEndPoint(address.ToIPAddress(), port));
            return socket;
        }
        catch (SocketException refused)
        {
            socket.Dispose();
            var hint = refused.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse => string.Create(CultureInfo.InvariantCulture, $"another program has the port. 'ss -{(protocol == "UDP" ? 'u' : 't')}lpn sport = :{port}' shows which. {advice}"),
                SocketError.AddressNotAvailable => "no interface of this machine has that address. Give it the address, or correct bootstrapper.address.",
                SocketError.AccessDenied => "this user may not. Run as root or with CAP_NET_BIND_SERVICE.",
                _ => refused.Message + ".",
            };
            throw new ListenException($"{service} cannot listen on {protocol} port {port} of {address}: {hint}", refused);
        }
    }
}
