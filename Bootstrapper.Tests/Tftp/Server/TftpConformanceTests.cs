// Longer than most files: a table, one test for each row of what the RFCs and firmware want of a TFTP server.
using System.Net;
using System.Text;
using NUnit.Framework;
using Sextant.Planning;
using Sextant.Tests.TestKit;
using Sextant.Tftp.Wire;

namespace Sextant.Tests.Tftp.Server;

/// <summary>What the RFCs want of a server, against the real one, each test named after the section. The arithmetic of times and options has tables of its own.</summary>
[TestFixture(false)]
[TestFixture(true)]
public sealed class TftpConformanceTests(bool singlePort) : TftpServerSetting
{
    private protected override TimeProvider Time { get; } = new FakeTime();

    private LoopbackClient client = null!;

    [SetUp]
    public void Connect()
    {
        CurrentPlan.Value = new ClusterPlan(CurrentPlan.Value.Description with { Tftp = new(singlePort) }, CurrentPlan.Value.Material);
        client = new LoopbackClient();
    }

    [TearDown]
    public void Disconnect() => client.Dispose();

    [Test]
    public void Rfc1350_section_2_every_block_is_full_but_the_last_and_acknowledged_before_the_next()
    {
        var content = Serve("file", 1300);
        var transfer = AskFor("file", "", "DATA 1 512");
        Assert.That(Answer(transfer, 1), Is.EqualTo("DATA 2 512"));
        Assert.That(Answer(transfer, 2), Is.EqualTo("DATA 3 276"));
        client.Send(transfer, new TftpPacket.Acknowledgment(3));
        Settles(() => Server.RunningTransfers == 0);
        Assert.That(LoopbackClient.Get(Server.Endpoint!, "file", "blksize=512"), Is.EqualTo(content));
    }

    [TestCase(0, "DATA 1 0", 1)]
    [TestCase(512, "DATA 2 0", 2)]
    [TestCase(1024, "DATA 3 0", 3)]
    public void Rfc1350_section_6_a_file_of_whole_blocks_ends_with_an_empty_one(int size, string last, int blocks)
    {
        Serve("file", size);
        var transfer = AskFor("file", "", $"DATA 1 {Math.Min(size, 512)}");
        for (ushort block = 1; block < blocks; block++) Assert.That(Answer(transfer, block), Is.EqualTo(block == blocks - 1 ? last : $"DATA {block + 1} 512"));
        client.Send(transfer, new TftpPacket.Acknowledgment((ushort)blocks));
        Settles(() => Server.RunningTransfers == 0);
    }

    [Test]
    public void Rfc1350_section_4_each_transfer_has_an_identifier_of_its_own_unless_one_port_is_asked_for()
    {
        Serve("file", 1300);
        using var other = new LoopbackClient();
        var first = AskFor("file", "", "DATA 1 512");
        other.Send(Server.Endpoint!, LoopbackClient.Request("file", ""));
        var (_, second) = other.Receive();
        Assert.That(new[] { first.Port == Server.Endpoint!.Port, second.Port == Server.Endpoint.Port, first.Port == second.Port }, Is.All.EqualTo(singlePort));
        Assert.That(first.Address, Is.EqualTo(Server.Endpoint.Address), "the answer comes from the address that was asked");
        Assert.That(Answer(first, 1), Is.EqualTo("DATA 2 512"));
        other.Send(second, new TftpPacket.Acknowledgment(1));
        Assert.That(TftpCorpus.Print(other.Receive().Packet), Is.EqualTo("DATA 2 512"));
    }

    [Test]
    public void Rfc1350_section_4_a_stranger_to_a_transfer_does_not_disturb_it()
    {
        Serve("file", 1300);
        using var stranger = new LoopbackClient();
        var transfer = AskFor("file", "", "DATA 1 512");
        stranger.Send(transfer, new TftpPacket.Acknowledgment(1));
        stranger.Send(transfer, new TftpPacket.Error(TftpErrorCode.NotDefined, "die"));
        if (!singlePort)
        {
            Assert.That(TftpCorpus.Print(stranger.Receive().Packet), Is.EqualTo("ERROR 5 Unknown transfer ID"));
            Assert.That(TftpCorpus.Print(stranger.Receive().Packet), Is.EqualTo("ERROR 5 Unknown transfer ID"));
        }
        Assert.That(Answer(transfer, 1), Is.EqualTo("DATA 2 512"));
    }

    [Test]
    public void Rfc1350_section_5_a_write_is_refused_with_error_2()
    {
        client.Send(Server.Endpoint!, new TftpPacket.Request(true, "file", "octet", []));
        Assert.That(TftpCorpus.Print(client.Receive().Packet), Does.StartWith("ERROR 2 "));
    }

