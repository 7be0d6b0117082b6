using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Sextant.Status;

/// <summary>
/// Marks connections that came through the operator's Unix socket. Whoever may open the socket's file is the operator; nobody on a network ever is,
/// whatever its request says.
/// </summary>
public sealed class LocalOperator
{
    private static readonly LocalOperator Instance = new();

    private LocalOperator() { }

    /// <summary>Marks every connection of a listener.</summary>
    public static void Mark(ListenOptions listener) => listener.Use(next => connection =>
    {
        connection.Features.Set(Instance);
        return next(connection);
    });

    /// <summary>Whether the request came through the operator's socket.</summary>
    public static bool Is(IFeatureCollection features) => features.Get<LocalOperator>() is not null;
}
