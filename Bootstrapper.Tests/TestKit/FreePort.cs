using System.Net;
using System.Net.Sockets;

namespace Sextant.Tests.TestKit;

/// <summary>
/// TCP ports of 127.0.0.1 for servers that are told theirs. They lie below the range the kernel gives to connections (ip_local_port_range), so that none
/// is taken by another test's client between choosing and listening, and each is given once.
/// </summary>
internal static class FreePort
{
    private const int First = 10_000;
    private const int Count = 22_000;

    private static int next = Environment.ProcessId * 97 % Count;

    public static int Take()
    {
        while (true)
        {
            var port = First + (int)((uint)Interlocked.Increment(ref next) % Count);
            using var probe = new TcpListener(IPAddress.Loopback, port);
            try
            {
                probe.Start();
                return port;
            }
            catch (SocketException taken) when (taken.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                // Somebody serves there: the next one.
            }
        }
    }
}
