using NUnit.Framework;
using Sextant.Tests.TestKit;
using Sextant.Tftp.Wire;

namespace Sextant.Tests.Tftp.Server;

/// <summary>Firmware and boot loaders: captures played again, and the habits of those of which there is none.</summary>
[TestFixture]
public sealed class TftpFirmwareTests : TftpServerSetting
{
    private protected override TimeProvider Time { get; } = new FakeTime();

    /// <summary>Every packet OVMF sent in the capture is sent again, from ports as distinct as then, and it gets the file it got then.</summary>
    [Test]
    public void Edk2_as_captured_probes_the_size_and_fetches_the_file()
    {
        var capture = Pcap.Datagrams("fw-ovmf.pcap").Where(datagram => TftpReader.TryRead(datagram.Payload, out _, out _)).ToList();
        var requests = capture.Where(datagram => datagram.DestinationPort == 69).Select(datagram => (datagram.SourcePort, Request: (TftpPacket.Request)Read(datagram))).ToList();
        Assert.That(requests, Has.Count.EqualTo(2));
        var name = requests[0].Request.File;
        var content = capture.Where(datagram => datagram.DestinationPort == requests[1].SourcePort).Select(Read).OfType<TftpPacket.Data>()
            .DistinctBy(data => data.Block).OrderBy(data => data.Block).SelectMany(data => data.Content).ToArray();
        File.WriteAllBytes(Folder.File(name), content);

        using LoopbackClient probe = new(), fetch = new();
        probe.Send(Server.Endpoint!, requests[0].Request);
        var (options, transfer) = probe.Receive();
        Assert.That(TftpCorpus.Print(options), Is.EqualTo($"OACK tsize={content.Length} blksize=1468 windowsize=4"), "without the size OVMF gives up");
        probe.Send(transfer, Sent(requests[0].SourcePort).Single());
        Settles(() => Server.RunningTransfers == 0);

        fetch.Send(Server.Endpoint!, requests[1].Request);
        (options, transfer) = fetch.Receive();
        Assert.That(TftpCorpus.Print(options), Is.EqualTo("OACK blksize=1468 windowsize=4"));
        var blocks = new SortedDictionary<ushort, byte[]>();
        foreach (var acknowledgment in Sent(requests[1].SourcePort).OfType<TftpPacket.Acknowledgment>())
        {
            fetch.Send(transfer, acknowledgment);
            while (blocks.Values.Sum(each => each.Length) < content.Length && !blocks.ContainsKey((ushort)(acknowledgment.Block + 1)))
            {
                var data = (TftpPacket.Data)fetch.Receive().Packet;
                blocks[data.Block] = data.Content;
            }
        }
        Assert.That(blocks.Values.SelectMany(each => each), Is.EqualTo(content));
        Settles(() => Server.RunningTransfers == 0);

        IEnumerable<TftpPacket> Sent(ushort port) => capture.Where(datagram => datagram.SourcePort == port && datagram.DestinationPort != 69).Select(Read);
    }

    [Test]
    public void Edk2_as_captured_is_told_at_once_of_a_file_that_is_not_there()
    {
        var request = Pcap.Datagrams("fw-httpboot.pcap").First(datagram => datagram.DestinationPort == 69);
        using var client = new LoopbackClient();
        client.SendRaw(Server.Endpoint!, request.Payload);
        Assert.That(TftpCorpus.Print(client.Receive().Packet), Is.EqualTo("ERROR 1 File not found"));
    }

    /// <summary>The option names must come back exactly, and a client that asked for any waits for an OACK.</summary>
    [TestCase("iPXE", "blksize=1432 tsize=0", "OACK blksize=1432 tsize=5000")]
    [TestCase("GRUB", "blksize=1024 tsize=0", "OACK blksize=1024 tsize=5000")]
    [TestCase("U-Boot", "timeout=5 tsize=0 blksize=1468", "OACK timeout=5 tsize=5000 blksize=1468")]
    [TestCase("U-Boot with windows", "timeout=5 tsize=0 blksize=1468 windowsize=8", "OACK timeout=5 tsize=5000 blksize=1468 windowsize=8")]
    [TestCase("PXELINUX", "tsize=0 blksize=1408", "OACK tsize=5000 blksize=1408")]
    [TestCase("Intel's ROM", "tsize=0 blksize=1456", "OACK tsize=5000 blksize=1456")]
    [TestCase("Raspberry Pi", "", "DATA 1 512")]
    public void Boot_loaders_get_the_answer_they_wait_for(string loader, string options, string answer)
    {
        var content = Serve("file", 5000);
        using var client = new LoopbackClient();
        client.Send(Server.Endpoint!, LoopbackClient.Request("file", options));
        var (first, transfer) = client.Receive();
        Assert.That(TftpCorpus.Print(first), Is.EqualTo(answer), loader);
        client.Send(transfer, new TftpPacket.Error(TftpErrorCode.NotDefined, "enough"));
        if (options.Length > 0) Assert.That(LoopbackClient.Get(Server.Endpoint!, "file", options), Is.EqualTo(content));
    }

    /// <summary>GRUB acknowledges what it knows again for each block it has seen: the Sorcerer's Apprentice must not come of it.</summary>
    [Test]
    public void Grub_that_acknowledges_old_blocks_again_gets_every_block_once()
    {
        Serve("file", 5000);
        using var client = new LoopbackClient();
        client.Send(Server.Endpoint!, LoopbackClient.Request("file", "blksize=1024 tsize=0"));
        var (_, transfer) = client.Receive();
        for (ushort block = 0; block < 5; block++)
        {
            client.Send(transfer, new TftpPacket.Acknowledgment(block));
            if (block > 0) client.Send(transfer, new TftpPacket.Acknowledgment((ushort)(block - 1)));
            client.Send(transfer, new TftpPacket.Acknowledgment(block));
            Assert.That(((TftpPacket.Data)client.Receive().Packet).Block, Is.EqualTo(block + 1));
        }
    }

    /// <summary>It goes away in the middle, says so with ERROR 0, and asks anew from its next port.</summary>
    [Test]
    public void Grub_that_closes_a_file_early_is_let_go()
    {
        Serve("file", 5000);
        Assert.That(Ask("file"), Is.EqualTo("DATA 1 512"));
        Settles(() => Server.RunningTransfers == 0);
    }

    private static TftpPacket Read(CapturedDatagram datagram) => TftpReader.TryRead(datagram.Payload, out var packet, out var error) ? packet : throw new InvalidDataException($"{error}");
}
