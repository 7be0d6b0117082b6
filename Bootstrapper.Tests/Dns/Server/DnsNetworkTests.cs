using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using Sextant.Dns;
using Sextant.Dns.Server;
using Sextant.Dns.Wire;
using Sextant.Lifecycle;
using Sextant.Networking;
using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Dns.Server;

/// <summary>The server on a real wire, asked by the clients of others, with the resolvers of others behind it. Three hosts: clients, the server, upstreams.</summary>
[TestFixture]
[Category("Network")]
[NonParallelizable]
[SupportedOSPlatform("linux")]
public sealed class DnsNetworkTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly List<IDisposable> things = [];
    private readonly List<LeasedName> leases = [];
    private readonly AnsweringApis answering = new();
    private long version;
    private NetworkNamespace clients = null!;
    private NetworkNamespace servers = null!;
    private NetworkNamespace upstreams = null!;
    private CurrentPlan plan = null!;
    private DnsServer server = null!;
    private string folder = null!;

    [SetUp]
    public async Task Three_hosts()
    {
        folder = Directory.CreateTempSubdirectory("sextant-dns-").FullName;
        try
        {
            things.Add(servers = new NetworkNamespace("sxdns-server"));
            things.Add(clients = new NetworkNamespace("sxdns-client"));
            things.Add(upstreams = new NetworkNamespace("sxdns-up"));
            NetworkNamespace.Connect(servers, "sxn0", clients, "sxn1");
            NetworkNamespace.Connect(servers, "sxn2", upstreams, "sxn3");
            servers.Configure("addr", "add", "10.0.0.1/24", "dev", "sxn0");
            clients.Configure("addr", "add", "10.0.0.77/24", "dev", "sxn1");
            servers.Configure("addr", "add", "192.0.2.1/24", "dev", "sxn2");
            foreach (var address in new[] { "192.0.2.53", "192.0.2.54" }) upstreams.Configure("addr", "add", address + "/24", "dev", "sxn3");
            plan = new CurrentPlan(Names.Whole());
            things.Add(server = NewServer());
            await servers.Run(() => server.StartAsync(CancellationToken.None));
        }
        catch
        {
            await Clean();
            throw;
        }
    }

    [TearDown]
    public Task Clean()
    {
        things.Reverse();
        foreach (var thing in things) thing.Dispose();
        things.Clear();
        leases.Clear();
        Directory.Delete(folder, recursive: true);
        return Task.CompletedTask;
    }

    [Test]
    public void Dig_reads_answers_denials_services_and_reverse_names()
    {
        Assert.That(Dig("node1.lab.example", "A", "+short"), Is.EqualTo("10.0.0.11"));
        Assert.That(Dig("-x", "10.0.0.11", "+short"), Is.EqualTo("node1.lab.example."));
        Assert.That(Dig("-x", "2001:db8:1::11", "+short"), Is.EqualTo("node1.lab.example."));
        Assert.That(Dig("_etcd-server-ssl._tcp.lab.example", "SRV", "+short").Split('\n').Order(), Is.EqualTo(["0 0 2380 node1.lab.example.", "0 0 2380 node2.lab.example.", "0 0 2380 node3.lab.example."]));
        Assert.That(Dig("nobody.lab.example", "A"), Does.Contain("status: NXDOMAIN").And.Contain("SOA\tbootstrapper.lab.example."));
        Assert.That(Dig("node1.lab.example", "ANY", "+notcp", "+short"), Is.EqualTo("\"RFC8482\" \"\""));
        Assert.That(Dig("lab.example", "AXFR"), Does.Contain("Transfer failed"));
        Assert.That(Dig("node1.lab.example", "A", "+tcp", "+short"), Is.EqualTo("10.0.0.11"));
        Assert.That(Dig("node1.lab.example", "A", "+edns=1"), Does.Contain("status: BADVERS").Or.Contain("status: NOERROR"));
        Assert.That(Dig("node1.lab.example", "A"), Does.Not.Contain("warning").IgnoreCase.And.Not.Contain("malformed").IgnoreCase);
    }

    [Test]
    public void Delv_resolves_without_complaint_and_says_when_there_is_no_such_name()
    {
        Assert.That(On("delv", "@10.0.0.1", "-i", "node1.lab.example", "A"), Does.Match(@"(?m)^node1\.lab\.example\.\s+\d+\s+IN\s+A\s+10\.0\.0\.11$"));
        Assert.That(On("delv", "@10.0.0.1", "-i", "nobody.lab.example", "A"), Does.Contain(";-$NXDOMAIN"));
    }

    [Test]
    public void Kdig_pipelines_queries_over_one_TCP_connection()
    {
        var said = On("kdig", "@10.0.0.1", "+tcp", "+keepopen", "+short", "node1.lab.example", "A", "node2.lab.example", "A", "wiki.lab.example", "TXT", "node3.lab.example", "A");
        Assert.That(said.Split('\n', StringSplitOptions.RemoveEmptyEntries), Is.EqualTo(["10.0.0.11", "10.0.0.12", "10.0.0.13"]));
        Assert.That(On("kdig", "@10.0.0.1", "-c", "CH", "version.bind", "TXT"), Does.Contain("REFUSED"));
        Assert.That(On("kdig", "@10.0.0.1", "+edns", "+dnssec", "nobody.lab.example", "A"), Does.Contain("NXDOMAIN").And.Contain("do;").IgnoreCase);
    }

    [Test]
    public async Task The_C_library_finds_machines_by_name_and_by_address_through_resolv_conf()
    {
        // ip netns exec puts this folder's files in the place of /etc's.
        var etc = Directory.CreateDirectory("/etc/netns/" + clients.Name).FullName;
        try
        {
            await File.WriteAllTextAsync(Path.Combine(etc, "resolv.conf"), "nameserver 10.0.0.1\nsearch lab.example\n");
            await File.WriteAllTextAsync(Path.Combine(etc, "nsswitch.conf"), "hosts: dns\n");
            Assert.That(On("getent", "ahostsv4", "node2").Split(' ')[0], Is.EqualTo("10.0.0.12"));
            Assert.That(On("getent", "hosts", "10.0.0.13").Trim().Split(' ', StringSplitOptions.RemoveEmptyEntries), Is.EqualTo(["10.0.0.13", "node3.lab.example"]));
            Assert.That(On("getent", "ahostsv4", "www").Split(' ')[0], Does.StartWith("10.0.0.5"), "through an alias");
        }
        finally
        {
            Directory.Delete(etc, recursive: true);
        }
    }

    [Test]
    public void A_lease_has_a_name_soon_after_it_was_given_and_none_after_it_ended()
    {
        Assert.That(Dig("printer.lab.example", "A", "+short"), Is.Empty);
        leases.Add(new LeasedName(MacAddress.Parse("52:54:00:01:00:2a"), Ipv4Address.Parse("10.0.0.42"), "Printer", DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddHours(1)));
        Interlocked.Increment(ref version);
        Assert.That(() => Dig("printer.lab.example", "A", "+short"), Is.EqualTo("10.0.0.42").After(20_000, 50));
        leases.Clear();
        Interlocked.Increment(ref version);
        Assert.That(() => Dig("printer.lab.example", "A", "+short"), Is.EqualTo("").After(20_000, 50));
    }

    [Test]
    public void The_APIs_name_follows_the_masters_that_answer_and_a_reloaded_plan_is_in_force()
    {
        answering.Addresses = [Ipv4Address.Parse("10.0.0.12")];
        Assert.That(() => Dig("api.lab.example", "A", "+short"), Is.EqualTo("10.0.0.12").After(20_000, 50));
        plan.Value = Names.Whole(Names.Cluster("    - {name: fresh, a: [10.0.0.99]}"));
        Assert.That(() => Dig("fresh.lab.example", "A", "+short"), Is.EqualTo("10.0.0.99").After(20_000, 50));
    }

    [Test]
    public void Other_names_are_asked_for_at_upstreams_kept_and_outlive_them()
    {
        var unbound = Upstream("unbound", "-d", "-c", UnboundConfiguration("192.0.2.53"));
        Assert.That(() => Dig("www.example.org", "A", "+short"), Is.EqualTo("198.51.100.80").After(20_000, 200));
        Assert.That(Dig("gone.example.org", "A"), Does.Contain("NXDOMAIN").And.Contain("SOA"));
        Assert.That(Dig("docs.lab.example", "A", "+short").Split('\n'), Is.EqualTo(["docs.example.com.", "198.51.100.81"]), "through an alias of ours");
        Assert.That(Dig("big.example.org", "TXT", "+short").Split('\n'), Has.Length.EqualTo(30), "over TCP on both sides");
        Assert.That(Dig("big.example.org", "TXT", "+ignore", "+notcp"), Does.Contain("flags: qr tc rd ra"));
        Assert.That(Dig("short.example.org", "A", "+short"), Is.EqualTo("198.51.100.82"));
        End(unbound);
        Assert.That(Dig("www.example.org", "A", "+short"), Is.EqualTo("198.51.100.80"), "from the cache");
        Assert.That(Dig("never.example.org", "A", "+time=6", "+tries=1"), Does.Contain("SERVFAIL"));
        // Its time to live was two seconds.
        Assert.That(() => Dig("short.example.org", "A", "+short", "+time=6", "+tries=1"), Is.EqualTo("198.51.100.82").After(20_000, 200), "stale, because nobody answers (RFC 8767)");
    }

    [Test]
    public void A_silent_upstream_is_passed_over_and_a_lame_one_too()
    {
        Upstream("dnsmasq", "-k", "-C", "/dev/null", "--no-resolv", "--no-hosts", "--user=root", "--bind-interfaces", "--listen-address=192.0.2.54", "--host-record=www.example.org,198.51.100.80", "--host-record=mail.example.org,198.51.100.90", "--log-facility=/dev/null");
        // 192.0.2.53 says nothing: not even that its port is closed.
        using var silent = upstreams.Run(() => BindUdp("192.0.2.53"));
        Assert.That(() => Dig("www.example.org", "A", "+short"), Is.EqualTo("198.51.100.80").After(20_000, 200));
        silent.Dispose();
        // Knot answers REFUSED for zones that are not its own.
        Upstream("knotd", "-c", KnotConfiguration("192.0.2.53"));
        // Other upstreams: nothing of what the former ones said or did is remembered.
        plan.Value = Names.Whole(Names.Cluster(upstreams: "[192.0.2.53, 192.0.2.54, 192.0.2.99]"));
        Assert.That(() => Dig("mail.example.org", "A", "+short"), Is.EqualTo("198.51.100.90").After(20_000, 200));
    }

    [Test]
    public void RFC_7766_6_2_1_1_answers_come_when_they_are_there_and_queries_in_pieces_are_read()
    {
        using var slow = upstreams.Run(() => BindUdp("192.0.2.53"));
        using var connection = clients.Run(() =>
        {
            var tcp = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 10_000, NoDelay = true };
            tcp.Connect(new IPEndPoint(IPAddress.Parse("10.0.0.1"), 53));
            return tcp;
        });
        byte[] Framed(byte[] message) => [(byte)(message.Length >> 8), (byte)message.Length, .. message];
        byte[] both = [.. Framed(Names.Question("slow.example.org", DnsType.A, id: 1)), .. Framed(Names.Question("node1.lab.example", DnsType.A, id: 2))];
        foreach (var octet in both) connection.Send([octet]);
        Assert.That(IdOf(connection), Is.EqualTo(2), "the second question is answered while the first one waits");
        var buffer = new byte[512];
        EndPoint from = new IPEndPoint(IPAddress.Any, 0);
        var count = slow.ReceiveFrom(buffer, ref from);
        DnsQueryReader.TryRead(buffer.AsSpan(0, count), out var query, out _);
        Assert.That(DnsName.Print(query.Name(buffer)), Is.EqualTo("slow.example.org").IgnoreCase);
        byte[] reply = [.. buffer[..query.QuestionEnd], 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 1, 2, 3, 4];
        new DnsHeader(query.Header.Id, 0x8180, 1, 1, 0, 0).Write(reply);
        slow.SendTo(reply, from);
        Assert.That(IdOf(connection), Is.EqualTo(1));
    }

    [Test]
    public void Dnsperf_gets_an_answer_to_every_question_over_UDP_and_TCP()
    {
        var questions = Path.Combine(folder, "questions");
        File.WriteAllLines(questions, ["node1.lab.example A", "node2.lab.example A", "nobody.lab.example A", "12.0.0.10.in-addr.arpa PTR", "www.lab.example AAAA", "wiki.lab.example A"]);
        foreach (var mode in new[] { "udp", "tcp" })
        {
            var said = On("dnsperf", "-s", "10.0.0.1", "-d", questions, "-n", "500", "-c", "4", "-l", "20", "-m", mode, "-e");
            Assert.That(said, Does.Match(@"Queries completed:\s+3000 \(100\.00%\)").And.Match(@"Queries lost:\s+0"), said);
        }
    }

    [Test]
    public async Task A_taken_port_stops_the_start_with_what_to_do_and_is_free_after_a_stop()
    {
        using var second = NewServer();
        Assert.That(() => servers.Run(() => second.StartAsync(CancellationToken.None)),
            Throws.TypeOf<ListenException>().With.Message.Contains("port 53").And.Message.Contains("10.0.0.1").And.Message.Contains("dns.mode"));
        await server.StopAsync(CancellationToken.None).WaitAsync(Patience);
        using var third = NewServer();
        Assert.That(() => servers.Run(() => third.StartAsync(CancellationToken.None)), Throws.Nothing);
        await third.StopAsync(CancellationToken.None).WaitAsync(Patience);
    }

    [Test]
    public void Noise_on_both_ports_does_not_stop_the_server()
    {
        using var udp = clients.Run(() => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
        var random = new Random(53);
        var there = new IPEndPoint(IPAddress.Parse("10.0.0.1"), 53);
        for (var i = 0; i < 2000; i++)
        {
            var noise = i % 2 == 0 ? new byte[random.Next(600)] : Names.Question("node1.lab.example", DnsType.A, payload: 1232);
            if (i % 2 == 0) random.NextBytes(noise);
            else noise[random.Next(noise.Length)] = (byte)random.Next(256);
            udp.SendTo(noise, there);
        }
        for (var i = 0; i < 20; i++)
        {
            using var tcp = clients.Run(() => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
            tcp.Connect(there);
            var noise = new byte[random.Next(1, 200)];
            random.NextBytes(noise);
            tcp.Send(noise);
        }
        Assert.That(Dig("node1.lab.example", "A", "+short"), Is.EqualTo("10.0.0.11"));
    }

    private DnsServer NewServer() => new(
        plan, new LeaseSource(() => Interlocked.Read(ref version), () => [.. leases]), answering, TimeProvider.System, NullLogger<DnsServer>.Instance);

    private string On(string program, params string[] arguments) => Tool.Run("ip", ["netns", "exec", clients.Name, program, .. arguments]).Output;

    private string Dig(params string[] arguments) => On("dig", ["@10.0.0.1", "+time=3", .. arguments]).Trim();

    private Process Upstream(string program, params string[] arguments)
    {
        var process = upstreams.Start(program, arguments);
        things.Add(new Ending(process));
        return process;
    }

    private static void End(Process process)
    {
        if (!process.HasExited) process.Kill(entireProcessTree: true);
        process.WaitForExit();
    }

    private static Socket BindUdp(string address)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 10_000 };
        socket.Bind(new IPEndPoint(IPAddress.Parse(address), 53));
        return socket;
    }

    private static int IdOf(Socket connection)
    {
        var buffer = new byte[600];
        var have = 0;
        while (have < 2 || have < 2 + BinaryPrimitives.ReadUInt16BigEndian(buffer))
        {
            var most = have < 2 ? 2 - have : 2 + BinaryPrimitives.ReadUInt16BigEndian(buffer) - have;
            have += connection.Receive(buffer.AsSpan(have, most), SocketFlags.None);
        }
        return BinaryPrimitives.ReadUInt16BigEndian(buffer.AsSpan(2));
    }

    private string UnboundConfiguration(string address)
    {
        var big = string.Concat(Enumerable.Range(1, 30).Select(i => string.Create(CultureInfo.InvariantCulture, $"  local-data: 'big.example.org. 60 IN TXT \"{new string('x', 100)}{i}\"'\n")));
        var path = Path.Combine(folder, "unbound.conf");
        File.WriteAllText(path, $"""
            server:
              interface: {address}
              access-control: 0.0.0.0/0 allow
              use-syslog: no
              chroot: ""
              username: ""
              directory: "{folder}"
              pidfile: ""
              do-daemonize: no
              module-config: "iterator"
              local-zone: "example.org." static
              local-zone: "example.com." static
              local-data: "example.org. 300 IN SOA ns.example.org. h.example.org. 1 3600 600 86400 60"
              local-data: "www.example.org. 300 IN A 198.51.100.80"
              local-data: "short.example.org. 2 IN A 198.51.100.82"
              local-data: "docs.example.com. 300 IN A 198.51.100.81"
            {big}
            remote-control:
              control-enable: no

            """);
        return path;
    }

    private string KnotConfiguration(string address)
    {
        var path = Path.Combine(folder, "knot.conf");
        Directory.CreateDirectory(Path.Combine(folder, "knot"));
        File.WriteAllText(path, $"""
            server:
                rundir: "{folder}/knot"
                listen: {address}@53
                udp-workers: 1
                tcp-workers: 1
                background-workers: 1
            database:
                storage: "{folder}/knot"
            log:
              - target: stderr
                any: error

            """);
        return path;
    }

    private sealed class Ending(Process process) : IDisposable
    {
        public void Dispose()
        {
            try
            {
                End(process);
            }
            catch (InvalidOperationException)
            {
                // It was ended and disposed of in the test.
            }
        }
    }
}
