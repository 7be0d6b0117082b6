using System.Net.Sockets;
using System.Text;

namespace Sextant.Cli;

/// <summary>Tells systemd how far the service is (sd_notify(3)): a datagram to the socket that <c>NOTIFY_SOCKET</c> names, where it names one.</summary>
internal static class ServiceNotice
{
    /// <summary>The variable.</summary>
    public const string Variable = "NOTIFY_SOCKET";

    /// <summary>Every port is open.</summary>
    public const string Ready = "READY=1";

    /// <summary>It ends.</summary>
    public const string Stopping = "STOPPING=1";

    /// <summary>Tells it.</summary>
    /// <param name="socketPath">The variable's value: a path, or a name in the abstract namespace with '@' before it; null tells nobody.</param>
    /// <param name="assignments">What to tell, a line each.</param>
    /// <exception cref="SocketException">The socket is not there: whoever started this program waits in vain.</exception>
    public static void Send(string? socketPath, params IEnumerable<string> assignments)
    {
        if (string.IsNullOrEmpty(socketPath)) return;
        using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        socket.SendTo(Encoding.UTF8.GetBytes(string.Join('\n', assignments)), new UnixDomainSocketEndPoint(socketPath[0] == '@' ? $"\0{socketPath[1..]}" : socketPath));
    }
}
