using System.Net;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;
using NUnit.Framework;
using Sextant.Networking;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Networking;

[TestFixture]
public sealed class SendFileTests
{
    private const int Length = 300_000;

    private readonly byte[] content = new byte[Length];
    private TemporaryFolder folder = null!;
    private SafeFileHandle file = null!;
    private Socket client = null!;
    private Socket server = null!;

    [SetUp]
    public async Task Connect()
    {
        folder = new TemporaryFolder();
        new Random(1).NextBytes(content);
        await File.WriteAllBytesAsync(folder.File("content"), content);
        file = File.OpenHandle(folder.File("content"));
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(listener.LocalEndPoint!);
        server = await listener.AcceptAsync();
    }

    [TearDown]
    public void Close()
    {
        client.Dispose();
        server.Dispose();
        file.Dispose();
        folder.Dispose();
    }

    [Test]
    public async Task A_part_of_the_file_arrives_and_behind_its_end_is_nothing()
    {
        await BecomeNonBlockingAsync();
        Assert.That(SendFile.Try(server, file, Length - 1000, 5000), Is.EqualTo(new SendFileOutcome.Sent(1000)));
        Assert.That(SendFile.Try(server, file, Length, 5000), Is.EqualTo(new SendFileOutcome.Sent(0)));
        var got = new byte[1000];
        for (var length = 0; length < got.Length;) length += await client.ReceiveAsync(got.AsMemory(length));
        Assert.That(got, Is.EqualTo(content[^1000..]));
    }

    [Test]
    public async Task A_full_socket_says_so_and_does_not_wait()
    {
        await BecomeNonBlockingAsync();
        var outcome = SendFile.Try(server, file, 0, Length);
        for (var time = 0; time < 1000 && outcome is SendFileOutcome.Sent; time++) outcome = SendFile.Try(server, file, 0, Length);
        Assert.That(outcome, Is.InstanceOf<SendFileOutcome.WouldBlock>());
    }

    [Test]
    public async Task A_peer_that_left_is_an_outcome_and_no_signal()
    {
        await BecomeNonBlockingAsync();
        client.LingerState = new LingerOption(true, 0);
        client.Dispose();
        Assert.That(() => SendFile.Try(server, file, 0, 10), Is.InstanceOf<SendFileOutcome.Failed>().After(2000, 5));
    }

    [Test]
    public async Task It_is_possible_only_where_it_cannot_block()
    {
        using var blocking = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        Assert.That(SendFile.IsPossible(blocking), Is.False);
        await BecomeNonBlockingAsync();
        Assert.That(SendFile.IsPossible(server), Is.True);
    }

    /// <summary>.NET makes a socket so at its first asynchronous operation that has to wait.</summary>
    private async Task BecomeNonBlockingAsync()
    {
        var receiving = server.ReceiveAsync(new byte[1]);
        await client.SendAsync(new byte[1]);
        await receiving;
    }
}
