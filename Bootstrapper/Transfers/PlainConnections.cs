using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Sextant.Transfers;

/// <summary>Lets files leave by sendfile(2) on a listener's connections. For listeners without TLS: what is encrypted has to pass through the process.</summary>
public static class PlainConnections
{
    /// <summary>Puts a <see cref="SocketOutput"/> in front of every connection of the listener.</summary>
    public static void UseSendFile(this ListenOptions listener) => listener.Use(next => async connection =>
    {
        if (connection.Features.Get<IConnectionSocketFeature>() is not { } feature)
        {
            await next(connection);
            return;
        }
        var transport = connection.Transport;
        var output = new SocketOutput(feature.Socket, transport.Output);
        connection.Transport = new Duplex(transport.Input, output);
        connection.Features.Set(output);
        try
        {
            await next(connection);
        }
        finally
        {
            connection.Transport = transport;
        }
    });

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
