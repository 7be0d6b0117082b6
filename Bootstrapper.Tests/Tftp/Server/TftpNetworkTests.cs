using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Win32.SafeHandles;
using NUnit.Framework;
using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Storage;
using Sextant.Tests.TestKit;
using Sextant.Tftp;
using Sextant.Tftp.Server;

namespace Sextant.Tests.Tftp.Server;

/// <summary>The server on a network of its own: an interface with two addresses, of which the second is the bootstrapper's, and a cable of Ethernet's size.</summary>
[TestFixture, Category("Network"), NonParallelizable]
public sealed class TftpNetworkTests
{
    private const string Asked = "10.0.0.2";
    private const string Client = "10.0.0.50";
    private const int Size = 300_000;

    private NetworkNamespace host = null!;
    private NetworkNamespace peer = null!;
    private TemporaryFolder folder = null!;
    private MachineStore machines = null!;
    private TftpServer server = null!;

    [SetUp]
    public void Start()
    {
        folder = new TemporaryFolder();
        var content = new byte[Size];
        new Random(69).NextBytes(content);
        File.WriteAllBytes(folder.File("loader"), content);
        var loader = new TftpFile("loader", Digest.Sha256Of(content), Size);
        host = new NetworkNamespace("sxth");
        peer = new NetworkNamespace("sxtp");
        NetworkNamespace.Connect(host, "sextant0", peer, "peer0");
        host.Configure("address", "add", "10.0.0.1/24", "dev", "sextant0");
        host.Configure("address", "add", $"{Asked}/24", "dev", "sextant0");
        peer.Configure("address", "add", $"{Client}/24", "dev", "peer0");
        machines = new MachineStore(new MemoryStore());
        server = new TftpServer(
            new CurrentPlan(TftpPlan.At(Asked)), machines, path => path == loader.Name ? loader : null,
            _ => Task.FromResult<SafeFileHandle?>(File.OpenHandle(folder.File("loader"))), new StandInDocuments(), TimeProvider.System, NullLogger<TftpServer>.Instance);
        host.Run(() => server.StartAsync(CancellationToken.None));
    }

    [TearDown]
    public async Task Stop()
    {
        await server.StopAsync(CancellationToken.None);
        server.Dispose();
        await machines.DisposeAsync();
        peer.Dispose();
        host.Dispose();
        folder.Dispose();
    }

    [TestCase("curl", "-sS", "-f", "--tftp-blksize", "1468", "-o", "GOT", "tftp://10.0.0.2/loader")]
    [TestCase("tftp", "10.0.0.2", "-m", "binary", "-c", "get", "loader", "GOT")]
    [TestCase("atftp", "--option", "windowsize 16", "--option", "blksize 1468", "--get", "-r", "loader", "-l", "GOT", "10.0.0.2")]
    [TestCase("busybox", "tftp", "-g", "-b", "1468", "-r", "loader", "-l", "GOT", "10.0.0.2")]
    public void Real_clients_get_the_file_whole(params string[] command)
    {
        var got = folder.File("got");
        var result = Tool.Run("ip", ["netns", "exec", peer.Name, .. command.Select(word => word == "GOT" ? got : word)]);
        Assert.That(result.Status, Is.Zero, result.ToString());
        Assert.That(File.ReadAllBytes(got).AsSpan().SequenceEqual(File.ReadAllBytes(folder.File("loader"))), Is.True);
    }

    [Test]
    public void Rfc1350_section_4_the_answer_comes_from_the_address_that_was_asked_and_not_from_the_interfaces_first()
    {
        using var client = Ask("");
        var (_, transfer) = client.Receive();
        Assert.That(transfer.Address.ToString(), Is.EqualTo(Asked));
    }

    [Test]
    public void Rfc2348_a_block_fits_the_path_to_the_client_in_one_packet()
    {
        using (var client = Ask("blksize=65464")) Assert.That(TftpCorpus.Print(client.Receive().Packet), Is.EqualTo("OACK blksize=1468"));
        host.Configure("route", "add", $"{Client}/32", "dev", "sextant0", "src", Asked, "mtu", "1400");
        using (var client = Ask("blksize=65464")) Assert.That(TftpCorpus.Print(client.Receive().Packet), Is.EqualTo("OACK blksize=1368"));
        using (var client = Ask("blksize=1024")) Assert.That(TftpCorpus.Print(client.Receive().Packet), Is.EqualTo("OACK blksize=1024"));
    }

    /// <summary>A request to everybody is nobody's (RFC 1123 section 4.2.3.5); the next one is answered, so the first was passed over.</summary>
    [Test]
    public void Rfc1123_section_4_2_3_5_a_broadcast_request_is_not_answered()
    {
        using var client = peer.Run(() => new LoopbackClient(address: IPAddress.Parse(Client)));
        client.Send(new IPEndPoint(IPAddress.Parse("10.0.0.255"), TftpServer.WellKnownPort), LoopbackClient.Request("loader", ""), broadcast: true);
        client.Send(server.Endpoint!, LoopbackClient.Request("missing", ""));
        Assert.That(TftpCorpus.Print(client.Receive().Packet), Does.StartWith("ERROR 1 "));
        Assert.That(server.RunningTransfers, Is.Zero);
    }

    private LoopbackClient Ask(string options)
    {
        var client = peer.Run(() => new LoopbackClient(address: IPAddress.Parse(Client)));
        client.Send(server.Endpoint!, LoopbackClient.Request("loader", options));
        return client;
    }
}
