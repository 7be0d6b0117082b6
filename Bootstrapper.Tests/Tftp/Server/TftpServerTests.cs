using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Win32.SafeHandles;
using NUnit.Framework;
using Sextant.Cluster;
using Sextant.Lifecycle;
using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Storage;
using Sextant.Tests.TestKit;
using Sextant.Tftp;
using Sextant.Tftp.Server;
using Sextant.Tftp.Wire;

namespace Sextant.Tests.Tftp.Server;

/// <summary>The server on loopback, with the clients people use and with sockets of the tests' own.</summary>
[TestFixture]
public sealed class TftpServerTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly MacAddress Mac = MacAddress.Parse("52:54:00:00:00:01");

    private TemporaryFolder folder = null!;
    private MachineStore machines = null!;
    private CurrentPlan plan = null!;
    private TftpServer server = null!;
    private bool damaged;
    private StandInDocuments documents = null!;

    [SetUp]
    public async Task Start()
    {
        folder = new TemporaryFolder();
        damaged = false;
        documents = new StandInDocuments();
        machines = new MachineStore(new MemoryStore());
        plan = new CurrentPlan(TftpPlan.At("127.0.0.1"));
        server = NewServer(new TftpLimits { BlockSize = 65464, SessionsPerClient = 300 });
        await server.StartAsync(CancellationToken.None);
    }

    [TearDown]
    public async Task Stop()
    {
        await server.StopAsync(CancellationToken.None);
        server.Dispose();
        await machines.DisposeAsync();
        folder.Dispose();
    }

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
        File.WriteAllText(folder.File("served"), text);
        Run("curl", "-sS", "-f", "-o", folder.File("got"), $"tftp://127.0.0.1:{server.Endpoint!.Port}/served;mode=netascii");
        Assert.That(File.ReadAllText(folder.File("got")), Is.EqualTo(text.ReplaceLineEndings("\r\n")));
    }

    [Test]
    public async Task Hundreds_of_transfers_at_once_arrive_whole()
    {
        var content = Serve("many", 200_000);
        var clients = Enumerable.Range(0, 200).Select(_ => Task.Factory.StartNew(() => LoopbackClient.Get(server.Endpoint!, "many", "blksize=1428 windowsize=8"), TaskCreationOptions.LongRunning)).ToList();
        foreach (var client in clients) Assert.That((await client).AsSpan().SequenceEqual(content), Is.True);
        Settles(() => server.RunningTransfers == 0);
    }

    [Test]
    public async Task A_changed_file_is_served_as_it_is_now()
    {
        Serve("changing", 1000);
        LoopbackClient.Get(server.Endpoint!, "changing", "blksize=512");
        await File.WriteAllBytesAsync(folder.File("changing"), new byte[1000]);
        File.SetLastWriteTimeUtc(folder.File("changing"), DateTime.UtcNow.AddSeconds(5));
        Assert.That(LoopbackClient.Get(server.Endpoint!, "changing", "blksize=512"), Is.EqualTo(new byte[1000]));
    }

    [Test]
    public async Task A_completed_transfer_is_in_the_machines_record_and_a_probe_is_not()
    {
        await machines.RecordAsync(new Leased(Mac, Now, Ipv4Address.Parse("127.0.0.1"), "UEFI x64"));
        Serve("loader.efi", 3000);
        using var client = new LoopbackClient();
        client.Send(server.Endpoint!, LoopbackClient.Request("loader.efi", "tsize=0 blksize=1468 windowsize=4"));
        var (options, transfer) = client.Receive();
        Assert.That(TftpCorpus.Print(options), Is.EqualTo("OACK tsize=3000 blksize=1468 windowsize=4"));
        client.Send(transfer, TftpCorpus.Packet("ovmf-3-abort"));
        Settles(() => server.RunningTransfers == 0);
        Assert.That(machines.Find(Mac)!.Timeline, Has.Count.EqualTo(1));

        LoopbackClient.Get(server.Endpoint!, "loader.efi", "blksize=1468 windowsize=4");
        Settles(() => machines.Find(Mac)!.Timeline.Count == 2);
        var sent = (BootFileSent)machines.Find(Mac)!.Timeline[1];
        Assert.That((sent.File, sent.Via, sent.Bytes), Is.EqualTo(("loader.efi", "TFTP", 3000L)));
    }

    [Test]
    public async Task A_machine_the_plan_ignores_finds_nothing_until_the_plan_changes()
    {
        await machines.RecordAsync(new Leased(Mac, Now, Ipv4Address.Parse("127.0.0.1"), "UEFI x64"));
        Serve("loader.efi", 100);
        plan.Value = TftpPlan.At("127.0.0.1", UnknownMachines.Ignore);
        Assert.That(Ask("loader.efi"), Is.EqualTo("ERROR 1 File not found"));
        plan.Value = TftpPlan.At("127.0.0.1", UnknownMachines.Discover);
        Assert.That(Ask("loader.efi"), Is.EqualTo("DATA 1 100"));
    }

    [Test]
    public void A_document_is_made_once_for_a_client_that_asks_again_meanwhile()
    {
        using var client = new LoopbackClient();
        for (var i = 0; i < 3; i++) client.Send(server.Endpoint!, LoopbackClient.Request("doc/one", "tsize=0 blksize=1024"));
        Settles(() => documents.Asked == 1);
        Assert.That(Ask("doc/refused"), Is.EqualTo("ERROR 2 Not yours"), "the server answers others meanwhile");
        documents.Answer.SetResult(new TftpDocument.Made("made for you\n"u8.ToArray()));
        var (options, transfer) = client.Receive();
        Assert.That(TftpCorpus.Print(options), Is.EqualTo("OACK tsize=13 blksize=1024"));
        client.Send(transfer, new TftpPacket.Acknowledgment(0));
        Assert.That(TftpCorpus.Print(client.Receive().Packet), Is.EqualTo("DATA 1 13"));
        client.Send(transfer, new TftpPacket.Acknowledgment(1));
        Settles(() => server.RunningTransfers == 0);
        Assert.That(documents.Asked, Is.EqualTo(1));
    }

    [Test]
    public void A_stranger_to_a_transfer_gets_error_5_and_does_not_disturb_it()
    {
        var content = Serve("file", 1500);
        using var client = new LoopbackClient();
        using var stranger = new LoopbackClient();
        client.Send(server.Endpoint!, LoopbackClient.Request("file", ""));
        var (first, transfer) = client.Receive();
        stranger.Send(transfer, new TftpPacket.Acknowledgment(1));
        Assert.That(TftpCorpus.Print(stranger.Receive().Packet), Is.EqualTo("ERROR 5 Unknown transfer ID"));
        stranger.Send(transfer, new TftpPacket.Error(TftpErrorCode.NotDefined, "die"));
        stranger.Receive();
        client.Send(transfer, new TftpPacket.Acknowledgment(1));
        Assert.That(((TftpPacket.Data)client.Receive().Packet).Content, Is.EqualTo(content[512..1024]));
        Assert.That(((TftpPacket.Data)first).Content, Is.EqualTo(content[..512]));
        client.Send(transfer, new TftpPacket.Acknowledgment(2));
        client.Send(transfer, new TftpPacket.Acknowledgment(3));
    }

    [Test]
    public void A_repeated_request_starts_no_second_transfer_and_one_after_an_answer_does()
    {
        Serve("file", 1500);
        using var client = new LoopbackClient();
        client.Send(server.Endpoint!, LoopbackClient.Request("file", ""));
        client.Send(server.Endpoint!, LoopbackClient.Request("file", ""));
        var (_, transfer) = client.Receive();
        // The listener answers in order: with this answer it has seen both requests.
        Ask("missing");
        Assert.That(server.RunningTransfers, Is.EqualTo(1));
        client.Send(transfer, new TftpPacket.Acknowledgment(1));
        client.Receive();
        client.Send(server.Endpoint!, LoopbackClient.Request("file", ""));
        var (again, second) = client.Receive();
        Assert.That(TftpCorpus.Print(again), Is.EqualTo("DATA 1 512"));
        Assert.That(second.Port, Is.Not.EqualTo(transfer.Port));
        Assert.That(server.RunningTransfers, Is.EqualTo(2));
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
        client.Send(server.Endpoint!, TftpCorpus.Packet("hpa-write"));
        Assert.That(TftpCorpus.Print(client.Receive().Packet), Does.StartWith("ERROR 2 "));
        client.SendRaw(server.Endpoint!, [0, 1, (byte)'x']);
        Assert.That(TftpCorpus.Print(client.Receive().Packet), Does.StartWith("ERROR 4 "));
        client.SendRaw(server.Endpoint!, [0, 9]);
        Assert.That(TftpCorpus.Print(client.Receive().Packet), Does.StartWith("ERROR 4 "));
        client.SendRaw(server.Endpoint!, new byte[1400]);
        Assert.That(TftpCorpus.Print(client.Receive().Packet), Does.StartWith("ERROR 4 "));
    }

    [Test]
    public void Answers_sent_to_the_well_known_port_are_not_answered()
    {
        Serve("file", 10);
        using var client = new LoopbackClient();
        foreach (var name in new[] { "ovmf-3-abort", "ovmf-5-options", "ovmf-7-data", "ovmf-8-ack" }) client.Send(server.Endpoint!, TftpCorpus.Packet(name));
        client.Send(server.Endpoint!, LoopbackClient.Request("file", ""));
        Assert.That(TftpCorpus.Print(client.Receive().Packet), Is.EqualTo("DATA 1 10"), "the first answer is the request's");
    }

    [Test]
    public void A_file_that_must_not_be_served_is_refused_with_an_error_that_says_so()
    {
        Serve("file", 1000);
        damaged = true;
        Assert.That(Ask("file"), Is.EqualTo("ERROR 0 This file is damaged on the server"));
        damaged = false;
        Assert.That(Ask("file"), Does.StartWith("DATA 1"));
    }

    [TestCase(3_000)]
    [TestCase(5_000_000)]
    public void Another_content_under_the_same_name_size_and_date_is_another_file(int size)
    {
        Fetch(size, Curl);
        var date = File.GetLastWriteTimeUtc(folder.File("served"));
        var other = new byte[size];
        File.WriteAllBytes(folder.File("served"), other);
        File.SetLastWriteTimeUtc(folder.File("served"), date);
        var (program, arguments) = Curl(server.Endpoint!.Port, "served", folder.File("got"));
        Run(program, arguments);
        Assert.That(File.ReadAllBytes(folder.File("got")), Is.EqualTo(other));

        static (string, string[]) Curl(int port, string name, string target) => ("curl", ["-sS", "-f", "--tftp-blksize", "1428", "-o", target, $"tftp://127.0.0.1:{port}/{name}"]);
    }

    [Test]
    public void A_taken_port_and_a_foreign_address_stop_the_start_with_a_clear_word()
    {
        using var second = NewServer(new TftpLimits(), server.Endpoint!.Port);
        Assert.That(() => second.StartAsync(CancellationToken.None), Throws.InstanceOf<Sextant.Networking.ListenException>().With.Message.Contains($"127.0.0.1:{server.Endpoint.Port}").And.Message.Contains("another program"));
        plan.Value = TftpPlan.At("192.0.2.1");
        using var third = NewServer(new TftpLimits());
        Assert.That(() => third.StartAsync(CancellationToken.None), Throws.InstanceOf<Sextant.Networking.ListenException>().With.Message.Contains("192.0.2.1"));
    }

    private TftpServer NewServer(TftpLimits limits, int port = 0) =>
        new(plan, machines, Find, Open, documents, TimeProvider.System, NullLogger<TftpServer>.Instance, port, limits);

    private TftpFile? Find(string path) => path == "unreadable" ? new TftpFile(path, Digest.Sha256Of([]), 10)
        : path.Contains('/', StringComparison.Ordinal) || !File.Exists(folder.File(path)) ? null
        : new TftpFile(path, Digest.Sha256Of(File.ReadAllBytes(folder.File(path))), new FileInfo(folder.File(path)).Length);

    private SafeFileHandle? Open(TftpFile file) => damaged ? null : File.OpenHandle(folder.File(file.Name));

    private byte[] Serve(string name, int size)
    {
        var content = new byte[size];
        new Random(size).NextBytes(content);
        File.WriteAllBytes(folder.File(name), content);
        return content;
    }

    private string Ask(string file)
    {
        using var client = new LoopbackClient();
        client.Send(server.Endpoint!, LoopbackClient.Request(file, ""));
        var (answer, transfer) = client.Receive();
        client.Send(transfer, new TftpPacket.Error(TftpErrorCode.NotDefined, "enough"));
        return TftpCorpus.Print(answer);
    }

    private void Fetch(int size, Func<int, string, string, (string Program, string[] Arguments)> client)
    {
        var content = Serve("served", size);
        var (program, arguments) = client(server.Endpoint!.Port, "served", folder.File("got"));
        Run(program, arguments);
        Assert.That(File.Exists(folder.File("got")) ? File.ReadAllBytes(folder.File("got")).AsSpan().SequenceEqual(content) : size == 0, Is.True, "the copy differs");
        Settles(() => server.RunningTransfers == 0);
    }

    private static void Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(30_000)) process.Kill();
        Assert.That(process.ExitCode, Is.Zero, output.Result + errors.Result);
        Assert.That(output.Result + errors.Result, Does.Not.Contain("timed out").And.Not.Contain("Error"));
    }

    private static void Settles(Func<bool> condition) => Assert.That(SpinWait.SpinUntil(condition, TimeSpan.FromSeconds(5)), Is.True);
}

