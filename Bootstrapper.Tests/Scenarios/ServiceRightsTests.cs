using System.Net.Sockets;
using System.Text;
using NUnit.Framework;
using Sextant.Lab;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Scenarios;

/// <summary>
/// The service with the account and the rights of its unit, and a machine that uses everything it serves. A right that is missing shows, and so does a counter that nothing moves.
/// </summary>
[TestFixture, Category("Network"), NonParallelizable]
public sealed class ServiceRightsTests
{
    private const string Mac = "52:54:00:00:00:01";
    private const string Log = "http://10.0.0.1/api/v1/nodes/52-54-00-00-00-01/log";

    private TemporaryFolder folder = null!;
    private Segment segment = null!;

    [SetUp]
    public void A_network()
    {
        folder = new TemporaryFolder();
        segment = new Segment();
        segment.SetClientMac(Mac);
    }

    [TearDown]
    public void Remove()
    {
        segment.Dispose();
        folder.Dispose();
    }

    [Test]
    public async Task With_the_rights_of_its_unit_it_serves_every_protocol_and_counts_what_it_did()
    {
        using var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 30_000 };
        manager.Bind(new UnixDomainSocketEndPoint(folder.File("notify")));
        using var service = await StartAsync(command => command);
        Assert.That(service.Status("CapEff"), Is.EqualTo(service.Status("CapBnd")), "nothing more can be had");
        Assert.That(Convert.ToUInt64(service.Status("CapEff"), 16) & ~((1UL << 10) | (1UL << 13) | (1UL << 2)), Is.Zero, "ports below 1024 and frames, and files where only root reads the program");
        Assert.That(service.Status("Uid").Split('\t'), Has.All.EqualTo(ServiceAccount.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        Assert.That(service.Status("NoNewPrivs"), Is.EqualTo("1"));
        Assert.That(Told(manager), Is.EqualTo("READY=1\nSTATUS=http://10.0.0.1"));

        UseEverything();

        Assert.That(Curl("http://10.0.0.1/readyz"), Is.EqualTo("ok\n"));
        var lines = Curl(Log).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split("Z ", 2)[1]);
        Assert.That(lines, Is.EquivalentTo(new[]
        {
            "user.notice machine: new over UDP", "user.warning machine: old over UDP", "user.notice machine: new over TCP", "user.notice machine: old over TCP", "installer: over HTTP",
        }));
        var metrics = PrometheusText.Parse(Curl("http://10.0.0.1/metrics"));
        foreach (var series in new[]
        {
            "sextant_dhcp_answered_total{type=\"Offer\"}", "sextant_dhcp_answered_total{type=\"Ack\"}", "sextant_dhcp_leases{state=\"Bound\"}", "sextant_dhcp_malformed_total{reason=\"TooShort\"}",
            "sextant_tftp_transfers_total{end=\"Complete\"}", "sextant_tftp_sent_bytes_total", "sextant_tftp_refused_total{reason=\"NoSuchFile\"}",
            "sextant_dns_answers_total{reason=\"Answered\"}", "sextant_dns_answers_total{reason=\"NoName\"}",
            "sextant_ntp_answered_total{admission=\"Admitted\"}", "sextant_ntp_refused_total{reason=\"Malformed\"}",
            "sextant_http_requests_total{method=\"GET\",route=\"/boot/{mac}/script.ipxe\",status=\"200\"}", "sextant_transfers_sent_bytes_total{service=\"Http\"}",
            "sextant_registry_requests_total{method=\"GET\",outcome=\"OK\",resource=\"Catalog\"}",
            "sextant_syslog_kept_total{transport=\"Udp\"}", "sextant_syslog_kept_total{transport=\"Tcp\"}", "sextant_syslog_refused_total{reason=\"BadPriority\"}",
            "sextant_machines{planned=\"true\",stage=\"installing\"}", "sextant_boot_stage_duration_seconds_count{stage=\"booting\"}",
        }) Assert.That(metrics[series], Is.Positive, series);
        foreach (var service2 in new[] { "DHCP", "TFTP", "DNS", "NTP", "syslog" }) Assert.That(metrics.Samples, Does.ContainKey($"sextant_udp_receive_drops_total{{service=\"{service2}\"}}"));
        Assert.That(service.Log, Does.Not.Contain("Exception"));

        service.Stop();
        Assert.That(Told(manager), Is.EqualTo("STOPPING=1"));
    }

