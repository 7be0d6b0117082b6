using System.Net;
using System.Net.Sockets;
using System.Text;
using NUnit.Framework;
using Sextant.Status;
using Sextant.Storage;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Boot;

/// <summary>Ten thousand broken requests of a machine, and as many of the operator: none is answered with our failure, none takes the service down.</summary>
[TestFixture]
public sealed class HostileHttpTests
{
    private const int Requests = 10_000;

    // Longer than an answer takes that has several events recorded.
    private static readonly TimeSpan Silence = 4 * MachineStore.Interval;

    private static readonly string[] Seeds =
    [
        "GET /boot/52-54-00-00-00-01/script.ipxe HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
        "GET /boot/52-54-00-00-00-01/user-data HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "POST /boot/52-54-00-00-00-01/report HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 33\r\nConnection: close\r\n\r\nstage=installing&detail=something",
        "POST /boot/52-54-00-00-00-01/report HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n10\r\nstage=installing\r\n0\r\n\r\n",
        "GET /assets/debian/vmlinuz HTTP/1.1\r\nHost: x\r\nRange: bytes=0-99\r\nIf-Range: \"abc\"\r\nConnection: close\r\n\r\n",
        "HEAD /assets/snponly.efi HTTP/1.1\r\nHost: x\r\nIf-None-Match: \"a\", W/\"b\"\r\nIf-Modified-Since: Sun, 01 Mar 2026 12:00:00 GMT\r\nConnection: close\r\n\r\n",
        "GET /assets/debian%2fvmlinuz?x=%00 HTTP/1.0\r\nRange: bytes=-5\r\n\r\n",
        "POST /enroll/52-54-00-00-00-01/etcd-server HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer abc\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc",
        "POST /api/v1/nodes/52-54-00-00-00-01/reinstall HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        "GET /api/v1/nodes/52:54:00:00:00:01 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    ];

