using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Sextant.Cluster;
using Sextant.Power;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Power;

/// <summary>A service on loopback that speaks Redfish as a test wants, wrongly too, over real HTTP.</summary>
internal sealed class StandInRedfish : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly List<string> asked = [];

    private StandInRedfish(RequestDelegate answer, Action<ListenOptions>? secure)
    {
        var port = FreePort.Take();
        Base = $"{(secure is null ? "http" : "https")}://127.0.0.1:{port}";
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port, listener => secure?.Invoke(listener)));
        app = builder.Build();
        app.Run(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var body = await reader.ReadToEndAsync();
            context.Items["body"] = body;
            lock (asked) asked.Add($"{context.Request.Method} {context.Request.Path}{(body.Length > 0 ? " " + body : "")}");
            await answer(context);
        });
    }

    public string Base { get; }

    /// <summary>Every request with its body, in order.</summary>
    public IReadOnlyList<string> Asked
    {
        get { lock (asked) return [.. asked]; }
    }

    public static async Task<StandInRedfish> StartAsync(RequestDelegate answer, Action<ListenOptions>? secure = null)
    {
        var service = new StandInRedfish(answer, secure);
        await service.app.StartAsync();
        return service;
    }

    /// <summary>A service of documents by path; whatever is posted or patched gets 204.</summary>
    public static Task<StandInRedfish> OfAsync(IReadOnlyDictionary<string, string> documents, Action<ListenOptions>? secure = null) => StartAsync(
        async context =>
        {
            if (context.Request.Method != "GET") context.Response.StatusCode = 204;
            else if (documents.TryGetValue(context.Request.Path.Value!, out var document)) await context.Response.WriteAsync(document);
            else context.Response.StatusCode = 404;
        },
        secure);

    /// <summary>A service of one machine that has power and takes every reset.</summary>
    public static Task<StandInRedfish> OfOneMachineAsync() => OfAsync(new Dictionary<string, string>
    {
        ["/redfish/v1/"] = """{"Systems":{"@odata.id":"/redfish/v1/Systems"}}""",
        ["/redfish/v1/Systems"] = """{"Members":[{"@odata.id":"/redfish/v1/Systems/1"}]}""",
        ["/redfish/v1/Systems/1"] = """{"PowerState":"On"}""",
    });

    /// <summary>A cluster whose first machine has this controller.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="folder">Where the password is put.</param>
    public ClusterDescription In(ClusterDescription cluster, TemporaryFolder folder)
    {
        File.WriteAllText(folder.File("password"), "secret");
        var bmc = new BmcDescription(Base, "operator", new GivenFile(folder.File("password"), "bmc.password_file", 1, 1), null, null, null, null);
        return cluster with { Nodes = [cluster.Nodes[0] with { Bmc = bmc }, .. cluster.Nodes.Skip(1)] };
    }

    /// <summary>Asks it.</summary>
    public async Task<PowerOutcome> DoAsync(PowerAction action, string? system = null, string? authorities = null, string? fingerprint = null)
    {
        var access = new ControllerAccess(Base, "operator", "secret", "/nowhere", authorities, fingerprint, system, null);
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false, SslOptions = { RemoteCertificateValidationCallback = (_, shown, chain, errors) => access.Trusts(shown, chain, errors) } };
        using var client = new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(20) };
        return await new RedfishController(access, client).DoAsync(action, isUefi: false, CancellationToken.None);
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();
}
