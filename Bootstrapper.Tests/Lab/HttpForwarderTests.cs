using System.Net;
using System.Net.Sockets;
using System.Text;
using NUnit.Framework;
using Sextant.Lab;

namespace Sextant.Tests.Lab;

[TestFixture, CancelAfter(20_000)]
public sealed class HttpForwarderTests
{
    [Test]
    public async Task Octets_pass_both_ways_and_each_direction_closes_on_its_own(CancellationToken cancellation)
    {
        using var target = new TcpListener(IPAddress.Loopback, 0);
        target.Start();
        using var forwarder = Forward((IPEndPoint)target.LocalEndpoint, cancellation);
        using var client = await ConnectAsync(forwarder, cancellation);
        using var server = await target.AcceptSocketAsync(cancellation);

        await client.SendAsync("question"u8.ToArray(), cancellation);
        client.Shutdown(SocketShutdown.Send);
        Assert.That(await ReadToEndAsync(server, cancellation), Is.EqualTo("question"));

        var answer = new string('a', 300_000);
        await server.SendAsync(Encoding.ASCII.GetBytes(answer), cancellation);
        server.Shutdown(SocketShutdown.Send);
        Assert.That(await ReadToEndAsync(client, cancellation), Is.EqualTo(answer));
    }

    [Test]
    public async Task Without_a_bootstrapper_the_answer_says_how_to_start_it(CancellationToken cancellation)
    {
        var closed = new TcpListener(IPAddress.Loopback, 0);
        closed.Start();
        var nobody = (IPEndPoint)closed.LocalEndpoint;
        closed.Stop();
        using var forwarder = Forward(nobody, cancellation);
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri($"http://127.0.0.1:{forwarder.Port}/"), cancellation);
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        Assert.That(await answer.Content.ReadAsStringAsync(cancellation), Does.Contain("sextant lab bootstrapper start"));
    }

    [Test]
    public async Task It_ends_with_its_rack(CancellationToken cancellation)
    {
        var wanted = true;
        using var forwarder = new HttpForwarder(0, new IPEndPoint(IPAddress.Loopback, 1), Tcp, () => wanted);
        forwarder.Start();
        var run = forwarder.RunAsync(cancellation);
        wanted = false;
        await run.WaitAsync(TimeSpan.FromSeconds(10), cancellation);
        Assert.That(run.IsCompletedSuccessfully, Is.True);
    }

    private static HttpForwarder Forward(IPEndPoint target, CancellationToken cancellation)
    {
        var forwarder = new HttpForwarder(0, target, Tcp, () => true);
        forwarder.Start();
        _ = forwarder.RunAsync(cancellation);
        return forwarder;
    }

    private static Socket Tcp() => new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    private static async Task<Socket> ConnectAsync(HttpForwarder forwarder, CancellationToken cancellation)
    {
        var client = Tcp();
        await client.ConnectAsync(IPAddress.Loopback, forwarder.Port, cancellation);
        return client;
    }

    private static async Task<string> ReadToEndAsync(Socket socket, CancellationToken cancellation)
    {
        var text = new StringBuilder();
        var buffer = new byte[4096];
        int length;
        while ((length = await socket.ReceiveAsync(buffer, cancellation)) > 0) text.Append(Encoding.ASCII.GetString(buffer, 0, length));
        return text.ToString();
    }
}