    [TestCase("mail", "ERROR 4 Only the modes octet and netascii are served")]
    [TestCase("OcTeT", "DATA 1 3")]
    [TestCase("NetASCII", "DATA 1 4")]
    public void Rfc1350_section_5_the_mode_is_octet_or_netascii_in_any_case(string mode, string answer)
    {
        File.WriteAllText(Folder.File("file"), "a\nb");
        client.Send(Server.Endpoint!, new TftpPacket.Request(false, "file", mode, []));
        Assert.That(TftpCorpus.Print(client.Receive().Packet), Is.EqualTo(answer));
    }

    [Test]
    public void Rfc1350_section_5_netascii_counts_blocks_after_the_conversion()
    {
        // 511 letters and the end of a line: its CR is the last octet of the first block, its LF the first of the second.
        File.WriteAllText(Folder.File("file"), new string('x', 511) + "\n" + new string('y', 510) + "\r");
        client.Send(Server.Endpoint!, new TftpPacket.Request(false, "file", "netascii", [new TftpOption("tsize", "0")]));
        var (first, transfer) = client.Receive();
        Assert.That(Text(first), Is.EqualTo(new string('x', 511) + "\r"), "no OACK: the size is not told in netascii, and nothing else was asked");
        client.Send(transfer, new TftpPacket.Acknowledgment(1));
        Assert.That(Text(client.Receive().Packet), Is.EqualTo("\n" + new string('y', 510) + "\r"));
        client.Send(transfer, new TftpPacket.Acknowledgment(2));
        Assert.That(Text(client.Receive().Packet), Is.EqualTo("\0"));
    }

    [Test]
    public void Rfc1350_section_7_an_error_ends_the_transfer_and_is_not_answered()
    {
        Serve("file", 1300);
        var transfer = AskFor("file", "", "DATA 1 512");
        client.Send(transfer, new TftpPacket.Error(TftpErrorCode.DiskFull, "full"));
        Settles(() => Server.RunningTransfers == 0);
        client.Send(Server.Endpoint!, LoopbackClient.Request("missing", ""));
        Assert.That(TftpCorpus.Print(client.Receive().Packet), Is.EqualTo("ERROR 1 File not found"), "the next packet is the next request's answer");
    }

    [Test]
    public void Rfc1123_section_4_2_3_1_a_repeated_acknowledgment_sends_nothing()
    {
        Serve("file", 2000);
        var transfer = AskFor("file", "", "DATA 1 512");
        for (var i = 0; i < 5; i++) client.Send(transfer, new TftpPacket.Acknowledgment(1));
        Assert.That(TftpCorpus.Print(client.Receive().Packet), Is.EqualTo("DATA 2 512"));
        client.Send(transfer, new TftpPacket.Acknowledgment(2));
        Assert.That(TftpCorpus.Print(client.Receive().Packet), Is.EqualTo("DATA 3 512"), "and no second copy of block 2 before it");
    }

    [TestCase("\\file")]
    [TestCase("//./file")]
    [TestCase("/file")]
    public void Rfc1123_section_4_2_3_4_a_name_is_found_however_firmware_spells_it(string name)
    {
        Serve("file", 5);
        AskFor(name, "", "DATA 1 5");
    }

    [TestCase("../file")]
    [TestCase("x/../file")]
    [TestCase("/etc/passwd")]
    [TestCase("")]
    [TestCase("fi\nle")]
    public void Rfc1123_section_4_2_3_4_nothing_but_the_catalogue_is_reached(string name)
    {
        Serve("file", 5);
        client.Send(Server.Endpoint!, LoopbackClient.Request(name, ""));
        Assert.That(TftpCorpus.Print(client.Receive().Packet), Does.StartWith(name.Length == 0 ? "ERROR 4 " : "ERROR 1 "));
    }

    [TestCase("blksize=1024 multicast= tsize=0", "OACK blksize=1024 tsize=2000")]
    [TestCase("BlkSize=1024", "OACK BlkSize=1024")]
    [TestCase("multicast= unknown=1", "DATA 1 512")]
    [TestCase("blksize=junk", "DATA 1 512")]
    public void Rfc2347_section_2_accepted_options_come_back_as_they_were_spelt_and_others_do_not(string options, string answer)
    {
        Serve("file", 2000);
        AskFor("file", options, answer);
    }

    [Test]
    public void Rfc2347_section_2_no_data_is_sent_before_the_options_are_acknowledged()
    {
        Serve("file", 100_000);
        var transfer = AskFor("file", "windowsize=16 blksize=1024", "OACK windowsize=16 blksize=1024");
        client.Send(transfer, new TftpPacket.Acknowledgment(7));
        client.Send(transfer, new TftpPacket.Acknowledgment(0));
        Assert.That(TftpCorpus.Print(client.Receive().Packet), Is.EqualTo("DATA 1 1024"));
    }

