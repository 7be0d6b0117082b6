using System.Net;
using System.Net.Sockets;
using System.Text;
using NUnit.Framework;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Boot;

/// <summary>Ten thousand broken requests: none is answered with our failure, none takes the service down.</summary>
[TestFixture]
public sealed class HostileHttpTests
{
    private const int Requests = 10_000;

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
    public async Task Garbage_is_never_our_failure()
    {
        await using var appliance = await ServedAppliance.StartAsync();
        await appliance.BeginInstallAsync(1);
        var server = new IPEndPoint(IPAddress.Loopback, appliance.Plan.Value.Network.HttpPort);
        var statuses = new int[1000];
        await Parallel.ForAsync(0, Requests, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (number, _) =>
        {
            var status = await SendAsync(server, Mutate(number));
            Interlocked.Increment(ref statuses[status]);
        });
        // 505 is the peer's fault: a version of HTTP that does not exist.
        Assert.That(statuses.Skip(500).Sum() - statuses[505], Is.Zero, string.Join(' ', statuses.Select((count, status) => (status, count)).Where(pair => pair.count > 0)));
        Assert.That(statuses[200] + statuses[206], Is.Positive, "some requests survive their mutation, else nothing was tested");
        Assert.That(statuses[400], Is.Positive);
        Assert.That(appliance.Failures, Is.Empty);
        Assert.That(await appliance.Client(1).GetStringAsync(appliance.Url(1, "script.ipxe")), Does.StartWith("#!ipxe"));
    }

    /// <summary>A seed with a few octets flipped, removed, doubled or cut off; the same number gives the same octets.</summary>
    private static byte[] Mutate(int number)
    {
        var random = new Random(number);
        var octets = new List<byte>(Encoding.Latin1.GetBytes(Seeds[number % Seeds.Length]));
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

    /// <summary>The status of the answer; 0 when there is none.</summary>
    private static async Task<int> SendAsync(IPEndPoint server, byte[] octets)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { LingerState = new LingerOption(true, 0) };
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.11"), 0));
            await socket.ConnectAsync(server, patience.Token);
            await socket.SendAsync(octets, patience.Token);
            socket.Shutdown(SocketShutdown.Send);
            var answer = new byte[64];
            var length = 0;
            while (length < 12 && await socket.ReceiveAsync(answer.AsMemory(length), patience.Token) is var read and > 0) length += read;
            return length >= 12 && int.TryParse(Encoding.ASCII.GetString(answer, 9, 3), out var status) && status is >= 100 and < 1000 ? status : 0;
        }
        catch (SocketException)
        {
            return 0;
        }
    }
}
