using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using Sextant.Lab;
using Sextant.Primitives;

namespace Sextant.Tests.Lab;

[TestFixture, CancelAfter(20_000)]
public sealed class StatusClientTests
{
    private const string Nodes = """
        [
          {"mac":"52:54:00:00:00:01","hostname":"node1","address":"10.0.0.11","roles":["etcd_member"],"planned":true,"stage":"installing",
           "since":"2026-01-02T12:00:30+00:00","detail":"starting the live system","firmware":"UEFI x64","attempt":1,"installed":false,"enrolled":false,
           "etcd_member":true,"transfer":{"asset":"debian/live.img","bytes":5,"total":20,"at":"2026-01-02T12:00:31+00:00"},
           "last_event":{"at":"2026-01-02T12:00:30+00:00","kind":"script-served","summary":"boot script: install (attempt 1)"}},
          {"mac":"52:54:00:00:00:09","roles":[],"planned":false,"stage":"waiting","detail":"","firmware":"","attempt":0}
        ]
        """;

    [Test]
    public async Task The_bootstrappers_view_of_its_machines_is_read(CancellationToken cancellation)
    {
        using var folder = LabSamples.Folder();
        await using var server = await ServeAsync(folder["http.sock"], Nodes, cancellation);
        using var client = new StatusClient(folder["http.sock"]);
        Assert.That(await client.IsReadyAsync(cancellation), Is.True);
        Assert.That(await client.NodesAsync(cancellation), Is.EqualTo(new[]
        {
            new NodeStatus(
                LabSamples.Uefi.Mac, "installing", "node1", Ipv4Address.Parse("10.0.0.11"), LabSamples.Noon.AddSeconds(30), "starting the live system",
                EtcdMember: true, Transfer: new NodeTransfer("debian/live.img", 5, 20)),
            new NodeStatus(MacAddress.Parse("52:54:00:00:00:09"), "waiting", Detail: ""),
        }));
    }

    [TestCase("{}")]
    [TestCase("")]
    [TestCase("[{}]")]
    public async Task An_answer_in_another_language_is_none(string text, CancellationToken cancellation)
    {
        using var folder = LabSamples.Folder();
        await using var server = await ServeAsync(folder["http.sock"], text, cancellation);
        using var client = new StatusClient(folder["http.sock"]);
        Assert.That(await client.NodesAsync(cancellation), Is.Null);
    }

    [Test]
    public async Task Nobody_there_is_no_answer(CancellationToken cancellation)
    {
        using var folder = LabSamples.Folder();
        using var client = new StatusClient(folder["http.sock"]);
        Assert.That(await client.IsReadyAsync(cancellation), Is.False);
        Assert.That(await client.NodesAsync(cancellation), Is.Null);
    }

    private static async Task<WebApplication> ServeAsync(string socket, string nodes, CancellationToken cancellation)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(socket));
        var server = builder.Build();
        server.MapGet("/healthz", (RequestDelegate)(context => context.Response.WriteAsync("ok")));
        server.MapGet("/api/v1/nodes", (RequestDelegate)(context => context.Response.WriteAsync(nodes)));
        await server.StartAsync(cancellation);
        return server;
    }
}
