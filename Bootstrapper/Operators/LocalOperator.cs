using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Sextant.Operators;

/// <summary>
/// Marks connections that came through the operator's Unix socket. Whoever may open the socket's file is the operator; nobody on a network ever is,
/// whatever its request says.
/// </summary>
/// <param name="Uid">The user whose process opened the connection, as the kernel says; null when it does not say.</param>
public sealed record LocalOperator(uint? Uid)
{
    // SOL_SOCKET and SO_PEERCRED of Linux; struct ucred { pid_t pid; uid_t uid; gid_t gid; } (unix(7)).
    private const int SocketLevel = 1;
    private const int PeerCredentials = 17;
    private const int UidOffset = 4;

    /// <summary>What the audit log calls a user of this machine.</summary>
    public static string NameOf(uint uid) => $"uid {uid}";

    /// <summary>Marks every connection of a listener.</summary>
    public static void Mark(ListenOptions listener) => listener.Use(next => connection =>
    {
        connection.Features.Set(new LocalOperator(UidOf(connection.Features.Get<IConnectionSocketFeature>()?.Socket)));
        return next(connection);
    });

    /// <summary>Who is at the other end of the operator's socket; null when the request came another way.</summary>
    public static LocalOperator? Of(IFeatureCollection features) => features.Get<LocalOperator>();

    private static uint? UidOf(Socket? socket)
    {
        Span<byte> credentials = stackalloc byte[12];
        return socket?.GetRawSocketOption(SocketLevel, PeerCredentials, credentials) == credentials.Length
            ? MemoryMarshal.Read<uint>(credentials[UidOffset..])
            : null;
    }
}
