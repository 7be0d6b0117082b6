using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using NUnit.Framework;
using Sextant.Primitives;
using Sextant.Registry;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Registry;

/// <summary>Many at once, and those who do not behave.</summary>
[TestFixture]
public sealed class RegistryStressTests
{
    [Test]
    public async Task Pushes_while_garbage_is_collected_never_end_in_a_manifest_without_its_blobs()
    {
        await using var appliance = await ServedAppliance.StartAsync();
        var client = new RegistryClient(appliance.Client("127.0.0.201"), appliance.RegistryBase, appliance.Registry.Token.Read());
        // The command line's own view of the folder, as another process has it.
        var collector = RegistryStore.Open(appliance.Registry.Store.Folder);
        using var over = new CancellationTokenSource();
        var collections = 0;
        var collecting = Task.Run(async () =>
        {
            var request = new CollectionRequest(TimeSpan.FromSeconds(10), Untagged: true, DryRun: false);
            while (!over.IsCancellationRequested)
            {
                Assert.That(await GarbageCollection.RunAsync(collector, request, DateTimeOffset.UtcNow, default), Is.TypeOf<CollectionOutcome.Collected>());
                collections++;
                await Task.Delay(20);
            }
        });
        await Parallel.ForAsync(0, 48, new ParallelOptions { MaxDegreeOfParallelism = 6 }, async (number, _) =>
        {
            // Shared layers and moving tags: each push makes garbage of another one.
            var image = PushableImage.Make(number % 7, 60_000, 3000);
            Assert.That(await client.PushImageAsync($"stress/{number % 3}", "latest", image, chunk: 20_000), Is.EqualTo(HttpStatusCode.Created));
        });
        await over.CancelAsync();
        await collecting;
        Assert.That(collections, Is.GreaterThan(3));
        Assert.That(await StoreVerification.RunAsync(appliance.Registry.Store, new Progress<WorkProgress>(), default), Is.Empty);
        Assert.That(appliance.Failures, Is.Empty);
    }

    [Test]
    public async Task Clients_that_leave_in_the_middle_take_nothing_with_them()
    {
        await using var appliance = await ServedAppliance.StartAsync();
        var token = appliance.Registry.Token.Read()!;
        var client = new RegistryClient(appliance.Client("127.0.0.201"), appliance.RegistryBase, token);
        var image = PushableImage.Make(1, 4_000_000);
        var digest = Digest.Sha256Of(image.Layers[0]);
        Assert.That(await client.PushImageAsync("stress/whole", "v1", image), Is.EqualTo(HttpStatusCode.Created));
        var authorization = RegistryClient.Basic("push", token);
        var locations = new List<string>();
        for (var number = 0; number < 10; number++) locations.Add(await client.BeginAsync("stress/broken"));
        await Parallel.ForEachAsync(locations, async (location, _) =>
        {
            using (var connection = await ConnectAsync(appliance))
            {
                await connection.WriteAsync(Encoding.ASCII.GetBytes($"PATCH {location} HTTP/1.1\r\nHost: x\r\nAuthorization: {authorization}\r\nContent-Length: {image.Layers[0].Length}\r\n\r\n"), default);
                await connection.WriteAsync(image.Layers[0].AsMemory(0, 1_500_000), default);
            }
            using (var connection = await ConnectAsync(appliance))
            {
                await connection.WriteAsync(Encoding.ASCII.GetBytes($"GET /v2/stress/whole/blobs/{digest} HTTP/1.1\r\nHost: x\r\n\r\n"), default);
                await connection.ReadExactlyAsync(new byte[20_000], default);
            }
        });
        foreach (var location in locations)
        {
            // What arrived is there, once the registry has seen that the sender is gone.
            using var status = await EventuallyAsync(() => client.GetAsync(location), answer => answer.StatusCode == HttpStatusCode.NoContent);
            var arrived = int.Parse(status.Headers.GetValues("Range").Single()[2..], System.Globalization.CultureInfo.InvariantCulture) + 1;
            if (arrived == 1) arrived = 0; // 0-0 stands for nothing
            using var put = await client.SendAsync(HttpMethod.Put, $"{location}?digest={digest}", image.Layers[0][arrived..]);
            Assert.That(put.StatusCode, Is.EqualTo(HttpStatusCode.Created), await put.Content.ReadAsStringAsync());
        }
        Assert.That(appliance.Failures, Is.Empty);
    }

