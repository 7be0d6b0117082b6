using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace Sextant.Networking;

/// <summary>A port or interface cannot be listened on; the message says which, why, and what to do.</summary>
public sealed class ListenException : Exception
{
    /// <summary>With a message for the operator.</summary>
    public ListenException(string message, Exception? inner = null) : base(message, inner) { }
}

/// <summary>UDP sockets that belong to one interface.</summary>
public static partial class InterfaceSocket
{
    private const int SolSocket = 1, SoBindToDevice = 25;
    private const int ReceiveBuffer = 4 << 20;

    /// <summary>
    /// Binds 0.0.0.0:<paramref name="port"/> to one interface (SO_BINDTODEVICE), in the calling thread's network namespace. Broadcasts to and from that
    /// interface only; other interfaces may have other servers.
    /// </summary>
    /// <remarks>Without SO_REUSEADDR: on UDP it would let two servers share the port, and the second would start as if nothing were wrong.</remarks>
    /// <param name="port">The UDP port.</param>
    /// <param name="networkInterface">The interface's name, <c>eno1</c>.</param>
    /// <param name="service">What listens there, <c>DHCP</c>: for the message, and for the count of lost datagrams (<see cref="ReceiveQueue"/>).</param>
    /// <exception cref="ListenException">The port is taken, the interface does not exist, or a privilege is missing.</exception>
    public static Socket Bind(ushort port, string networkInterface, string service)
    {
        IndexOf(networkInterface);
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            socket.SetRawSocketOption(SolSocket, SoBindToDevice, Encoding.UTF8.GetBytes(networkInterface + "\0"));
            socket.EnableBroadcast = true;
            ReceiveQueue.Enlarge(socket, ReceiveBuffer);
            socket.Bind(new IPEndPoint(IPAddress.Any, port));
            ReceiveQueue.Watch(socket, service);
            return socket;
        }
        catch (SocketException refused)
        {
            socket.Dispose();
            throw new ListenException($"{service} cannot listen on UDP port {port} of {networkInterface}: {Hint(refused, port)}", refused);
        }
    }

    /// <summary>The interface's index.</summary>
    /// <exception cref="ListenException">There is no such interface; the message lists those there are.</exception>
    public static int IndexOf(string networkInterface)
    {
        var index = (int)IfNameToIndex(networkInterface);
        if (index > 0) return index;
        var names = string.Join(", ", NetworkInterface.GetAllNetworkInterfaces().Select(other => other.Name).Order(StringComparer.Ordinal));
        throw new ListenException($"There is no network interface '{networkInterface}' on this machine; there are: {names}. Set bootstrapper.interface.");
    }

    private static string Hint(SocketException refused, ushort port) => refused.SocketErrorCode switch
    {
        SocketError.AddressAlreadyInUse => string.Create(CultureInfo.InvariantCulture,
            $"another program has the port. 'ss -ulpn sport = :{port}' shows which; stop it (dnsmasq and libvirt's networks are frequent ones)."),
        SocketError.AccessDenied => "this user may not. Run as root or with CAP_NET_BIND_SERVICE and CAP_NET_RAW.",
        _ => refused.Message + ".",
    };

    [LibraryImport("libc", EntryPoint = "if_nametoindex", StringMarshalling = StringMarshalling.Utf8)]
    private static partial uint IfNameToIndex(string name);
}