    /// <summary>What the unit does not let through fails here as it would there (SystemCallErrorNumber=EPERM).</summary>
    [Test]
    public async Task Its_system_calls_are_those_that_its_unit_lets_through()
    {
        var trace = folder.File("trace");
        // A call that this strace does not know (?) is none that it could see.
        var allowed = string.Join(',', Lab.ServiceUnitTests.SystemCalls().Select(call => "?" + call));
        using (await StartAsync(command => ["strace", "-f", "-qq", "-e", "signal=none", "-e", $"trace=!{allowed}", "-e", $"inject=!{allowed}:error=EPERM", "-o", trace, .. command]))
            UseEverything();
        var others = File.ReadLines(trace).Where(line => line.Contains('(', StringComparison.Ordinal)).Select(line => line.Split(' ', 2)[^1].Trim().Split('(')[0]).Distinct();
        Assert.That(others, Is.Empty);
    }

    private async Task<ServeProcess> StartAsync(Func<string[], string[]> around)
    {
        IEnumerable<string> more = await ServiceAccount.CanReadAsync([Product.Dll]) ? [] : [ServiceAccount.ReadEverything];
        return new ServeProcess(
            segment, folder.Path, confine: command =>
            {
                ServiceAccount.GiveAsync(folder.Path).GetAwaiter().GetResult();
                return ServiceAccount.Wrap(around(command), more);
            },
            environment: new Dictionary<string, string> { [Sextant.Cli.ServiceNotice.Variable] = File.Exists(folder.File("notify")) ? folder.File("notify") : "" });
    }

    /// <summary>A machine's way through everything that listens.</summary>
    private void UseEverything()
    {
        Done("busybox", "udhcpc", "-i", "peer0", "-n", "-q", "-f", "-t", "5", "-s", "/bin/true");
        segment.AddClientAddress("10.0.0.11/24");
        Done("curl", "--silent", "--show-error", "--max-time", "30", "--output", "/dev/null", "tftp://10.0.0.1/snponly.efi");
        segment.RunOnClient("curl", "--silent", "--max-time", "30", "--output", "/dev/null", "tftp://10.0.0.1/none");
        Done("dig", "+short", "@10.0.0.1", "node1.lab.example", "node9.lab.example");
        segment.RunOnClient("ntpdate", "-q", "10.0.0.1"); // a host whose clock nothing keeps right is answered, and ntpdate does not like the answer
        Curl("http://10.0.0.1/boot/52-54-00-00-00-01/script.ipxe");
        Curl("http://10.0.0.1/assets/snponly.efi", "--output", "/dev/null");
        Curl("https://10.0.0.1:5000/v2/_catalog", "--insecure");
        Done("logger", "--server", "10.0.0.1", "--udp", "--tag", "machine", "new over UDP");
        Done("logger", "--server", "10.0.0.1", "--udp", "--rfc3164", "--priority", "user.warning", "--tag", "machine", "old over UDP");
        Done("logger", "--server", "10.0.0.1", "--tcp", "--port", "514", "--octet-count", "--tag", "machine", "new over TCP");
        Done("logger", "--server", "10.0.0.1", "--tcp", "--port", "514", "--rfc3164", "--tag", "machine", "old over TCP");
        Curl("http://10.0.0.1/boot/52-54-00-00-00-01/log", "--data-binary", "over HTTP");
        foreach (var (port, octets) in new[] { ("67", "x"), ("123", "x"), ("514", "<999>x") }) Done("sh", "-c", $"printf '{octets}' | socat -u - UDP:10.0.0.1:{port}");
        Assert.That(() => Curl(Log).Split('\n'), Has.Length.GreaterThanOrEqualTo(6).After(5000, 50));
    }

    private string Curl(string url, params string[] more)
    {
        var outcome = segment.RunOnClient(["curl", "--silent", "--show-error", "--fail", "--max-time", "30", .. more, url]);
        Assert.That(outcome.Status, Is.Zero, $"{url}: {outcome}");
        return outcome.Output;
    }

    private void Done(params string[] command)
    {
        var outcome = segment.RunOnClient(command);
        Assert.That(outcome.Status, Is.Zero, $"{string.Join(' ', command)}: {outcome}");
    }

    private static string Told(Socket manager)
    {
        var told = new byte[200];
        return Encoding.UTF8.GetString(told, 0, manager.Receive(told));
    }
}