    [Test]
    public async Task Garbage_is_never_our_failure()
    {
        await using var appliance = await ServedAppliance.StartAsync();
        var token = appliance.Registry.Token.Read()!;
        var client = new RegistryClient(appliance.Client("127.0.0.201"), appliance.RegistryBase, token);
        var image = PushableImage.Make(1, 1000);
        Assert.That(await client.PushImageAsync("a/b", "v1", image), Is.EqualTo(HttpStatusCode.Created));
        var authorization = RegistryClient.Basic("push", token);
        string[] seeds =
        [
            "GET /v2/a/b/manifests/v1?ns=registry.k8s.io HTTP/1.1\r\nHost: x\r\nAccept: */*\r\nConnection: close\r\n\r\n",
            $"GET /v2/a/b/blobs/{Digest.Sha256Of(image.Config)} HTTP/1.1\r\nHost: x\r\nRange: bytes=0-9\r\nIf-None-Match: \"a\"\r\nConnection: close\r\n\r\n",
            "GET /v2/a/b/tags/list?n=1&last=a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
            $"GET /v2/a/b/referrers/{image.Digest}?artifactType=x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
            "GET /v2/token?scope=a HTTP/1.1\r\nHost: x\r\nAuthorization: Basic cHVzaDpwdXNo\r\nConnection: close\r\n\r\n",
            "POST /v2/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 38\r\nConnection: close\r\n\r\ngrant_type=password&username=a&passwor",
            $"POST /v2/a/b/blobs/uploads/?mount=sha256:ab&from=a HTTP/1.1\r\nHost: x\r\nAuthorization: {authorization}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            $"PUT /v2/a/b/manifests/v2 HTTP/1.1\r\nHost: x\r\nAuthorization: {authorization}\r\nContent-Type: {MediaTypes.OciManifest}\r\nContent-Length: {image.Manifest.Length}\r\nConnection: close\r\n\r\n{Encoding.UTF8.GetString(image.Manifest)}",
            $"PATCH /v2/a/b/blobs/uploads/0123456789abcdef HTTP/1.1\r\nHost: x\r\nAuthorization: {authorization}\r\nContent-Range: 0-2\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc",
            $"POST /v2/a/b/blobs/uploads/?digest={Digest.Sha256Of("abc"u8)} HTTP/1.1\r\nHost: x\r\nAuthorization: {authorization}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            $"DELETE /v2/a/b/manifests/none HTTP/1.1\r\nHost: x\r\nAuthorization: {authorization}\r\nConnection: close\r\n\r\n",
        ];
        var statuses = new int[1000];
        await Parallel.ForAsync(0, 1100, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (number, _) =>
        {
            var random = new Random(number);
            var request = new List<byte>(Encoding.Latin1.GetBytes(seeds[number % seeds.Length]));
            for (var change = random.Next(0, 4); change > 0; change--)
            {
                var at = random.Next(request.Count);
                switch (random.Next(5))
                {
                    case 0: request[at] = (byte)random.Next(256); break;
                    case 1: request.RemoveAt(at); break;
                    case 2: request.InsertRange(at, Enumerable.Repeat(request[at], random.Next(1, 300))); break;
                    case 3: request.InsertRange(at, "%00"u8.ToArray()); break;
                    default: request.InsertRange(at, "%ff/../"u8.ToArray()); break;
                }
            }
            Interlocked.Increment(ref statuses[await StatusAsync(appliance, [.. request])]);
        });
        Assert.That(statuses.Skip(500).Sum() - statuses[505], Is.Zero, string.Join(' ', statuses.Select((count, status) => (status, count)).Where(pair => pair.count > 0)) + string.Join('\n', appliance.Failures));
        Assert.That((statuses[200] > 0, statuses[201] > 0, statuses[400] > 0, statuses[404] > 0), Is.EqualTo((true, true, true, true)));
        Assert.That(appliance.Failures, Is.Empty);
        Assert.That(await StoreVerification.RunAsync(appliance.Registry.Store, new Progress<WorkProgress>(), default), Is.Empty);
    }

    private static async Task<SslStream> ConnectAsync(ServedAppliance appliance)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { LingerState = new LingerOption(true, 0) };
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, appliance.Registry.Port));
        var connection = new SslStream(new NetworkStream(socket, ownsSocket: true));
        await connection.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost", CertificateChainPolicy = appliance.TrustPolicy() });
        return connection;
    }

    /// <summary>The status of the answer; 0 when there is none.</summary>
    private static async Task<int> StatusAsync(ServedAppliance appliance, byte[] request)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        try
        {
            using var connection = await ConnectAsync(appliance);
            await connection.WriteAsync(request, patience.Token);
            await connection.ShutdownAsync();
            var answer = new byte[12];
            await connection.ReadExactlyAsync(answer, patience.Token);
            return int.TryParse(Encoding.ASCII.GetString(answer, 9, 3), out var status) && status is >= 100 and < 1000 ? status : 0;
        }
        catch (Exception closed) when (closed is IOException or SocketException)
        {
            return 0;
        }
    }

    private static async Task<HttpResponseMessage> EventuallyAsync(Func<Task<HttpResponseMessage>> ask, Predicate<HttpResponseMessage> isDone)
    {
        for (var attempt = 0; ; attempt++)
        {
            var answer = await ask();
            if (isDone(answer) || attempt == 200) return answer;
            answer.Dispose();
            await Task.Delay(50);
        }
    }
}
