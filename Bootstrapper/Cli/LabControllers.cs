using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Sextant.Lab;

namespace Sextant.Cli;

/// <summary>The process that a rack's management controllers are: their HTTP on the rack's own loopback, until the rack is gone.</summary>
internal static class LabControllers
{
    private static readonly TimeSpan RackCheck = TimeSpan.FromSeconds(1);

    /// <summary>Answers until cancelled, or until there is no rack any more.</summary>
    public static async Task RunAsync(Rack rack, TextWriter output, CancellationToken cancellation)
    {
        var state = rack.State;
        var network = new NetworkNamespace(state.Namespace);
        var controllers = new RackControllers(rack, (await File.ReadAllTextAsync(rack.Folder.ControllerPassword, cancellation)).TrimEnd('\n'));
        using var socket = network.CreateSocket(SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, state.ControllerPort ?? throw new LabException("this rack has no management controllers.")));
        await using var app = Compose(controllers, kestrel => kestrel.ListenHandle((ulong)socket.Handle));
        await app.StartAsync(cancellation);
        await output.WriteLineAsync(Lab.Rack.ControllersReady);
        using var timer = new PeriodicTimer(RackCheck);
        try
        {
            while (network.Exists) await timer.WaitForNextTickAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            // The rack is taken down.
        }
    }

    /// <summary>The HTTP service.</summary>
    internal static WebApplication Compose(RackControllers controllers, Action<KestrelServerOptions> listen)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "sextant" });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(listen);
        var app = builder.Build();
        app.Run(async context =>
        {
            try
            {
                await controllers.ServeAsync(context);
            }
            catch (LabException problem) when (!context.Response.HasStarted)
            {
                context.Response.StatusCode = StatusCodes.Status500InternalServerError;
                await context.Response.WriteAsync(problem.Message);
            }
        });
        return app;
    }
}