    [TestCase(512, true)]
    [TestCase(513, false)]
    public void Rfc2347_section_2_a_request_has_at_most_512_octets(int length, bool read)
    {
        var octets = new byte[length];
        TftpWriter.Write(octets, new TftpPacket.Request(false, new string('n', length - 9), "octet", []));
        client.SendRaw(Server.Endpoint!, octets);
        Assert.That(TftpCorpus.Print(client.Receive().Packet), Does.StartWith(read ? "ERROR 1 " : "ERROR 4 "));
    }

    [TestCase("blksize=8", "OACK blksize=8")]
    [TestCase("blksize=65464", "OACK blksize=65464")]
    [TestCase("blksize=65535", "OACK blksize=65464")]
    [TestCase("blksize=7", "DATA 1 512")]
    public void Rfc2348_a_block_has_8_to_65464_octets_where_the_path_takes_them(string options, string answer)
    {
        Serve("file", 100_000);
        AskFor("file", options, answer);
    }

    [TestCase("tsize=0", "OACK tsize=100000")]
    [TestCase("timeout=1", "OACK timeout=1")]
    [TestCase("timeout=255", "OACK timeout=255")]
    [TestCase("timeout=0", "DATA 1 512")]
    [TestCase("timeout=256", "DATA 1 512")]
    public void Rfc2349_the_size_is_told_and_the_timeout_is_taken_as_it_is_or_not_at_all(string options, string answer)
    {
        Serve("file", 100_000);
        AskFor("file", options, answer);
    }

    [Test]
    public void Rfc2349_a_client_that_wants_only_the_size_is_let_go_at_once()
    {
        Serve("file", 100_000);
        var transfer = AskFor("file", "tsize=0 blksize=1468 windowsize=4", "OACK tsize=100000 blksize=1468 windowsize=4");
        client.Send(transfer, TftpCorpus.Packet("ovmf-3-abort"));
        Settles(() => Server.RunningTransfers == 0);
    }

    [Test]
    public void Rfc7440_section_4_a_window_is_sent_at_once_and_begins_anew_behind_what_arrived()
    {
        Serve("file", 6000);
        var transfer = AskFor("file", "windowsize=4", "OACK windowsize=4");
        client.Send(transfer, new TftpPacket.Acknowledgment(0));
        Assert.That(Receive(4), Is.EqualTo("1 2 3 4"));
        client.Send(transfer, new TftpPacket.Acknowledgment(2));
        Assert.That(Receive(4), Is.EqualTo("3 4 5 6"));
        client.Send(transfer, new TftpPacket.Acknowledgment(6));
        Assert.That(Receive(4), Is.EqualTo("7 8 9 10"));
    }

    [TestCase("windowsize=65535", "OACK windowsize=64")]
    [TestCase("windowsize=65536", "DATA 1 512")]
    [TestCase("windowsize=0", "DATA 1 512")]
    public void Rfc7440_section_3_a_window_has_1_to_65535_blocks_and_the_server_may_take_fewer(string options, string answer)
    {
        Serve("file", 100_000);
        AskFor("file", options, answer);
    }

    [TestCase("")]
    [TestCase("tsize=0")]
    public void A_repeated_request_is_a_copy_and_another_one_from_the_same_port_supersedes(string options)
    {
        Serve("file", 2000);
        var transfer = AskFor("file", options, options.Length == 0 ? "DATA 1 512" : "OACK tsize=2000");
        client.Send(transfer, new TftpPacket.Acknowledgment((ushort)(options.Length == 0 ? 1 : 0)));
        client.Receive();
        client.Send(Server.Endpoint!, LoopbackClient.Request("file", options));
        Assert.That(Ask("missing"), Does.StartWith("ERROR 1 "), "the listener answers in order: it has seen the copy, too");
        Assert.That(Server.RunningTransfers, Is.EqualTo(1));
        client.Send(Server.Endpoint!, LoopbackClient.Request("file", "blksize=600"));
        var (answer, again) = client.Receive();
        Assert.That(TftpCorpus.Print(answer), Is.EqualTo("OACK blksize=600"), "a machine that was reset begins anew");
        Assert.That(Server.RunningTransfers, Is.EqualTo(1));
        Assert.That(Answer(again, 0), Is.EqualTo("DATA 1 600"));
    }

    private IPEndPoint AskFor(string file, string options, string expected)
    {
        client.Send(Server.Endpoint!, LoopbackClient.Request(file, options));
        var (answer, transfer) = client.Receive();
        Assert.That(TftpCorpus.Print(answer), Is.EqualTo(expected));
        return transfer;
    }

    private string Answer(IPEndPoint transfer, ushort block)
    {
        client.Send(transfer, new TftpPacket.Acknowledgment(block));
        return TftpCorpus.Print(client.Receive().Packet);
    }

    private string Receive(int blocks) => string.Join(' ', Enumerable.Range(0, blocks).Select(_ => ((TftpPacket.Data)client.Receive().Packet).Block));

    private static string Text(TftpPacket packet) => Encoding.Latin1.GetString(((TftpPacket.Data)packet).Content);
}
