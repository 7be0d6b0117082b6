using NUnit.Framework;
using Sextant.Cluster;
using Sextant.Lifecycle;
using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Tftp;
using Sextant.Tftp.Wire;

namespace Sextant.Tests.Tftp.Server;

/// <summary>The server on loopback, with the clients people use and with sockets of the tests' own.</summary>
[TestFixture]
public sealed class TftpServerTests : TftpServerSetting
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly MacAddress Mac = MacAddress.Parse("52:54:00:00:00:01");

    /// <summary>No empty file here: curl takes the size 0 in an OACK for a fault.</summary>
    [Test]
    public void Curl_gets_every_size_whole([Values(1, 511, 512, 513, 1427, 1428, 1429, 14280)] int size, [Values(512, 1428)] int blockSize) =>
        Fetch(size, (port, name, target) => ("curl", ["-sS", "-f", "--tftp-blksize", $"{blockSize}", "-o", target, $"tftp://127.0.0.1:{port}/{name}"]));

    [Test]
    public void Curl_without_options_gets_every_size_whole([Values(0, 1, 511, 512, 513, 100_000)] int size) =>
        Fetch(size, (port, name, target) => ("curl", ["-sS", "-f", "--tftp-no-options", "-o", target, $"tftp://127.0.0.1:{port}/{name}"]));

    [Test]
    public void Tftp_hpa_gets_every_size_whole([Values(0, 1, 511, 512, 513, 100_000)] int size) =>
        Fetch(size, (port, name, target) => ("tftp", ["127.0.0.1", $"{port}", "-m", "binary", "-c", "get", name, target]));

    [Test]
    public void Atftp_gets_every_size_whole_in_windows([Values(1, 511, 512, 513, 14280, 14281, 3_000_000)] int size, [Values(1, 4, 16, 64)] int window) =>
        Fetch(size, (port, name, target) =>
            ("atftp", ["--option", "blksize 1428", "--option", $"windowsize {window}", "--option", "tsize 0", "--get", "-r", name, "-l", target, "127.0.0.1", $"{port}"]));

    [Test]
    public void Busybox_gets_every_size_whole([Values(0, 1, 512, 100_000)] int size, [Values("512", "1428")] string blockSize) =>
        Fetch(size, (port, name, target) => ("busybox", ["tftp", "-g", "-b", blockSize, "-r", name, "-l", target, "127.0.0.1", $"{port}"]));

    [TestCase("curl")]
    [TestCase("atftp")]
    [TestCase("tftp")]
    [TestCase("busybox")]
    public void Every_client_gets_its_file_over_a_single_port(string client)
    {
        CurrentPlan.Value = new ClusterPlan(CurrentPlan.Value.Description with { Tftp = new(SinglePort: true) }, CurrentPlan.Value.Material);
        Fetch(300_000, (port, name, target) => (client, client switch
        {
            "curl" => ["-sS", "-f", "-o", target, $"tftp://127.0.0.1:{port}/{name}"],
            "atftp" => ["--option", "windowsize 16", "--get", "-r", name, "-l", target, "127.0.0.1", $"{port}"],
            "tftp" => ["127.0.0.1", $"{port}", "-m", "binary", "-c", "get", name, target],
            _ => ["tftp", "-g", "-r", name, "-l", target, "127.0.0.1", $"{port}"],
        }));
    }

    [TestCase("curl")]
    [TestCase("atftp")]
    public void Forty_megabytes_in_blocks_of_512_octets_pass_the_roll_over_of_the_block_number(string client) =>
        Fetch(40_000_000, (port, name, target) => client == "curl"
            ? ("curl", ["-sS", "-f", "--tftp-blksize", "512", "-o", target, $"tftp://127.0.0.1:{port}/{name}"])
            : ("atftp", ["--option", "windowsize 16", "--get", "-r", name, "-l", target, "127.0.0.1", $"{port}"]));

    [Test]
    public void Netascii_is_converted_across_blocks()
    {
        var text = string.Concat(Enumerable.Range(0, 400).Select(line => $"line {line}\n"));
        File.WriteAllText(Folder.File("served"), text);
        Run("curl", "-sS", "-f", "-o", Folder.File("got"), $"tftp://127.0.0.1:{Server.Endpoint!.Port}/served;mode=netascii");
        Assert.That(File.ReadAllText(Folder.File("got")), Is.EqualTo(text.ReplaceLineEndings("\r\n")));
    }

    [Test]
    public async Task Hundreds_of_transfers_at_once_arrive_whole()
    {
        var content = Serve("many", 200_000);
        var clients = Enumerable.Range(0, 200).Select(_ => Task.Factory.StartNew(() => LoopbackClient.Get(Server.Endpoint!, "many", "blksize=1428 windowsize=8"), TaskCreationOptions.LongRunning)).ToList();
        foreach (var client in clients) Assert.That((await client).AsSpan().SequenceEqual(content), Is.True);
        Settles(() => Server.RunningTransfers == 0);
    }

    [Test]
    public async Task A_changed_file_is_served_as_it_is_now()
    {
        Serve("changing", 1000);
        LoopbackClient.Get(Server.Endpoint!, "changing", "blksize=512");
        await File.WriteAllBytesAsync(Folder.File("changing"), new byte[1000]);
        File.SetLastWriteTimeUtc(Folder.File("changing"), DateTime.UtcNow.AddSeconds(5));
        Assert.That(LoopbackClient.Get(Server.Endpoint!, "changing", "blksize=512"), Is.EqualTo(new byte[1000]));
    }

    [Test]
    public async Task A_completed_transfer_is_in_the_machines_record_and_a_probe_is_not()
    {
        await Machines.RecordAsync(new Leased(Mac, Now, Ipv4Address.Parse("127.0.0.1"), "UEFI x64"));
        Serve("loader.efi", 3000);
        using var client = new LoopbackClient();
        client.Send(Server.Endpoint!, LoopbackClient.Request("loader.efi", "tsize=0 blksize=1468 windowsize=4"));
        var (options, transfer) = client.Receive();
        Assert.That(TftpCorpus.Print(options), Is.EqualTo("OACK tsize=3000 blksize=1468 windowsize=4"));
        client.Send(transfer, TftpCorpus.Packet("ovmf-3-abort"));
        Settles(() => Server.RunningTransfers == 0);
        Assert.That(Machines.Find(Mac)!.Timeline, Has.Count.EqualTo(1));

        LoopbackClient.Get(Server.Endpoint!, "loader.efi", "blksize=1468 windowsize=4");
        Settles(() => Machines.Find(Mac)!.Timeline.Count == 2);
        var sent = (BootFileSent)Machines.Find(Mac)!.Timeline[1];
        Assert.That((sent.File, sent.Via, sent.Bytes), Is.EqualTo(("loader.efi", "TFTP", 3000L)));
    }

    [Test]
    public void A_document_is_made_once_for_a_client_that_asks_again_meanwhile()
    {
        using var client = new LoopbackClient();
        for (var i = 0; i < 3; i++) client.Send(Server.Endpoint!, LoopbackClient.Request("doc/one", "tsize=0 blksize=1024"));
        Settles(() => Documents.Asked == 1);
        Assert.That(Ask("doc/refused"), Is.EqualTo("ERROR 2 Not yours"), "the server answers others meanwhile");
        Documents.Answer.SetResult(new TftpDocument.Made("made for you\n"u8.ToArray()));
        var (options, transfer) = client.Receive();
        Assert.That(TftpCorpus.Print(options), Is.EqualTo("OACK tsize=13 blksize=1024"));
        client.Send(transfer, new TftpPacket.Acknowledgment(0));
        Assert.That(TftpCorpus.Print(client.Receive().Packet), Is.EqualTo("DATA 1 13"));
        client.Send(transfer, new TftpPacket.Acknowledgment(1));
        Settles(() => Server.RunningTransfers == 0);
        Assert.That(Documents.Asked, Is.EqualTo(1));
    }

    [Test]
    public async Task A_machine_the_plan_ignores_finds_nothing_until_the_plan_changes()
    {
        await Machines.RecordAsync(new Leased(Mac, Now, Ipv4Address.Parse("127.0.0.1"), "UEFI x64"));
        Serve("loader.efi", 100);
        CurrentPlan.Value = TftpPlan.At("127.0.0.1", UnknownMachines.Ignore);
        Assert.That(Ask("loader.efi"), Is.EqualTo("ERROR 1 File not found"));
        CurrentPlan.Value = TftpPlan.At("127.0.0.1", UnknownMachines.Discover);
        Assert.That(Ask("loader.efi"), Is.EqualTo("DATA 1 100"));
    }

    [Test]
    public async Task More_transfers_than_the_limits_are_not_begun_and_not_answered()
    {
        Serve("file", 1500);
        using var small = NewServer(new TftpLimits { SessionsPerClient = 2 });
        await small.StartAsync(CancellationToken.None);
        using LoopbackClient first = new(), second = new(), third = new();
        foreach (var client in new[] { first, second })
        {
            client.Send(small.Endpoint!, LoopbackClient.Request("file", ""));
            client.Receive();
        }
        third.Send(small.Endpoint!, LoopbackClient.Request("file", ""));
        third.Send(small.Endpoint!, LoopbackClient.Request("missing", ""));
        Assert.That(TftpCorpus.Print(third.Receive().Packet), Is.EqualTo("ERROR 1 File not found"), "the first request was passed over in silence");
        Assert.That(small.RunningTransfers, Is.EqualTo(2));
        await small.StopAsync(CancellationToken.None);
        Assert.That(small.RunningTransfers, Is.Zero);
    }

    [TestCase("../../etc/passwd", "ERROR 1 File not found")]
    [TestCase("missing", "ERROR 1 File not found")]
    [TestCase("unreadable", "ERROR 0 The server cannot read this file")]
    public void What_cannot_be_served_is_answered_at_once(string file, string answer) => Assert.That(Ask(file), Is.EqualTo(answer));

    [Test]
    public void Writing_is_refused_with_error_2_and_nonsense_with_error_4()
    {
        using var client = new LoopbackClient();
        client.Send(Server.Endpoint!, TftpCorpus.Packet("hpa-write"));
        Assert.That(TftpCorpus.Print(client.Receive().Packet), Does.StartWith("ERROR 2 "));
        client.SendRaw(Server.Endpoint!, [0, 1, (byte)'x']);
        Assert.That(TftpCorpus.Print(client.Receive().Packet), Does.StartWith("ERROR 4 "));
        client.SendRaw(Server.Endpoint!, [0, 9]);
        Assert.That(TftpCorpus.Print(client.Receive().Packet), Does.StartWith("ERROR 4 "));
        client.SendRaw(Server.Endpoint!, new byte[1400]);
        Assert.That(TftpCorpus.Print(client.Receive().Packet), Does.StartWith("ERROR 4 "));
    }

    [Test]
    public void Answers_sent_to_the_well_known_port_are_not_answered()
    {
        Serve("file", 10);
        using var client = new LoopbackClient();
        foreach (var name in new[] { "ovmf-3-abort", "ovmf-5-options", "ovmf-7-data", "ovmf-8-ack" }) client.Send(Server.Endpoint!, TftpCorpus.Packet(name));
        client.Send(Server.Endpoint!, LoopbackClient.Request("file", ""));
        Assert.That(TftpCorpus.Print(client.Receive().Packet), Is.EqualTo("DATA 1 10"), "the first answer is the request's");
    }

    [Test]
    public void A_file_that_must_not_be_served_is_refused_with_an_error_that_says_so()
    {
        Serve("file", 1000);
        IsDamaged = true;
        Assert.That(Ask("file"), Is.EqualTo("ERROR 0 This file is damaged on the server"));
        IsDamaged = false;
        Assert.That(Ask("file"), Does.StartWith("DATA 1"));
    }

    [TestCase(3_000)]
    [TestCase(5_000_000)]
    public void Another_content_under_the_same_name_size_and_date_is_another_file(int size)
    {
        Fetch(size, Curl);
        var date = File.GetLastWriteTimeUtc(Folder.File("served"));
        var other = new byte[size];
        File.WriteAllBytes(Folder.File("served"), other);
        File.SetLastWriteTimeUtc(Folder.File("served"), date);
        var (program, arguments) = Curl(Server.Endpoint!.Port, "served", Folder.File("got"));
        Run(program, arguments);
        Assert.That(File.ReadAllBytes(Folder.File("got")), Is.EqualTo(other));

        static (string, string[]) Curl(int port, string name, string target) => ("curl", ["-sS", "-f", "--tftp-blksize", "1428", "-o", target, $"tftp://127.0.0.1:{port}/{name}"]);
    }

    [Test]
    public void A_taken_port_and_a_foreign_address_stop_the_start_with_a_clear_word()
    {
        using var second = NewServer(new TftpLimits(), Server.Endpoint!.Port);
        Assert.That(() => second.StartAsync(CancellationToken.None), Throws.InstanceOf<Sextant.Networking.ListenException>().With.Message.Contains($"127.0.0.1:{Server.Endpoint.Port}").And.Message.Contains("another program"));
        CurrentPlan.Value = TftpPlan.At("192.0.2.1");
        using var third = NewServer(new TftpLimits());
        Assert.That(() => third.StartAsync(CancellationToken.None), Throws.InstanceOf<Sextant.Networking.ListenException>().With.Message.Contains("192.0.2.1"));
    }
}
