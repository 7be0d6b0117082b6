using System.Net;
using NUnit.Framework;
using Sextant.Tests.TestKit;
using Sextant.Tftp;
using Sextant.Tftp.Wire;

namespace Sextant.Tests.Tftp.Server;

/// <summary>Thousands of transfers at the same time.</summary>
[TestFixture, NonParallelizable]
public sealed class TftpCrowdTests : TftpServerSetting
{
    private protected override TimeProvider Time { get; } = new FakeTime();

    private const int Crowd = 3000;
    private const int AskingAtOnce = 100;

    /// <summary>All of them are under way together, and every one gets every block of its file.</summary>
    [TestCase(10_000)]
    [TestCase(5_000_000, Description = "read from disk block by block")]
    public async Task Three_thousand_transfers_run_at_once_and_take_little_memory_each(int size)
    {
        var content = Serve("loader", size);
        using var server = NewServer(new TftpLimits { SessionsPerClient = Crowd }, find: _ => Loader);
        await server.StartAsync(CancellationToken.None);
        var clients = new List<(LoopbackClient Socket, IPEndPoint Transfer)>();
        try
        {
            var before = GC.GetTotalMemory(forceFullCollection: true);
            for (var asking = 0; asking < Crowd; asking += AskingAtOnce)
            {
                var group = Enumerable.Range(0, AskingAtOnce).Select(_ => new LoopbackClient(receiveBuffer: 16 << 10)).ToList();
                foreach (var client in group) client.Send(server.Endpoint!, LoopbackClient.Request("loader", "blksize=2500 tsize=0"));
                foreach (var client in group)
                {
                    var (answer, transfer) = client.Receive();
                    clients.Add((client, transfer));
                    Assert.That(TftpCorpus.Print(answer), Is.EqualTo($"OACK blksize=2500 tsize={size}"));
                }
            }
            Assert.That(server.RunningTransfers, Is.EqualTo(Crowd));
            for (ushort block = 1; block <= 4; block++)
            {
                foreach (var (client, transfer) in clients) client.Send(transfer, new TftpPacket.Acknowledgment((ushort)(block - 1)));
                foreach (var (client, _) in clients)
                {
                    if (client.Receive().Packet is not TftpPacket.Data data || data.Block != block || !data.Content.AsSpan().SequenceEqual(content.AsSpan((block - 1) * 2500, 2500)))
                        Assert.Fail($"block {block} is not what it should be");
                }
            }
            var each = (GC.GetTotalMemory(forceFullCollection: true) - before) / Crowd;
            Assert.That(each, Is.LessThan(10_000), "octets a transfer, both ends together");
            foreach (var (client, transfer) in clients) client.Send(transfer, new TftpPacket.Error(TftpErrorCode.NotDefined, "enough"));
            Settles(() => server.RunningTransfers == 0);
        }
        finally
        {
            foreach (var (client, _) in clients) client.Dispose();
            await server.StopAsync(CancellationToken.None);
        }
    }

    [Test]
    public async Task Beyond_the_limit_the_next_finds_room_when_one_has_ended()
    {
        Serve("file", 5000);
        using var server = NewServer(new TftpLimits { Sessions = 2 });
        await server.StartAsync(CancellationToken.None);
        using LoopbackClient first = new(), second = new(), third = new();
        first.Send(server.Endpoint!, LoopbackClient.Request("file", ""));
        var (_, transfer) = first.Receive();
        second.Send(server.Endpoint!, LoopbackClient.Request("file", ""));
        second.Receive();
        third.Send(server.Endpoint!, LoopbackClient.Request("file", ""));
        third.Send(server.Endpoint!, LoopbackClient.Request("missing", ""));
        Assert.That(TftpCorpus.Print(third.Receive().Packet), Does.StartWith("ERROR 1 "), "the third request was passed over in silence");
        first.Send(transfer, new TftpPacket.Error(TftpErrorCode.NotDefined, "enough"));
        Settles(() => server.RunningTransfers == 1);
        third.Send(server.Endpoint!, LoopbackClient.Request("file", ""));
        Assert.That(TftpCorpus.Print(third.Receive().Packet), Is.EqualTo("DATA 1 512"));
        await server.StopAsync(CancellationToken.None);
    }

    private TftpFile Loader => loader ??= Find("loader")!;

    private TftpFile? loader;

    [SetUp]
    public void Forget() => loader = null;
}