    [Test]
    public async Task Garbage_of_a_machine_is_never_our_failure()
    {
        await using var appliance = await ServedAppliance.StartAsync();
        await appliance.BeginInstallAsync(1);
        var server = new IPEndPoint(IPAddress.Loopback, appliance.Plan.Value.Network.HttpPort);
        var machine = new IPEndPoint(IPAddress.Parse("127.0.0.11"), 0);
        var statuses = await SendAllAsync(Seeds, () =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { LingerState = new LingerOption(true, 0) };
            socket.Bind(machine);
            return socket;
        }, server);
        Assert.That(statuses[200] + statuses[206], Is.GreaterThan(Requests / 20), "some requests survive their mutation, else nothing was tested");
        Assert.That(appliance.Failures, Is.Empty);
        Assert.That(await appliance.Client(1).GetStringAsync(appliance.Url(1, "script.ipxe")), Does.StartWith("#!ipxe"));
    }

    [Test]
    public async Task Garbage_of_the_operator_is_never_our_failure()
    {
        await using var appliance = await ServedAppliance.StartAsync();
        await appliance.BeginInstallAsync(1);
        await appliance.LeaseAsync(9);
        var seeds = appliance.Part<ApiRoutes>().All.Where(route => route.MediaType != EventsEndpoint.MediaType).Select(OperatorSeed).ToArray();
        var statuses = await SendAllAsync(
            seeds, () => new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified), new UnixDomainSocketEndPoint(appliance.SocketPath));
        Assert.That(statuses[200], Is.GreaterThan(Requests / 20), $"some requests survive their mutation, else nothing was tested: {Told(statuses)}");
        Assert.That(appliance.Failures, Is.Empty);
        using var answer = await appliance.Operator().GetAsync(new Uri("http://sextant/api/v1/nodes"));
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    /// <summary>A request to a route as it should be: about a stranger, so that the words may be said again and again.</summary>
    private static string OperatorSeed(ApiRoute route)
    {
        var body = route.Name switch
        {
            _ when !route.IsChange => "",
            "power" => """{"action":"cycle","force":true}""",
            "login" => """{"token":"guess"}""",
            "plan" => Repository.Read("cluster-desc.example.yaml"),
            _ => """{"force":false,"reason":"a fan is loud"}""",
        };
        var query = string.Join('&', route.Query.Select(parameter => $"{parameter.Name}={parameter.Default}"));
        return $"{route.Method} {ApiRoutes.Root}{route.Path.Replace(ApiRoute.MacSegment, ServedAppliance.Mac(9).ToHyphenString(), StringComparison.Ordinal)}{(query.Length > 0 ? "?" + query : "")} HTTP/1.1\r\n"
            + $"Host: sextant\r\nContent-Type: {route.BodyType}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\nConnection: close\r\n\r\n{body}";
    }

    /// <summary>Sends every mutation, and counts the answers by status.</summary>
    private static async Task<int[]> SendAllAsync(string[] seeds, Func<Socket> open, EndPoint server)
    {
        var statuses = new int[1000];
        await Parallel.ForAsync(0, Requests, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (number, _) =>
        {
            var status = await SendAsync(open, server, Mutate(seeds[number % seeds.Length], number));
            Interlocked.Increment(ref statuses[status]);
        });
        // 505 is the peer's fault: a version of HTTP that does not exist.
        Assert.That(statuses.Skip(500).Sum() - statuses[505], Is.Zero, Told(statuses));
        Assert.That(statuses[400], Is.GreaterThan(Requests / 10), Told(statuses));
        Assert.That(statuses[0], Is.LessThan(Requests / 10), $"requests are answered: {Told(statuses)}");
        return statuses;
    }

    private static string Told(int[] statuses) => string.Join(' ', statuses.Select((count, status) => (status, count)).Where(pair => pair.count > 0));

    /// <summary>A seed with a few octets flipped, removed, doubled or cut off; the same number gives the same octets.</summary>
    private static byte[] Mutate(string seed, int number)
    {
        var random = new Random(number);
        var octets = new List<byte>(Encoding.UTF8.GetBytes(seed));
        for (var change = random.Next(0, 5); change > 0 && octets.Count > 2; change--)
        {
            var at = random.Next(octets.Count);
            switch (random.Next(6))
            {
                case 0: octets[at] = (byte)random.Next(256); break;
                case 1: octets.RemoveAt(at); break;
                case 2: octets.InsertRange(at, Enumerable.Repeat(octets[at], random.Next(1, 300))); break;
                case 3: octets.RemoveRange(at, octets.Count - at); break;
                case 4: octets.InsertRange(at, "%00"u8.ToArray()); break;
                default: octets.InsertRange(at, "\r\n"u8.ToArray()); break;
            }
        }
        return [.. octets];
    }

    /// <summary>A Unix socket whose queue is full refuses at once (connect(2), EAGAIN), where TCP waits.</summary>
    private static async Task<Socket> ConnectAsync(Func<Socket> open, EndPoint server, CancellationToken cancelled)
    {
        while (true)
        {
            var socket = open();
            try
            {
                await socket.ConnectAsync(server, cancelled);
                return socket;
            }
            catch (SocketException full) when (full.SocketErrorCode is SocketError.WouldBlock or SocketError.TryAgain)
            {
                socket.Dispose();
                await Task.Delay(1, cancelled);
            }
        }
    }

    /// <summary>The status of the answer; 0 when there is none.</summary>
    private static async Task<int> SendAsync(Func<Socket> open, EndPoint server, byte[] octets)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        try
        {
            using var socket = await ConnectAsync(open, server, patience.Token);
            await socket.SendAsync(octets, patience.Token);
            var answer = new byte[64];
            var receiving = socket.ReceiveAsync(answer, patience.Token).AsTask();
            // A peer that stops sending at once counts as gone, and gets no answer; one that has said all it will say needs none after a while.
            if (await Task.WhenAny(receiving, Task.Delay(Silence, patience.Token)) != receiving) socket.Shutdown(SocketShutdown.Send);
            var length = await receiving;
            while (length is > 0 and < 12 && await socket.ReceiveAsync(answer.AsMemory(length), patience.Token) is var read and > 0) length += read;
            return length >= 12 && int.TryParse(Encoding.ASCII.GetString(answer, 9, 3), out var status) && status is >= 100 and < 1000 ? status : 0;
        }
        catch (SocketException)
        {
            return 0;
        }
    }
}
