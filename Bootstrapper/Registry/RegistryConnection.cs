using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Sextant.Registry;

/// <summary>Marks connections of the registry's own listener: there is the registry and nothing else, and the registry is nowhere else.</summary>
public sealed class RegistryConnection
{
    private static readonly RegistryConnection Instance = new();

    private RegistryConnection() { }

    /// <summary>Marks every connection of a listener.</summary>
    public static void Mark(ListenOptions listener) => listener.Use(next => connection =>
    {
        connection.Features.Set(Instance);
        return next(connection);
    });

    /// <summary>Whether the request came through the registry's listener.</summary>
    public static bool Is(IFeatureCollection features) => features.Get<RegistryConnection>() is not null;
}