/// <summary>A socket that speaks TFTP.</summary>
internal sealed class LoopbackClient : IDisposable
{
    private readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 10_000, ReceiveBufferSize = 1 << 20 };

    public LoopbackClient() => socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));

    public static TftpPacket.Request Request(string file, string options) => new(false, file, "octet",
        [.. options.Split(' ').Where(each => each.Length > 0).Select(each => new TftpOption(each.Split('=')[0], each.Split('=')[1]))]);

    /// <summary>Fetches a file.</summary>
    public static byte[] Get(IPEndPoint server, string file, string options)
    {
        using var client = new LoopbackClient();
        var request = Request(file, options);
        client.Send(server, request);
        var (packet, transfer) = client.Receive();
        var accepted = (packet as TftpPacket.OptionAcknowledgment ?? throw new InvalidDataException(TftpCorpus.Print(packet))).Options.ToDictionary(each => each.Name, each => int.Parse(each.Value, null));
        var blockSize = accepted["blksize"];
        var window = accepted.GetValueOrDefault("windowsize", 1);
        var content = new List<byte>();
        var inWindow = 0;
        client.Send(transfer, new TftpPacket.Acknowledgment(0));
        for (ushort expected = 1; ;)
        {
            packet = client.Receive().Packet;
            if (packet is TftpPacket.Error error) throw new InvalidDataException(TftpCorpus.Print(error));
            if (packet is not TftpPacket.Data data) continue;
            if (data.Block == expected)
            {
                content.AddRange(data.Content);
                expected++;
                var last = data.Content.Length < blockSize;
                if (++inWindow < window && !last) continue;
                inWindow = 0;
                client.Send(transfer, new TftpPacket.Acknowledgment(data.Block));
                if (last) return [.. content];
            }
            else
            {
                inWindow = 0;
                client.Send(transfer, new TftpPacket.Acknowledgment((ushort)(expected - 1)));
            }
        }
    }

    public void Send(IPEndPoint to, TftpPacket packet)
    {
        var octets = new byte[2000];
        SendRaw(to, octets[..TftpWriter.Write(octets, packet)]);
    }

    public void SendRaw(IPEndPoint to, byte[] octets) => socket.SendTo(octets, to);

    public (TftpPacket Packet, IPEndPoint From) Receive()
    {
        var octets = new byte[70_000];
        EndPoint from = new IPEndPoint(IPAddress.Any, 0);
        var length = socket.ReceiveFrom(octets, ref from);
        return TftpReader.TryRead(octets.AsSpan(0, length), out var packet, out var error) ? (packet, (IPEndPoint)from) : throw new InvalidDataException($"{error}");
    }

    public void Dispose() => socket.Dispose();
}

/// <summary>Documents below <c>doc/</c>: one is made when the test says so, every other is refused.</summary>
internal sealed class StandInDocuments : ITftpDocuments
{
    private int asked;

    public int Asked => Volatile.Read(ref asked);

    public TaskCompletionSource<TftpDocument> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool Has(string path) => path.StartsWith("doc/", StringComparison.Ordinal);

    public Task<TftpDocument> MakeAsync(string path, Ipv4Address peer)
    {
        if (path != "doc/one") return Task.FromResult<TftpDocument>(new TftpDocument.Denied("Not yours"));
        Interlocked.Increment(ref asked);
        return Answer.Task;
    }
}
