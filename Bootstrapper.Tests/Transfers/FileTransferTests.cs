using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Win32.SafeHandles;
using NUnit.Framework;
using Sextant.Networking;
using Sextant.Tests.TestKit;
using Sextant.Transfers;

namespace Sextant.Tests.Transfers;

/// <summary>
/// Files over both paths, seen by sockets: <c>/OFFSET/COUNT</c> sends that part of a file of <see cref="FileLength"/> octets. With and without
/// sendfile(2) the octets on the wire are the same.
/// </summary>
[TestFixture(true)]
[TestFixture(false)]
public sealed class FileTransferTests(bool withSendFile)
{
    private const int FileLength = 9_000_001;
    private const int Long = 3_000_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly byte[] content = RandomNumberGenerator.GetBytes(FileLength);
    private readonly List<bool> ended = [];
    private TemporaryFolder folder = null!;
    private SafeFileHandle file = null!;
    private WebApplication app = null!;
    private int port;
    private long told;
    private volatile bool possible;

    [OneTimeSetUp]
    public async Task Start()
    {
        folder = new TemporaryFolder();
        await File.WriteAllBytesAsync(folder.File("content"), content);
        file = File.OpenHandle(folder.File("content"), FileMode.Open, FileAccess.ReadWrite);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listener =>
        {
            listener.Protocols = HttpProtocols.Http1;
            if (withSendFile) listener.UseSendFile();
        }));
        app = builder.Build();
        app.Run(ServeAsync);
        await app.StartAsync();
        port = new Uri(app.Urls.Single()).Port;
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        await app.DisposeAsync();
        file.Dispose();
        folder.Dispose();
    }

    [TestCase(0, 0)]
    [TestCase(0, 1)]
    [TestCase(17, 65_537)]
    [TestCase(0, (1 << 20) - 1)]
    [TestCase(1, 1 << 20)]
    [TestCase(4097, (1 << 20) + 1)]
    [TestCase(FileLength - Long, Long)]
    [TestCase(0, FileLength)]
    public async Task A_part_arrives_octet_for_octet(int offset, int count)
    {
        using var client = await ConnectAsync();
        await AskAsync(client, Get(offset, count));
        await ExpectAsync(client, offset, count);
        Assert.That(possible, Is.EqualTo(withSendFile), "the path this fixture is about");
        Assert.That(() => Interlocked.Read(ref told), Is.EqualTo(count).After(2000, 5), "the last progress is the whole");
    }

    [Test]
    public async Task A_connection_is_used_for_one_part_after_the_other()
    {
        using var client = await ConnectAsync();
        foreach (var (offset, count) in ((int, int)[])[(0, Long), (5, 10), (100, Long), (0, 0), (7, Long)])
        {
            await AskAsync(client, Get(offset, count));
            await ExpectAsync(client, offset, count);
        }
    }

    [Test]
    public async Task Requests_sent_before_the_answers_are_answered_in_their_order()
    {
        using var client = await ConnectAsync();
        (int, int)[] parts = [(0, Long), (1, 5), (2, Long), (3, 100_000), (4, Long), (5, 0), (6, 7)];
        await AskAsync(client, string.Concat(parts.Select(part => Get(part.Item1, part.Item2))));
        foreach (var (offset, count) in parts) await ExpectAsync(client, offset, count);
    }

    [Test]
    public async Task Head_has_the_headers_and_the_next_answer_follows_at_once()
    {
        using var client = await ConnectAsync();
        await AskAsync(client, Get(0, Long).Replace("GET", "HEAD", StringComparison.Ordinal) + Get(3, 4));
        Assert.That(await HeadersAsync(client), Does.StartWith("HTTP/1.1 200").And.Contain($"Content-Length: {Long}"));
        await ExpectAsync(client, 3, 4);
    }

    [Test]
    public async Task An_http_1_0_client_gets_the_part_and_then_the_end()
    {
        using var client = await ConnectAsync();
        await AskAsync(client, $"GET /11/{Long} HTTP/1.0\r\n\r\n");
        await ExpectAsync(client, 11, Long);
        Assert.That(await client.ReceiveAsync(new byte[1], SocketFlags.None), Is.Zero);
    }

    [Test]
    public async Task An_http_1_0_client_may_keep_the_connection()
    {
        using var client = await ConnectAsync();
        for (var time = 0; time < 2; time++)
        {
            await AskAsync(client, $"GET /11/{Long} HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
            await ExpectAsync(client, 11, Long);
        }
    }

    [Test]
    public async Task Connection_close_ends_the_connection_after_the_last_octet()
    {
        using var client = await ConnectAsync();
        await AskAsync(client, $"GET /0/{FileLength} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        await ExpectAsync(client, 0, FileLength);
        Assert.That(await client.ReceiveAsync(new byte[1], SocketFlags.None), Is.Zero);
    }

    [Test]
    public async Task A_reader_with_a_tiny_window_gets_everything()
    {
        using var client = await ConnectAsync(receiveBuffer: 4096);
        await AskAsync(client, Get(9, Long));
        await ExpectAsync(client, 9, Long);
    }

    [Test]
    public async Task Many_readers_at_once_each_get_their_own()
    {
        await Task.WhenAll(Enumerable.Range(0, 40).Select(async number =>
        {
            using var client = await ConnectAsync();
            for (var time = 0; time < 3; time++)
            {
                await AskAsync(client, Get(number * 1000 + time, Long));
                await ExpectAsync(client, number * 1000 + time, Long);
            }
        }));
    }

    [Test]
    public async Task A_reader_that_leaves_ends_its_transfer_and_no_other()
    {
        lock (ended) ended.Clear();
        using var other = await ConnectAsync();
        await AskAsync(other, Get(0, FileLength));
        for (var number = 0; number < 10; number++)
        {
            var client = await ConnectAsync(receiveBuffer: 4096);
            await AskAsync(client, Get(0, FileLength));
            _ = await client.ReceiveAsync(new byte[1000], SocketFlags.None);
            if (number % 2 == 0) client.LingerState = new LingerOption(true, 0); // a reset instead of an orderly end
            client.Dispose();
        }
        await ExpectAsync(other, 0, FileLength);
        Assert.That(() => { lock (ended) return ended.Count; }, Is.EqualTo(11).After(10_000, 20));
        lock (ended) Assert.That(ended.Count(complete => complete), Is.EqualTo(1));
    }

    [Test]
    public async Task A_file_that_is_shorter_than_promised_ends_the_connection_and_not_the_answer()
    {
        using var client = await ConnectAsync();
        await AskAsync(client, Get(FileLength - 1000, Long));
        var got = new byte[Long];
        var length = 0;
        try
        {
            for (int read; (read = await client.ReceiveAsync(got.AsMemory(length), SocketFlags.None).AsTask().WaitAsync(Patience)) > 0;) length += read;
        }
        catch (SocketException reset) when (reset.SocketErrorCode is SocketError.ConnectionReset)
        {
            // As good an end as any.
        }
        Assert.That(length, Is.LessThanOrEqualTo(1200), "headers and what there was");
    }

    private async Task ServeAsync(HttpContext context)
    {
        var parts = context.Request.Path.Value!.Split('/');
        var (offset, count) = (long.Parse(parts[1], CultureInfo.InvariantCulture), long.Parse(parts[2], CultureInfo.InvariantCulture));
        context.Response.ContentLength = count;
        Interlocked.Exchange(ref told, 0);
        if (HttpMethods.IsHead(context.Request.Method)) return;
        var complete = false;
        try
        {
            possible = context.Features.Get<SocketOutput>() is not null && SendFile.IsPossible(context.Features.GetRequiredFeature<IConnectionSocketFeature>().Socket);
            complete = await FileTransfer.SendAsync(context, file, offset, count, TransferService.Http, sent => Interlocked.Exchange(ref told, sent));
        }
        catch (IOException)
        {
            context.Abort();
        }
        finally
        {
            lock (ended) ended.Add(complete);
        }
    }

    private static string Get(int offset, int count) => $"GET /{offset}/{count} HTTP/1.1\r\nHost: x\r\n\r\n";

    private async Task<Socket> ConnectAsync(int? receiveBuffer = null)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBuffer is { } size) socket.ReceiveBufferSize = size;
        await socket.ConnectAsync(IPAddress.Loopback, port);
        return socket;
    }

    private static async Task AskAsync(Socket client, string text)
    {
        for (var left = Encoding.ASCII.GetBytes(text).AsMemory(); left.Length > 0;) left = left[await client.SendAsync(left, SocketFlags.None)..];
    }

    private async Task ExpectAsync(Socket client, int offset, int count)
    {
        Assert.That(await HeadersAsync(client), Does.Contain(" 200 OK\r\n").And.Contain($"\r\nContent-Length: {count}\r\n"));
        var got = new byte[count];
        for (var length = 0; length < count;)
        {
            var read = await client.ReceiveAsync(got.AsMemory(length), SocketFlags.None).AsTask().WaitAsync(Patience);
            Assert.That(read, Is.Positive, $"ended after {length} of {count} octets");
            length += read;
        }
        Assert.That(got.AsSpan().SequenceEqual(content.AsSpan(offset, count)), Is.True, $"the octets from {offset} on differ");
    }

    private static async Task<string> HeadersAsync(Socket client)
    {
        var text = new StringBuilder();
        var one = new byte[1];
        while (text.Length < 4 || text.ToString(text.Length - 4, 4) != "\r\n\r\n")
        {
            Assert.That(await client.ReceiveAsync(one, SocketFlags.None).WaitAsync(Patience), Is.EqualTo(1), $"ended after '{text}'");
            text.Append((char)one[0]);
        }
        return text.ToString();
    }
}
